import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Takes an answer on its connection's event loop and hands it to the one task that reads it.
///
/// What comes while the task is not looking is kept, up to a bound; beyond that the connection is not read.
final class AnswerPipe: HTTPClientResponseDelegate, Sendable {
    typealias Response = Void

    enum Part: Sendable {
        case head(HTTPResponseHead)
        case piece(ByteBuffer)
        case end
        case failed(any Error)
    }

    fileprivate struct State {
        var parts: [Part] = []
        /// Bytes of the pieces that wait.
        var waiting = 0
        var isOver = false
        /// The answer is short and on its way as a whole, so the reader is woken once, at its end.
        var isShort = false
        var reader: CheckedContinuation<Void, Never>?
        /// Kept while too much waits: the connection is read again when it is fulfilled.
        var hold: EventLoopPromise<Void>?
    }

    private let state = Mutex(State())
    /// Bytes that may wait before the connection is no longer read.
    private static let bound = 256 << 10

    /// An answer whose length is stated, and fits into a packet or few.
    private static func isShort(_ head: HTTPResponseHead) -> Bool {
        head.headers.first(name: "content-length").flatMap { Int($0) }.map { (0...short).contains($0) } ?? false
    }
    private static let short = 16 << 10

    // MARK: The reader

    /// The next part. After the end, or a failure, it is that again.
    func next() async -> Part {
        while true {
            let (part, hold) = state.withLock { $0.take() }
            hold?.succeed()
            if let part { return part }
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    guard state.parts.isEmpty || state.isShort else { return true }
                    state.reader = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    /// Nobody reads any more: what waits is dropped, and nothing is held back.
    ///
    /// - Returns: whether more could have come.
    func close() -> Bool {
        let (hold, isOpen) = state.withLock { state in
            defer { (state.parts, state.waiting, state.isOver, state.hold) = ([], 0, true, nil) }
            return (state.hold, !state.isOver)
        }
        hold?.succeed()
        return isOpen
    }

    // MARK: The connection

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        put(.head(head))
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        put(.piece(buffer))
        let hold: EventLoopPromise<Void>? = state.withLock { state in
            guard !state.isOver, state.waiting > AnswerPipe.bound, state.hold == nil else { return nil }
            let hold = task.eventLoop.makePromise(of: Void.self)
            state.hold = hold
            return hold
        }
        return hold?.futureResult ?? task.eventLoop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws { put(.end) }
    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) { put(.failed(error)) }
    /// For what fails before a connection hears of it.
    func follow(_ task: HTTPClient.Task<Void>) {
        task.futureResult.whenFailure { error in self.put(.failed(error)) }
    }

    private func put(_ part: Part) {
        let (reader, hold): (CheckedContinuation<Void, Never>?, EventLoopPromise<Void>?) = state.withLock { state in
            guard !state.isOver else { return (nil, nil) }
            state.parts.append(part)
            var hold: EventLoopPromise<Void>?
            switch part {
            case .head(let head): state.isShort = AnswerPipe.isShort(head)
            case .piece(let buffer): state.waiting += buffer.readableBytes
            case .end, .failed:
                (state.isOver, state.isShort) = (true, false)
                (hold, state.hold) = (state.hold, nil)
            }
            guard !state.isShort else { return (nil, nil) }
            defer { state.reader = nil }
            return (state.reader, hold)
        }
        hold?.succeed()
        reader?.resume()
    }
}

extension AnswerPipe.State {
    /// The next part, and what holds the connection back if it may go on.
    mutating func take() -> (AnswerPipe.Part?, EventLoopPromise<Void>?) {
        guard let part = parts.first, !isShort else { return (nil, nil) }
        switch part {
        case .end, .failed: return (part, nil)
        case .head: break
        case .piece(let buffer): waiting -= buffer.readableBytes
        }
        parts.removeFirst()
        guard waiting <= AnswerPipe.bound, let hold else { return (part, nil) }
        self.hold = nil
        return (part, hold)
    }
}
