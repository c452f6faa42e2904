package import BallastCore

/// How one family of providers writes calls and replies; bytes only, no connection.
package protocol ModelFormat: Sendable {
    associatedtype Accumulator: ReplyAccumulator

    /// The path of the call below the provider's base URL.
    func path(below base: String) -> String
    /// Names and values to send with the call, the key's own header included.
    func headers(key: String?) -> [(name: String, value: String)]
    func encode(_ call: ModelCall, streams: Bool) -> EncodedModelCall
    /// Reads a reply that came as one JSON document.
    func reply(from body: [UInt8], context: ReplyContext) throws(ModelError) -> ModelReply
    /// Starts reading a reply that comes as events.
    func accumulator(context: ReplyContext) -> Accumulator
}

/// Puts a streamed reply together.
package protocol ReplyAccumulator: Sendable {
    /// Takes the next event and returns the text in it that is meant for the reader; empty when there is none.
    mutating func receive(_ event: ServerSentEvent) throws(ModelError) -> String
    /// Nothing that matters can follow.
    var isComplete: Bool { get }
    /// The reply, once the stream has ended; throws `interrupted` when it ended too early.
    func reply() throws(ModelError) -> ModelReply
}

/// Reads the JSON of a reply or of one event.
enum ReplyDocument {
    /// Providers nest little; the size is bounded by whoever collected the bytes.
    private static let limits = JSONLimits(maxBytes: 1 << 30)

    static func read(_ bytes: [UInt8]) throws(ModelError) -> JSONValue {
        do {
            return try JSONReader.read(bytes, limits: limits)
        } catch {
            throw ModelError.malformed("The provider's answer is not JSON (\(error.message))")
        }
    }
}

extension JSONValue {
    /// A count of tokens; nil when it is absent, negative or no whole number.
    var tokens: Int64? {
        guard case .number(let number) = self else { return nil }
        let value = number.integer ?? number.decimal?.integer.map(Int64.init)
        return value.flatMap { $0 < 0 ? nil : $0 }
    }
}
