/// The text that a writer has produced so far.
///
/// Recursion is as deep as the value, which the reader has bounded.
struct JSONOutput {
    let sortsMembers: Bool
    private(set) var bytes: [UInt8]

    init(sortsMembers: Bool, bytes: [UInt8] = []) {
        self.sortsMembers = sortsMembers
        self.bytes = bytes
    }

    mutating func append(_ value: JSONValue) {
        switch value {
        case .null: append(word: "null")
        case .bool(let value): append(word: value ? "true" : "false")
        case .number(let number): append(plain: number.source)
        case .string(let string): append(string: string.text)
        case .array(let elements): append(elements)
        case .object(let object): append(object)
        }
    }

    private mutating func append(_ elements: [JSONValue]) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            append(element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func append(_ object: JSONObject) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for member in sortsMembers ? object.sortedMembers : object.members {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            append(string: member.key.text)
            bytes.append(UInt8(ascii: ":"))
            append(member.value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    // MARK: For people

    mutating func appendIndented(_ value: JSONValue, depth: Int) {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            bytes.append(UInt8(ascii: "["))
            for index in elements.indices {
                startLine(depth + 1, isFirst: index == 0)
                appendIndented(elements[index], depth: depth + 1)
            }
            startLine(depth, isFirst: true)
            bytes.append(UInt8(ascii: "]"))
        case .object(let object) where !object.isEmpty:
            bytes.append(UInt8(ascii: "{"))
            for index in object.members.indices {
                startLine(depth + 1, isFirst: index == 0)
                append(string: object.members[index].key.text)
                append(word: ": ")
                appendIndented(object.members[index].value, depth: depth + 1)
            }
            startLine(depth, isFirst: true)
            bytes.append(UInt8(ascii: "}"))
        default:
            append(value)
        }
    }

    private mutating func startLine(_ depth: Int, isFirst: Bool) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
    }

    // MARK: Scalars

    private mutating func append(word: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    private mutating func append(plain text: String) {
        let copied: Void? = text.utf8.withContiguousStorageIfAvailable { bytes.append(contentsOf: $0) }
        if copied == nil { bytes.append(contentsOf: text.utf8) }
    }

    mutating func append(string text: String) {
        bytes.append(UInt8(ascii: "\""))
        let copied: Void? = text.utf8.withContiguousStorageIfAvailable { appendEscaped($0) }
        if copied == nil { Array(text.utf8).withUnsafeBufferPointer { appendEscaped($0) } }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Copies runs that need no escape whole and escapes the bytes between them.
    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        while start < text.count {
            let end = plainEnd(of: text, from: start)
            if end > start { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<end])) }
            guard end < text.count else { return }
            appendEscape(text[end])
            start = end + 1
        }
    }

    /// Index of the first byte at or after `start` that must be escaped, or the end.
    ///
    /// Eight bytes at a time: each term sets the top bit of the bytes it looks for, and the lowest hit is exact.
    /// Bytes outside ASCII are masked out of the test for control characters.
    @inline(__always)
    private func plainEnd(of text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let raw = UnsafeRawBufferPointer(text)
        var index = start
        while text.count - index >= 8 {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let found =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word)
                & (ones &* 0x80)
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < text.count {
            let byte = text[index]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return index }
            index += 1
        }
        return index
    }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append(word: "\\\"")
        case UInt8(ascii: "\\"): append(word: "\\\\")
        case 0x08: append(word: "\\b")
        case 0x09: append(word: "\\t")
        case 0x0A: append(word: "\\n")
        case 0x0C: append(word: "\\f")
        case 0x0D: append(word: "\\r")
        default:
            append(word: "\\u00")
            bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let digit = byte & 0x0F
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
