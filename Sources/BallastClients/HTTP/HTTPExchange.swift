import AsyncHTTPClient
import BallastRuntime
import NIOCore
import NIOHTTP1

/// One request and its answer, bounded in time and size. Cancelling the task closes the connection.
struct HTTPExchange: Sendable {
    let transport: HTTPTransport
    let clock: any RuntimeClock
    /// Milliseconds from the start to the end of the answer.
    let timeout: Int64
    /// Milliseconds that an answer which has begun may pause.
    let idleTimeout: Int64?
    /// Milliseconds that are not counted as the other side's, so far; such as those in which a person was asked.
    var uncounted: (@Sendable () -> Int64)?

    /// The status line and headers of an answer.
    struct Head: Sendable {
        let status: Int
        private let headers: HTTPHeaders

        init(status: Int, headers: HTTPHeaders) {
            self.status = status
            self.headers = headers
        }

        /// The first value; names have no case.
        func header(_ name: String) -> String? { headers.first(name: name) }
    }

    private enum Event<Answer: Sendable>: Sendable {
        case ended(Result<Answer, HTTPExchangeFailure>)
        case expired(HTTPExchangeFailure)
        case watchEnded
    }

    /// Sends `request` and returns what `read` makes of the answer.
    ///
    /// An answer that `read` completes although time runs out meanwhile still counts.
    func run<Answer: Sendable>(
        _ request: OutgoingRequest,
        read: @escaping @Sendable (Head, inout HTTPBodyReader) async throws(HTTPExchangeFailure) -> Answer
    ) async throws(HTTPExchangeFailure) -> Answer {
        let watch = ExchangeWatch(
            clock: clock, timeout: timeout, idleTimeout: idleTimeout, uncounted: uncounted)
        let result = await withTaskGroup(
            of: Event<Answer>.self, returning: Result<Answer, HTTPExchangeFailure>.self
        ) { group in
            group.addTask { .ended(await perform(request, watch: watch, read: read)) }
            group.addTask { await watch.expiry().map(Event.expired) ?? .watchEnded }
            var expiry: HTTPExchangeFailure?
            while let event = await group.next() {
                switch event {
                case .ended(.failure(let failure)):
                    group.cancelAll()
                    return .failure(expiry ?? failure)
                case .ended(let success):
                    group.cancelAll()
                    return success
                case .expired(let failure):
                    expiry = failure
                    group.cancelAll()
                case .watchEnded: break
                }
            }
            return .failure(expiry ?? HTTPExchangeFailure(.cancelled))
        }
        return try result.get()
    }

    private func perform<Answer: Sendable>(
        _ request: OutgoingRequest, watch: ExchangeWatch,
        read: @Sendable (Head, inout HTTPBodyReader) async throws(HTTPExchangeFailure) -> Answer
    ) async -> Result<Answer, HTTPExchangeFailure> {
        let pipe = AnswerPipe()
        let task: HTTPClient.Task<Void>
        do {
            // The watch ends the request; AsyncHTTPClient's own deadline would not cover the body.
            let prepared = try request.prepared()
            task = transport.client.execute(request: prepared, delegate: pipe)
        } catch {
            return .failure(HTTPExchangeFailure(error, hasAnswer: false))
        }
        pipe.follow(task)
        return await withTaskCancellationHandler {
            defer { if pipe.close() { task.cancel() } }
            let head: Head
            switch await pipe.next() {
            case .head(let began): head = Head(status: Int(began.status.code), headers: began.headers)
            case .failed(let error): return .failure(HTTPExchangeFailure(error, hasAnswer: false))
            case .piece, .end: return .failure(HTTPExchangeFailure(.noAnswer, "an answer without a head"))
            }
            watch.noteProgress()
            var body = HTTPBodyReader(pipe, watch: watch)
            do throws(HTTPExchangeFailure) {
                return .success(try await read(head, &body))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            task.cancel()
        }
    }
}
