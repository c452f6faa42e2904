import HTTPTypes

/// Finds the operation of a request. One table, small enough that a walk over it costs less than the parsing around it.
struct APIRouter: Sendable {
    enum Match {
        case found(APIOperation, parameters: [String: String])
        /// The path is known, with these methods.
        case wrongMethod(allowed: [String])
        case unknown
    }

    let operations: [APIOperation]
    private let routes: [(segments: [Substring], operation: APIOperation)]

    init(_ operations: [APIOperation]) {
        self.operations = operations
        routes = operations.map { ($0.segments, $0) }
    }

    /// `path` is as sent, without the query. A HEAD finds the GET.
    func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let wanted = method == .head ? .get : method
        var allowed: [String] = []
        for (template, operation) in routes {
            guard let parameters = APIRouter.parameters(of: segments, in: template) else { continue }
            if operation.method == wanted { return .found(operation, parameters: parameters) }
            allowed.append(operation.method.rawValue)
        }
        if allowed.contains("GET") { allowed.append("HEAD") }
        return allowed.isEmpty ? .unknown : .wrongMethod(allowed: allowed.sorted())
    }

    private static func parameters(of path: ArraySlice<Substring>, in template: [Substring]) -> [String: String]? {
        guard path.count == template.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, pattern) in zip(path, template) {
            guard let name = APIOperation.parameter(pattern) else {
                if part != pattern { return nil }
                continue
            }
            guard !part.isEmpty, let value = PercentText.decode(part, plusIsSpace: false) else { return nil }
            parameters[name] = value
        }
        return parameters
    }
}

/// Percent-decoding (RFC 3986 section 2.1).
enum PercentText {
    /// nil for a broken escape or bytes that are not UTF-8.
    static func decode(_ text: Substring, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
