import BallastCore

/// An address with places for arguments. Values are escaped so that they can change neither the host nor the shape of
/// the path: no value can hold or become a slash or a dot segment, or be empty where a segment is expected.
struct URLTemplate: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case literal(String)
        case argument(String)
    }

    struct Problem: Error, Sendable, Hashable {
        let message: String
    }

    /// Scheme and authority, as written.
    let origin: String
    private let path: [Part]
    private let query: [Part]

    /// The arguments that have a place, in order.
    var arguments: [String] {
        (path + query).compactMap { part in
            if case .argument(let name) = part { name } else { nil }
        }
    }

    init(_ text: String) throws(Problem) {
        guard let address = BaseAddress(text) else {
            throw Problem(
                message: "the address is http:// or https:// with a fixed host, such as https://HOST/orders/{order_id}")
        }
        guard !address.rest.contains("#") else { throw Problem(message: "an address has no fragment; leave out `#…`") }
        origin = "\(address.scheme)://\(address.authority)"
        let halves = address.rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = try Self.parts(halves.first ?? "")
        query = try halves.count > 1 ? Self.parts(halves[1]) : []
        guard (try? Self.rejectDotSegments(Self.literals(of: path))) != nil else {
            throw Problem(message: "the path holds a `.` or `..` segment; write the path it stands for")
        }
    }

    /// Placeholders become a letter: only the fixed text is looked at.
    private static func literals(of parts: [Part]) -> String {
        parts.map { part in
            if case .literal(let text) = part { text } else { "x" }
        }.joined()
    }

    private static func parts(_ text: Substring) throws(Problem) -> [Part] {
        var parts: [Part] = []
        var rest = text
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}"), rest.index(after: open) < close else {
                throw Problem(message: "a `{` in the address needs a name and a `}` after it")
            }
            try append(rest[..<open], to: &parts)
            parts.append(.argument(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        try append(rest, to: &parts)
        return parts
    }

    private static func append(_ literal: Substring, to parts: inout [Part]) throws(Problem) {
        guard literal.utf8.allSatisfy(isAddressByte) else {
            throw Problem(message: "the address holds a character that must be percent-encoded")
        }
        if !literal.isEmpty { parts.append(.literal(String(literal))) }
    }

    /// What may stand in path and query as it is (RFC 3986 sections 3.3 and 3.4), with the percent sign of escapes.
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        PercentEncoding.isUnreserved(byte) || "!$&'()*+,;=:@/?%".utf8.contains(byte)
    }
}

// MARK: Filling in

extension URLTemplate {
    /// The address for `arguments`, without the parameters that the declaration adds.
    /// - Returns: origin and path, then the query's text without its question mark.
    func fill(_ arguments: JSONObject) throws(Problem) -> (address: String, query: String) {
        var filledPath = ""
        for part in path {
            switch part {
            case .literal(let text): filledPath += text
            case .argument(let name): filledPath += try Self.segment(arguments[JSONString(name)], name)
            }
        }
        try Self.rejectDotSegments(filledPath)
        var filledQuery = ""
        for part in query {
            switch part {
            case .literal(let text): filledQuery += text
            case .argument(let name):
                filledQuery += PercentEncoding.encode(try Self.scalar(arguments[JSONString(name)], name))
            }
        }
        return (origin + filledPath, filledQuery)
    }

    private static func segment(_ value: JSONValue?, _ name: String) throws(Problem) -> String {
        let text = try scalar(value, name)
        guard !text.isEmpty else { throw Problem(message: "`\(name)` is empty, but it names what the call is about") }
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 && $0 != 0x7F })
        else { throw Problem(message: "`\(name)` may hold no slash, backslash or control character") }
        return PercentEncoding.encode(text)
    }

    /// A value as one piece of text; numbers keep their spelling.
    static func scalar(_ value: JSONValue?, _ name: String) throws(Problem) -> String {
        switch value {
        case .string(let text): return text.text
        case .number(let number): return number.source
        case .bool(let flag): return flag ? "true" : "false"
        case .array, .object: throw Problem(message: "`\(name)` must be a single value to stand in the address")
        case .null, nil: throw Problem(message: "`\(name)` is missing, but the address needs it")
        }
    }

    /// Dots are not escaped by servers' and proxies' reading of a path: `%2e%2e` climbs like `..`.
    fileprivate static func rejectDotSegments(_ path: String) throws(Problem) {
        for segment in path.split(separator: "/") {
            let plain = segment.lowercased().replacing("%2e", with: ".")
            guard plain != ".", plain != ".." else {
                throw Problem(message: "the arguments make a `.` or `..` segment in the path")
            }
        }
    }
}

/// Percent-encoding of values (RFC 3986 section 2): everything but unreserved characters is escaped.
enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
