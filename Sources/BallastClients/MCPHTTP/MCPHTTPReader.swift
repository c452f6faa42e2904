import BallastCore
import BallastRuntime
import BallastWire

/// Reads what a server answers to one message: a document, or a stream of which one event is the answer.
struct MCPHTTPReader: Sendable {
    /// Bytes of the body of a refusal that are read.
    private static let refusalLimit = 64 << 10
    /// Characters of such a body that are shown.
    private static let shown = 400

    let id: JSONRPCID?
    let listens: Bool
    let limits: MCPHTTPLimits
    let redaction: Redaction
    let now: Timestamp
    /// Takes what comes before the answer; a failure ends the exchange.
    let onMessage: @Sendable (JSONRPCMessage) async -> HTTPExchangeFailure?

    func read(
        _ head: HTTPExchange.Head, _ body: inout HTTPBodyReader
    ) async throws(HTTPExchangeFailure) -> MCPHTTPReply {
        var reply = MCPHTTPReply(
            status: head.status, session: head.header(MCPHeader.session),
            retryAfter: RetryAdvice(header: head.header, now: now).retryAfter, kind: .nothing)
        let type = (head.header("content-type") ?? "").prefix { $0 != ";" }.lowercased()
        let isSuccess = (200..<300).contains(head.status)
        if isSuccess, id != nil || listens, type.hasPrefix("text/event-stream") {
            reply.kind = try await stream(&body)
        } else if isSuccess, id == nil {
            // A notification has no answer; what comes all the same is read so that the connection can be used again.
            _ = try await body.collect(upTo: Self.refusalLimit)
        } else {
            reply.kind = try await document(&body, isSuccess: isSuccess)
        }
        return reply
    }

    // MARK: A document

    private func document(
        _ body: inout HTTPBodyReader, isSuccess: Bool
    ) async throws(HTTPExchangeFailure) -> MCPHTTPReply.Kind {
        let limit = isSuccess ? limits.maxAnswerBytes : Self.refusalLimit
        let (bytes, isCut) = try await body.collect(upTo: limit)
        if isSuccess, isCut { return .answer(.oversized(bytes: body.count), isAddressed: true) }
        switch message(bytes) {
        case .success(.result(let answered, let value)) where answered == id:
            return .answer(.result(value), isAddressed: true)
        case .success(.error(let answered, let error)):
            // A refusal need not know what it refuses; anything else must.
            if answered == id || !isSuccess { return .answer(.error(error), isAddressed: answered == id) }
            return .other("it answered another request than the one that was made")
        case .success(.result): return .other("it answered another request than the one that was made")
        case .success: return .other("it answered with a message that is no answer")
        case .failure(let rejection) where isSuccess:
            return .other(
                bytes.isEmpty ? "its answer is empty" : "its answer cannot be read: \(rejection.error.message)")
        case .failure: return .other(text(bytes))
        }
    }

    private func text(_ bytes: [UInt8]) -> String {
        let text = ShownText.text(redaction(String(decoding: bytes.prefix(4 * Self.shown), as: UTF8.self)))
        return String(text.split { $0.isWhitespace }.joined(separator: " ").prefix(Self.shown))
    }

    private func message(_ bytes: [UInt8]) -> Result<JSONRPCMessage, JSONRPCRejection> {
        Result { () throws(JSONRPCRejection) in
            guard redaction.isNeeded(in: bytes), let value = try? JSONReader.read(bytes) else {
                return try JSONRPCMessage(parsing: bytes)
            }
            return try JSONRPCMessage(redaction(value))
        }
    }

    // MARK: A stream

    private func stream(_ body: inout HTTPBodyReader) async throws(HTTPExchangeFailure) -> MCPHTTPReply.Kind {
        var parser = ServerSentEventParser(maxEventBytes: limits.maxAnswerBytes)
        var answer: MCPClientSession.Answer?
        var others = 0
        var messages = 0
        do throws(HTTPExchangeFailure) {
            while let piece = try await body.next() {
                // The answer is here; the rest is only waited for so that the connection can be used again.
                if answer != nil {
                    guard body.count <= limits.maxStreamBytes else { break }
                    continue
                }
                guard body.count <= limits.maxStreamBytes else {
                    throw HTTPExchangeFailure(.tooLarge, "its stream is longer than \(limits.maxStreamBytes) bytes")
                }
                for event in try events(piece, &parser) where answer == nil && !event.data.isEmpty {
                    messages += 1
                    guard messages <= limits.maxStreamMessages else {
                        throw HTTPExchangeFailure(
                            .tooLarge, "its stream has more than \(limits.maxStreamMessages) messages")
                    }
                    answer = try await take(event, &others)
                }
                if answer != nil { body.expectEnd() }
            }
        } catch {
            guard answer != nil else { throw error }
        }
        if let answer { return .answer(answer, isAddressed: true) }
        return .other(
            others == 0
                ? "its stream ended without an answer"
                : "its stream ended without an answer, but with \(others) to other requests")
    }

    private func events(
        _ piece: [UInt8], _ parser: inout ServerSentEventParser
    ) throws(HTTPExchangeFailure) -> [ServerSentEvent] {
        do {
            return try parser.receive(piece)
        } catch {
            throw HTTPExchangeFailure(.tooLarge, "an event of its stream is longer than \(error.limit) bytes")
        }
    }

    /// The answer, when the event is it.
    private func take(
        _ event: ServerSentEvent, _ others: inout Int
    ) async throws(HTTPExchangeFailure) -> MCPClientSession.Answer? {
        switch message(event.data) {
        case .success(.result(let answered, let value)) where answered == id: return .result(value)
        case .success(.error(let answered, let error)) where answered == id: return .error(error)
        case .success(.result), .success(.error):
            others += 1
            return nil
        case .success(let message):
            if let failure = await onMessage(message) { throw failure }
            return nil
        case .failure(let rejection):
            guard rejection.id == id else { return nil }
            return .unreadable(rejection.error.message)
        }
    }
}
