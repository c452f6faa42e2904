import BallastCore

/// A value that must not be seen: it prints as dots, in logs, errors and debuggers alike.
package struct Credential: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let value: String

    package init(_ value: String) { self.value = value }

    /// The value itself, for the one place that sends it.
    func reveal() -> String { value }

    package var description: String { "•••" }
    package var debugDescription: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A header that is sent with every request of a client; its value may be a secret.
package struct OutboundHeader: Sendable, Hashable {
    package let name: String
    package let value: Credential

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = Credential(value)
    }
}

/// Takes secrets out of text that others wrote: servers like to quote the key they refuse.
struct Redaction: Sendable {
    /// Shorter values are words, not secrets.
    private static let shortest = 8
    private let secrets: [String]

    init(_ secrets: [Credential]) {
        // A value such as `Bearer KEY` may be quoted without its scheme.
        let words = secrets.flatMap { secret in
            [secret.reveal()] + secret.reveal().split(separator: " ").map(String.init)
        }
        self.secrets = Set(words.filter { $0.utf8.count >= Self.shortest }).sorted { $0.utf8.count > $1.utf8.count }
    }

    func callAsFunction(_ text: String) -> String {
        secrets.reduce(text) { $0.replacing($1, with: "•••") }
    }

    /// Whether a secret stands in these bytes.
    func isNeeded(in bytes: [UInt8]) -> Bool {
        secrets.contains { secret in
            let secret = Array(secret.utf8)
            guard let first = secret.first, secret.count <= bytes.count else { return false }
            var rest = bytes[...]
            while let start = rest.firstIndex(of: first), bytes.count - start >= secret.count {
                if bytes[start..<start + secret.count].elementsEqual(secret) { return true }
                rest = bytes[(start + 1)...]
            }
            return false
        }
    }

    /// The value with secrets taken out of its texts.
    func callAsFunction(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .number: value
        case .string(let string): JSONValue(self(string.text))
        case .array(let elements): .array(elements.map { self($0) })
        case .object(let object):
            .object(
                JSONObject(object.members.map { JSONMember(JSONString(self($0.key.text)), self($0.value)) }))
        }
    }
}
