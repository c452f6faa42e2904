package import BallastCore

/// Where a value stands inside an object: member names joined by dots, such as `customer.id`.
///
/// A list on the way stands for all of its elements, so `items.sku` names the `sku` of every item.
package struct FieldPath: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// As written, such as `customer.id`.
    package let text: String
    /// 1 to 8 member names.
    package let segments: [JSONString]

    /// Takes 1 to 8 names of letters, digits, `_` and `-`, joined by dots; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...8).contains(parts.count), parts.allSatisfy(FieldPath.isName) else { return nil }
        self.text = text
        self.segments = parts.map { JSONString(String($0)) }
    }

    /// True for a name of letters, digits, `_` and `-` in ASCII.
    package static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122, 95, 45: true
                default: false
                }
            }
    }

    /// The value at this path; nil when it is absent or null.
    package func value(in root: JSONValue) -> JSONValue? { FieldPath.value(segments[...], in: root) }

    private static func value(_ segments: ArraySlice<JSONString>, in value: JSONValue) -> JSONValue? {
        guard let name = segments.first else { return value.isNull ? nil : value }
        switch value {
        case .object(let object):
            return object[name].flatMap { FieldPath.value(segments.dropFirst(), in: $0) }
        case .array(let elements):
            // An element without the member counts as null, which no test accepts: it is not skipped silently.
            return .array(elements.map { FieldPath.value(segments, in: $0) ?? .null })
        default: return nil
        }
    }

    package static func < (a: FieldPath, b: FieldPath) -> Bool { a.text < b.text }
    package var description: String { text }
}
