import BallastCore

/// Finds the `id` of a message that cannot be read, so that the one call it answers is settled and no other.
///
/// It takes the bytes one at a time in constant memory: for lines that are too long to keep or that are not JSON.
/// Its finding is good enough to say "the answer to call 7 was unreadable" and is used for nothing else.
struct TopLevelIDScan: Sendable {
    private static let longestToken = 256

    private(set) var id: JSONRPCID?
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// The string or number that is being read, or was read last, directly in the message.
    private var token: [UInt8] = []
    /// The value that follows belongs to the name `id`.
    private var isValueOfID = false

    static func id(in line: [UInt8]) -> JSONRPCID? {
        var scan = TopLevelIDScan()
        scan.read(line[...])
        return scan.id
    }

    mutating func read(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes where id == nil {
            if isInString { readInString(byte) } else { readOutsideString(byte) }
        }
    }

    private mutating func readInString(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
            keep(byte)
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
            if depth == 1, isValueOfID { id = .string(JSONString(String(decoding: token, as: UTF8.self))) }
        } else {
            isEscaped = byte == UInt8(ascii: "\\")
            keep(byte)
        }
    }

    private mutating func readOutsideString(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""):
            isInString = true
            if depth == 1 { token = [] }
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            endNumber()
            depth -= 1
        case UInt8(ascii: ","):
            endNumber()
            if depth == 1 { isValueOfID = false }
        case UInt8(ascii: ":"):
            guard depth == 1 else { return }
            isValueOfID = token == Array("id".utf8)
            token = []
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): return
        default: keep(byte)
        }
    }

    private mutating func keep(_ byte: UInt8) {
        if depth == 1, token.count < Self.longestToken { token.append(byte) }
    }

    private mutating func endNumber() {
        guard depth == 1, isValueOfID else { return }
        id = Int64(String(decoding: token, as: UTF8.self)).map(JSONRPCID.integer)
    }
}
