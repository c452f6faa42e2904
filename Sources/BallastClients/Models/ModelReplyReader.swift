import BallastCore
import BallastWire

/// Reads an answer as events or as one document, whichever the server sends.
struct ModelReplyReader<Format: ModelFormat> {
    /// Bytes of an error body that are read.
    private static var errorLimit: Int { 64 << 10 }

    let format: Format
    let context: ReplyContext
    /// Bytes of the whole answer.
    let limit: Int
    let onText: @Sendable (String) -> Void

    mutating func read(
        _ head: HTTPExchange.Head, _ body: inout HTTPBodyReader, now: Timestamp
    ) async throws(HTTPExchangeFailure) -> Result<ModelReply, ModelError> {
        guard (200..<300).contains(head.status) else {
            let said = try await body.collect(upTo: Self.errorLimit).bytes
            return .failure(.status(head.status, body: said, advice: RetryAdvice(header: head.header, now: now)))
        }
        guard let first = try await body.next() else {
            return .failure(ModelError(.malformed, "The provider's answer is empty."))
        }
        if head.header("content-type")?.lowercased().contains("html") == true {
            return .failure(
                ModelError(.malformed, "The answer is an HTML page, not a model's reply. Check the base URL."))
        }
        return isStream(head, first) ? try await readEvents(first, &body) : try await readDocument(first, &body)
    }

    /// By the content type; by the first character where that says nothing.
    private func isStream(_ head: HTTPExchange.Head, _ first: [UInt8]) -> Bool {
        let type = head.header("content-type")?.lowercased() ?? ""
        if type.contains("event-stream") { return true }
        if type.contains("json") { return false }
        return first.first { $0 > UInt8(ascii: " ") } != UInt8(ascii: "{")
    }

    // MARK: One document

    private func readDocument(
        _ first: [UInt8], _ body: inout HTTPBodyReader
    ) async throws(HTTPExchangeFailure) -> Result<ModelReply, ModelError> {
        var bytes = first
        while body.count <= limit, let piece = try await body.next() { bytes.append(contentsOf: piece) }
        guard body.count <= limit else { throw tooLarge }
        return result { () throws(ModelError) in
            let reply = try format.reply(from: bytes, context: context)
            if !reply.text.isEmpty { onText(reply.text) }
            return reply
        }
    }

    // MARK: Events

    private func readEvents(
        _ first: [UInt8], _ body: inout HTTPBodyReader
    ) async throws(HTTPExchangeFailure) -> Result<ModelReply, ModelError> {
        var parser = ServerSentEventParser(maxEventBytes: limit)
        var accumulator = format.accumulator(context: context)
        var next: [UInt8]? = first
        do throws(HTTPExchangeFailure) {
            while let piece = next {
                guard body.count <= limit else { throw tooLarge }
                if let error = receive(piece, &parser, &accumulator) { return .failure(error) }
                if accumulator.isComplete { body.expectEnd() }
                next = try await body.next()
            }
        } catch {
            // What breaks after the reply is complete does not matter any more.
            guard error.kind != .tooLarge, let reply = try? accumulator.reply() else { throw error }
            return .success(reply)
        }
        return result { () throws(ModelError) in try accumulator.reply() }
    }

    private func receive(
        _ piece: [UInt8], _ parser: inout ServerSentEventParser, _ accumulator: inout Format.Accumulator
    ) -> ModelError? {
        do {
            for event in try parser.receive(piece) {
                let text = try accumulator.receive(event)
                if !text.isEmpty { onText(text) }
            }
            return nil
        } catch let error as ModelError {
            return error
        } catch {
            return ModelError(.malformed, "\(error)")
        }
    }

    private var tooLarge: HTTPExchangeFailure {
        HTTPExchangeFailure(.tooLarge, "the answer is larger than \(limit) bytes")
    }

    private func result(_ read: () throws(ModelError) -> ModelReply) -> Result<ModelReply, ModelError> {
        Result(catching: read)
    }
}
