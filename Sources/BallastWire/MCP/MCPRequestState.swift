package import BallastCore

/// The text that a modern client sends back with its answers: a sealed handle of one open question.
///
/// It holds when it ends and a number; the seal is over these and over all that the retry must repeat: the principal,
/// the method and the call. So it serves nobody else, no other call, and not for ever. That it serves once is seen to by
/// whoever keeps the question.
package struct MCPRequestState: Sendable {
    /// What the state is bound to and does not tell.
    package struct Call: Sendable {
        let binding: Digest

        package init(principal: String, key: String, method: String, name: String, arguments: [UInt8]) {
            let canonical = (try? JSONReader.read(arguments)).map(JSONWriter.canonical) ?? arguments
            binding = .lengthPrefixed(
                domain: "ballast.mcp-request-state.v1",
                [Array(principal.utf8), Array(key.utf8), Array(method.utf8), Array(name.utf8), canonical])
        }
    }

    package enum Refusal: Error, Sendable, Hashable {
        /// It was not made here, or for something else.
        case foreign
        case expired
    }

    /// 32 bytes that only this server can make of a text.
    private let seal: @Sendable ([UInt8]) -> [UInt8]
    private static let sealLength = 32
    private static let length = 24

    package init(seal: @escaping @Sendable ([UInt8]) -> [UInt8]) { self.seal = seal }

    package func make(_ question: (UInt64, UInt64), for call: Call, until end: Timestamp) -> String {
        let open = Self.bytes(UInt64(bitPattern: end.milliseconds)) + Self.bytes(question.0) + Self.bytes(question.1)
        return Base64.encode(open + seal(call.binding.bytes + open), .url)
    }

    /// The question that a state is the handle of.
    package func open(
        _ text: String, for call: Call, at now: Timestamp
    ) throws(Refusal) -> (UInt64, UInt64) {
        guard let bytes = Base64.decode(text, .url), bytes.count == Self.length + Self.sealLength else {
            throw .foreign
        }
        let open = Array(bytes.prefix(Self.length))
        let expected = seal(call.binding.bytes + open)
        guard expected.count == Self.sealLength,
            zip(expected, bytes.dropFirst(Self.length)).reduce(into: UInt8(0), { $0 |= $1.0 ^ $1.1 }) == 0
        else { throw .foreign }
        guard now.milliseconds < Int64(bitPattern: Self.number(open[0..<8])) else { throw .expired }
        return (Self.number(open[8..<16]), Self.number(open[16..<24]))
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
    }
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
