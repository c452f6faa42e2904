import BallastCore
import BallastRuntime
import BallastWire

/// What an answer means for the effect.
///
/// | status | outcome |
/// |---|---|
/// | 2xx | the result |
/// | 3xx, 4xx but those below | a result that says the tool failed |
/// | 429; 503 with `Retry-After` | not done: a limiter in front of the tool turned the call away; may be tried again |
/// | 409 to a repeated attempt | unknown: the earlier attempt with the same key may still be running |
/// | 408, other 5xx | unknown: it broke somewhere on the way |
struct HTTPToolAnswer: Sendable {
    let head: HTTPExchange.Head
    let body: [UInt8]
    /// The body was longer than what is kept.
    let isCut: Bool

    func outcome(of plan: HTTPToolPlan, attempt: Int, now: Timestamp) -> ToolOutcome {
        let wait = RetryAdvice(header: head.header, now: now).retryAfter
        switch head.status {
        case 200..<300: return .result(success(hasSchema: plan.definition.outputSchema != nil))
        case 429: return .neverSent(failure(.rateLimited, wait), isRetryable: true)
        case 503 where wait != nil: return .neverSent(failure(.serverError, wait), isRetryable: true)
        case 409 where attempt > 1: return .unknown(failure(.serverError, wait))
        case 408, 500...: return .unknown(failure(.serverError, wait))
        default:
            let redaction = Redaction(plan.declaration.headers.map(\.value))
            var said = ToolResult(content: redaction("HTTP \(head.status): \(text ?? note)"), isError: true)
            // HTTP 403 may be about what was asked for: other calls are answered.
            said.refusesCredential = head.status == 401
            return .result(said)
        }
    }

    private func success(hasSchema: Bool) -> ToolResult {
        guard let text else { return ToolResult(content: "(HTTP \(head.status), \(note))") }
        let isJSON = head.header("content-type").map(Self.isJSON) ?? hasSchema
        let structured = isJSON && !isCut ? try? JSONReader.read(body) : nil
        let cut = "\n[cut: only the first \(body.count) bytes of the answer are kept]"
        return ToolResult(content: isCut ? text + cut : text, structured: structured)
    }

    /// The body, where there is text in it.
    private var text: String? {
        // A cut may fall inside a character.
        let text = isCut ? String(decoding: body, as: UTF8.self) : String(validating: body, as: UTF8.self)
        return text.flatMap { $0.contains { !$0.isWhitespace } ? $0 : nil }
    }

    private var note: String {
        guard !body.isEmpty else { return "no content" }
        return "\(body.count) bytes of \(head.header("content-type") ?? "an unnamed type") that are not text"
    }

    private static func isJSON(_ type: String) -> Bool {
        let name = type.prefix { $0 != ";" }.lowercased()
        return name.hasSuffix("/json") || name.hasSuffix("+json")
    }

    private func failure(_ code: ToolFailure.Code, _ wait: Int64?) -> ToolFailure {
        ToolFailure(code: code, message: "it answered HTTP \(head.status)", retryAfter: wait)
    }
}
