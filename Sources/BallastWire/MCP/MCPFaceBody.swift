import BallastCore

/// The body of a request, with the arguments of a call cut out as the bytes that they are.
///
/// Everything is read strictly but those arguments: what is wrong with them, such as a member that appears twice, is
/// for the guard to say, which judges exactly these bytes.
struct MCPFaceBody: Sendable {
    /// The message without `params.arguments`.
    let message: JSONValue
    /// The bytes of `params.arguments`; nil when there are none.
    let arguments: [UInt8]?

    init(_ bytes: [UInt8]) throws(MCPFaceRejection) {
        do throws(JSONError) {
            (message, arguments) = MCPFaceBody.divide(try JSONScanner.scan(bytes))
        } catch {
            guard MCPFaceBody.concernsContent.contains(error.code), let range = ArgumentScan.range(in: bytes) else {
                throw .unreadable(error, in: bytes)
            }
            let rest = Array(bytes[..<range.lowerBound]) + Array("{}".utf8) + Array(bytes[range.upperBound...])
            do throws(JSONError) {
                message = MCPFaceBody.divide(try JSONScanner.scan(rest)).message
            } catch {
                throw .unreadable(error, in: bytes)
            }
            arguments = Array(bytes[range])
        }
    }

    /// Errors of a text that is JSON by its grammar all the same.
    private static let concernsContent: Set<JSONError.Code> = [
        .duplicateMember, .loneSurrogate, .tooDeep, .tooManyValues,
    ]

    private static func divide(_ tape: JSONTape) -> (message: JSONValue, arguments: [UInt8]?) {
        guard tape.kind(of: JSONTape.root) == .object else { return (tape.value() ?? .null, nil) }
        var (members, arguments): ([JSONMember], [UInt8]?) = ([], nil)
        for child in tape.children(of: JSONTape.root) {
            let name = child.name.flatMap { tape.text(of: $0) } ?? ""
            guard name == "params", tape.kind(of: child.value) == .object else {
                members.append(JSONMember(JSONString(name), tape.value(of: child.value) ?? .null))
                continue
            }
            var parameters: [JSONMember] = []
            for parameter in tape.children(of: child.value) {
                let key = parameter.name.flatMap { tape.text(of: $0) } ?? ""
                if key == "arguments" {
                    arguments = Array(tape.bytes[tape.range(of: parameter.value)])
                } else {
                    parameters.append(JSONMember(JSONString(key), tape.value(of: parameter.value) ?? .null))
                }
            }
            members.append(JSONMember("params", .object(JSONObject(unique: parameters))))
        }
        return (.object(JSONObject(unique: members)), arguments)
    }
}

extension MCPFaceRejection {
    fileprivate static func unreadable(_ error: JSONError, in bytes: [UInt8]) -> MCPFaceRejection {
        .init(400, .parseError, error.description, id: TopLevelIDScan.id(in: bytes))
    }
}

/// Finds where the value of `params.arguments` stands in a text whose brackets and strings are sound.
private struct ArgumentScan {
    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func range(in bytes: [UInt8]) -> Range<Int>? {
        var scan = ArgumentScan(bytes)
        guard scan.enter("params"), scan.enter("arguments") else { return nil }
        let start = scan.position
        scan.skipValue()
        return start < scan.position ? start..<scan.position : nil
    }

    private var byte: UInt8 { position < bytes.count ? bytes[position] : 0 }

    /// Moves to the value of a member of the object that begins here.
    private mutating func enter(_ name: String) -> Bool {
        skipSpace()
        guard byte == UInt8(ascii: "{") else { return false }
        position += 1
        while position < bytes.count {
            skipSpace()
            let start = position
            guard byte == UInt8(ascii: "\"") else { return false }
            skipString()
            let key = try? JSONReader.read(Array(bytes[start..<position]))
            skipSpace()
            guard byte == UInt8(ascii: ":") else { return false }
            position += 1
            skipSpace()
            if key?.string == name { return true }
            skipValue()
            skipSpace()
            guard byte == UInt8(ascii: ",") else { return false }
            position += 1
        }
        return false
    }

    private mutating func skipSpace() {
        while [0x20, 0x0A, 0x0D, 0x09].contains(byte) { position += 1 }
    }

    private mutating func skipString() {
        position += 1
        while position < bytes.count {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        position = min(position, bytes.count)
    }

    private mutating func skipValue() {
        var depth = 0
        while position < bytes.count {
            switch byte {
            case UInt8(ascii: "\""): skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
                position += 1
            case UInt8(ascii: ","):
                if depth == 0 { return }
                position += 1
            default: position += 1
            }
            if depth == 0, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") { return }
        }
        position = min(position, bytes.count)
    }
}
