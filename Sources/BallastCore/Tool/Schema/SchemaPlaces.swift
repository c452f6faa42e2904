/// Places in the source of a schema as small numbers; a place is known by its parent and one step.
///
/// Pointers are written out only for messages, so deep places with long names cost no more than their last step.
struct SchemaPlaces {
    typealias ID = Int

    static let root: ID = 0

    private struct Key: Hashable {
        let parent: ID
        let step: JSONString
    }

    private var keys: [Key] = []
    private var ids: [Key: ID] = [:]

    mutating func child(_ parent: ID, of step: JSONString) -> ID {
        let key = Key(parent: parent, step: step)
        if let known = ids[key] { return known }
        keys.append(key)
        ids[key] = keys.count
        return keys.count
    }

    /// The JSON Pointer (RFC 6901) of a place; long names are cut, as it is for messages.
    func pointer(_ place: ID) -> String {
        var steps: [String] = []
        var place = place
        while place > 0, place <= keys.count {
            let key = keys[place - 1]
            steps.append("/" + SchemaLocation.escaped(String(key.step.text.unicodeScalars.prefix(100))))
            place = key.parent
        }
        return steps.reversed().joined()
    }

    // MARK: Reading pointers

    /// The steps of a JSON Pointer that starts with a slash.
    static func steps(of pointer: String) -> [JSONString] {
        pointer.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { step in
            JSONString(unescaped(step))
        }
    }

    /// A step that names an array element: decimal digits without a leading zero.
    static func index(_ step: String) -> Int? {
        let isCanonical = step == "0" || step.utf8.first != UInt8(ascii: "0")
        return isCanonical && step.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 } ? Int(step) : nil
    }

    private static func unescaped(_ step: Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        var isAfterTilde = false
        for byte in step {
            if isAfterTilde {
                bytes.append(byte == UInt8(ascii: "1") ? UInt8(ascii: "/") : UInt8(ascii: "~"))
                if byte != UInt8(ascii: "0"), byte != UInt8(ascii: "1") { bytes.append(byte) }
            } else if byte != UInt8(ascii: "~") {
                bytes.append(byte)
            }
            isAfterTilde = !isAfterTilde && byte == UInt8(ascii: "~")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text of a URI fragment; nil when a percent sign does not start two hexadecimal digits.
    static func percentDecoded(_ fragment: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = fragment.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.prefix(2).allSatisfy({ SchemaFormat.isHex($0) }), rest.count >= 2,
                let value = UInt8(String(decoding: Array(rest.prefix(2)), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest.removeFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
