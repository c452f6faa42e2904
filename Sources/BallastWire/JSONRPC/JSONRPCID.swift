package import BallastCore

/// The identifier of a request; an answer repeats it with the same JSON type, so `1` and `"1"` are two identifiers.
package enum JSONRPCID: Sendable, Hashable, CustomStringConvertible {
    case string(JSONString)
    case integer(Int64)

    /// nil for `null`, for a number that is no 64-bit integer, and for every other kind of value.
    package init?(_ value: JSONValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .number(let number):
            guard let integer = number.integer else { return nil }
            self = .integer(integer)
        case .null, .bool, .array, .object: return nil
        }
    }

    package var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .integer(let integer): JSONValue(integer)
        }
    }

    package var description: String { JSONWriter.canonicalString(json) }
}
