import BallastCore

/// What an error body says, whatever shape it has.
///
/// Seen in the wild: `{"error": {message, type, code}}` with a text or a number as code, the same under
/// `{"type": "error"}`, `{"error": "text"}`, the fields at the top level, `{"detail": …}`, plain text and HTML pages.
struct ProviderErrorBody {
    /// Characters of the provider's message that are kept: it may quote the prompt.
    static let messageLimit = 300

    var message = ""
    var type: String?
    var code: String?
    private var isContextTooLong = false

    init(_ body: [UInt8]) {
        guard let document = try? JSONReader.read(body), document.object != nil else {
            self.init(text: String(decoding: body.prefix(Self.messageLimit * 4), as: UTF8.self))
            return
        }
        self.init(document)
    }

    init(_ document: JSONValue) {
        let error = document["error"] ?? document
        let details = error["details"]
        type = Self.name(error["type"])
        code = Self.name(error["error_code"] ?? details?["error_code"] ?? error["code"])
        take(error.string ?? error["message"]?.string ?? Self.detail(document["detail"]) ?? "")
    }

    private init(text: String) {
        let isPage = text.drop { $0.isWhitespace }.first == "<"
        take(isPage ? "an HTML page, so something between here and the provider may have answered" : text)
    }

    private mutating func take(_ text: String) {
        isContextTooLong = Self.saysContextTooLong(text)
        message = Self.readable(text)
    }

    /// `start`, the error's name for itself, and its message.
    func sentence(_ start: String) -> String {
        let name = (type ?? code).map { " (\($0))" } ?? ""
        guard let last = message.last else { return start + name + "." }
        return start + name + ": \(message)" + (last.isLetter || last.isNumber || last == ")" ? "." : "")
    }

    /// What the error's own name says more exactly than a status could.
    var exactKind: ModelError.Kind? {
        let named = [code, type].compactMap { $0.flatMap { Self.kinds[$0] } }.first
        return named ?? (isContextTooLong ? .contextTooLong : nil)
    }

    /// What the error's name says where there is no status.
    var broadKind: ModelError.Kind? { type.flatMap { Self.broadKinds[$0] } }

    private static let kinds: [String: ModelError.Kind] = [
        "context_length_exceeded": .contextTooLong, "exceed_context_size_error": .contextTooLong,
        "request_too_large": .contextTooLong, "insufficient_quota": .quotaExhausted,
        "billing_hard_limit_reached": .quotaExhausted, "billing_error": .quotaExhausted,
        "enforced_spend_limit_reached": .quotaExhausted, "rate_limit_exceeded": .rateLimited,
        "overloaded_error": .overloaded, "unavailable_error": .overloaded, "timeout_error": .timeout,
        "authentication_error": .authentication, "permission_error": .authentication,
        "invalid_api_key": .authentication,
    ]

    private static let broadKinds: [String: ModelError.Kind] = [
        "rate_limit_error": .rateLimited, "invalid_request_error": .badRequest, "not_found_error": .badRequest,
        "api_error": .serverError, "server_error": .serverError, "conflict_error": .serverError,
    ]

    /// Providers that have no code for it say it in words.
    private static func saysContextTooLong(_ text: String) -> Bool {
        let lower = text.lowercased()
        return [
            "maximum context length", "context size", "context window", "prompt is too long", "exceed context limit",
        ]
        .contains { lower.contains($0) }
    }

    private static func name(_ value: JSONValue?) -> String? {
        let text = value?.string ?? value?.integer.map(String.init)
        return text.flatMap { $0.isEmpty || $0 == "error" ? nil : String(readable($0).prefix(64)) }
    }

    /// Validation errors of common server frameworks are a list of `{msg}`.
    private static func detail(_ value: JSONValue?) -> String? {
        value?.string ?? value?.array?.prefix(3).compactMap { $0["msg"]?.string }.joined(separator: "; ")
    }

    /// One line without control characters, cut to the limit.
    private static func readable(_ text: String) -> String {
        let words = text.split {
            $0.isWhitespace || $0.unicodeScalars.allSatisfy { $0.value < 0x20 || $0.value == 0x7F }
        }
        let line = words.joined(separator: " ")
        return line.count > messageLimit ? line.prefix(messageLimit - 1) + "…" : line
    }
}
