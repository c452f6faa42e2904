/// Reads exactly one JSON text into a tree that keeps member order, number spelling and string bytes.
///
/// Strict by design, because what policy judges must be what the tool receives: see `JSONScanner` for what is
/// refused.
package enum JSONReader {
    package static func read(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try read(UnsafeRawBufferPointer(buffer), limits: limits)
        }
    }

    package static func read(_ text: String, limits: JSONLimits = .standard) throws(JSONError) -> JSONValue {
        try read(Array(text.utf8), limits: limits)
    }

    /// Reads memory that somebody else owns; nothing of it is kept after the call.
    package static func read(
        _ text: UnsafeRawBufferPointer, limits: JSONLimits = .standard
    ) throws(JSONError) -> JSONValue {
        let tokens = try JSONScanner.tokens(of: text, limits: limits)
        return JSONTree(text: text, tokens: tokens).value(at: 0)
    }
}

/// Builds values from a tape. Recursion is as deep as the text is nested, which the scanner has bounded.
struct JSONTree {
    let text: UnsafeRawBufferPointer
    let tokens: [JSONToken]

    func value(at index: Int) -> JSONValue {
        let token = tokens[index]
        switch token.kind {
        case .null: return .null
        case .false: return .bool(false)
        case .true: return .bool(true)
        case .number: return .number(JSONNumber(validated: source(of: token)))
        case .string: return .string(JSONString(text.text(of: token)))
        case .array: return .array(elements(of: index))
        case .object: return .object(JSONObject(unique: members(of: index)))
        }
    }

    private func source(of token: JSONToken) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: text[token.range]), as: UTF8.self)
    }

    private func elements(of array: Int) -> [JSONValue] {
        let end = Int(tokens[array].next)
        var elements: [JSONValue] = []
        elements.reserveCapacity(count(of: array, step: 0))
        var index = array + 1
        while index < end {
            elements.append(value(at: index))
            index = Int(tokens[index].next)
        }
        return elements
    }

    private func members(of object: Int) -> [JSONMember] {
        let end = Int(tokens[object].next)
        var members: [JSONMember] = []
        members.reserveCapacity(count(of: object, step: 1))
        var index = object + 1
        while index < end {
            members.append(JSONMember(JSONString(text.text(of: tokens[index])), value(at: index + 1)))
            index = Int(tokens[index + 1].next)
        }
        return members
    }

    /// Values directly in the container; `step` is one when each follows its name.
    private func count(of container: Int, step: Int) -> Int {
        let end = Int(tokens[container].next)
        var count = 0
        var index = container + 1
        while index < end {
            count += 1
            index = Int(tokens[index + step].next)
        }
        return count
    }
}
