import NIOCore

/// The body of an answer, piece by piece.
struct HTTPBodyReader {
    private let pipe: AnswerPipe
    private let watch: ExchangeWatch
    /// Bytes that have come so far.
    private(set) var count = 0

    init(_ pipe: AnswerPipe, watch: ExchangeWatch) {
        self.pipe = pipe
        self.watch = watch
    }

    /// The next piece; nil at the end of the body.
    mutating func next() async throws(HTTPExchangeFailure) -> [UInt8]? {
        let buffer: ByteBuffer
        switch await pipe.next() {
        case .piece(let piece): buffer = piece
        case .head, .end: return nil
        case .failed(let error): throw HTTPExchangeFailure(error, hasAnswer: true)
        }
        watch.noteProgress()
        count += buffer.readableBytes
        return Array(buffer.readableBytesView)
    }

    /// The answer is complete, though its body may not have ended.
    func expectEnd() { watch.expectEnd() }

    /// Everything up to `limit` bytes, and whether there was more.
    mutating func collect(upTo limit: Int) async throws(HTTPExchangeFailure) -> (bytes: [UInt8], isCut: Bool) {
        var bytes: [UInt8] = []
        while let piece = try await next() {
            bytes.append(contentsOf: piece.prefix(limit - bytes.count))
            if count > limit { return (bytes, true) }
        }
        return (bytes, false)
    }
}
