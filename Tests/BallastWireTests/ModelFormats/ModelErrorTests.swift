import BallastCore
import BallastWire
import Testing

@Suite("An error answer is understood")
struct ModelErrorTests {
    private func error(_ status: Int, _ body: String, _ advice: RetryAdvice = RetryAdvice()) -> ModelError {
        ModelError.status(status, body: Array(body.utf8), advice: advice)
    }

    @Test(
        "whatever its shape",
        arguments: [
            (
                401,
                #"{"error":{"message":"Incorrect API key","type":"invalid_request_error","code":"invalid_api_key"}}"#,
                "authentication"
            ),
            (401, #"{"error":{"message":"no","type":"invalid_request_error"}}"#, "authentication"),
            (
                429, #"{"error":{"message":"Rate limit","type":"requests","code":"rate_limit_exceeded"}}"#,
                "rate_limited"
            ),
            (
                429,
                #"{"error":{"message":"You exceeded your quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                "quota_exhausted"
            ),
            (
                429, #"{"type":"error","error":{"type":"rate_limit_error","message":"x"},"request_id":"r"}"#,
                "rate_limited"
            ),
            (
                429,
                #"{"type":"error","error":{"type":"rate_limit_error","error_code":"enforced_spend_limit_reached","message":"x"}}"#,
                "quota_exhausted"
            ),
            (402, #"{"error":{"message":"pay","type":"billing_error"}}"#, "quota_exhausted"),
            (
                400,
                #"{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
                "context_too_long"
            ),
            (
                400,
                #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#,
                "context_too_long"
            ),
            (
                400,
                #"{"error":{"code":400,"message":"request exceeds the available context size","type":"exceed_context_size_error"}}"#,
                "context_too_long"
            ),
            (
                400,
                #"{"object":"error","message":"This model's maximum context length is 8","type":"BadRequestError","code":400}"#,
                "context_too_long"
            ),
            (413, #"{"type":"error","error":{"type":"request_too_large","message":"x"}}"#, "context_too_long"),
            (400, #"{"error":{"message":"bad","type":"invalid_request_error"}}"#, "bad_request"),
            (404, #"{"type":"error","error":{"type":"not_found_error","message":"model: x"}}"#, "bad_request"),
            (422, #"{"detail":[{"loc":["body"],"msg":"field required","type":"missing"}]}"#, "bad_request"),
            (409, "{}", "server_error"), (408, "", "timeout"), (504, "<html>", "timeout"),
            (
                500, #"{"error":{"code":500,"message":"Failed to parse input at pos 4","type":"server_error"}}"#,
                "server_error"
            ),
            (502, "Bad Gateway", "server_error"),
            (503, #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, "overloaded"),
            (529, #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, "overloaded"),
            (403, #"{"error":"forbidden"}"#, "authentication"), (307, "", "bad_request"), (999, "", "server_error"),
        ])
    func kinds(status: Int, body: String, kind: String) {
        let error = error(status, body)
        #expect(error.kind.rawValue == kind)
        #expect(error.message.contains("HTTP \(status)"))
        #expect(error.isRetryable == error.kind.isRetryable)
    }

    @Test("with the provider's words on one line, and what to do")
    func wording() {
        #expect(
            error(429, #"{"error":{"message":"You are\n over.","type":"insufficient_quota"}}"#).message
                == "The provider answered HTTP 429 (insufficient_quota): You are over."
                + " Raise the limit or top up the account at the provider.")
        #expect(error(500, "").message == "The provider answered HTTP 500.")
        #expect(error(422, #"{"detail":[{"msg":"a"},{"msg":"b"}]}"#).message.hasSuffix("a; b."))
        #expect(error(502, " <html><body>502</body>").message.contains("HTML page"))
    }

    @Test("without more than 300 characters of what it says", arguments: ["json", "text"])
    func length(form: String) {
        let long = String(repeating: "secret ", count: 200)
        let body = form == "json" ? #"{"error":{"message":"\#(long)"}}"# : long
        #expect(error(400, body).message.count < 340)
    }

    @Test("with the provider's own advice over what the status suggests")
    func advice() {
        let wait = RetryAdvice(retryAfter: 1500, shouldRetry: false)
        let error = error(429, "", wait)
        #expect(!error.isRetryable)
        #expect(error.retryAfter == 1500)
        #expect(self.error(400, "", RetryAdvice(shouldRetry: true)).isRetryable)
    }
}

@Suite("Advice about trying again is read from headers")
struct RetryAdviceTests {
    /// 2026-11-21T06:30:00Z
    private static let now = Timestamp(milliseconds: 1_795_242_600_000)

    private func advice(_ headers: [String: String]) -> RetryAdvice {
        RetryAdvice(header: { headers[$0] }, now: Self.now)
    }

    @Test(
        "as seconds, milliseconds or a date",
        arguments: [
            ("retry-after", "2", 2000 as Int64?), ("retry-after", "0.25", 250), ("retry-after", " 7 ", 7000),
            ("retry-after-ms", "1200.5", 1201), ("retry-after", "Sat, 21 Nov 2026 06:31:00 GMT", 60_000),
            ("retry-after", "Saturday, 21-Nov-26 06:30:05 GMT", 5000),
            ("retry-after", "Sat Nov 21 06:30:02 2026", 2000),
            ("retry-after", "Sat, 21 Nov 2026 06:00:00 GMT", 0), ("retry-after", "99999999999", 86_400_000),
            ("retry-after", "-1", nil), ("retry-after", "nan", nil), ("retry-after", "soon", nil),
            ("retry-after", "Sat, 99 Nov 2026 06:31:00 GMT", nil), ("retry-after", "", nil), ("other", "1", nil),
        ])
    func wait(header: String, value: String, expected: Int64?) {
        #expect(advice([header: value]).retryAfter == expected)
    }

    @Test("with milliseconds before seconds, and a date against the server's own clock")
    func precedence() {
        #expect(advice(["retry-after-ms": "5", "retry-after": "9"]).retryAfter == 5)
        let dated = ["retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"]
        #expect(advice(dated).retryAfter == 30_000)
    }

    @Test(
        "and a plain word on whether to try at all", arguments: [("true", true as Bool?), ("False", false), ("1", nil)])
    func shouldRetry(value: String, expected: Bool?) {
        #expect(advice(["x-should-retry": value]).shouldRetry == expected)
    }

    @Test(
        "dates of any century agree with the calendar",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.000Z"),
            ("Tue, 29 Feb 2000 23:59:59 GMT", "2000-02-29T23:59:59.000Z"),
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
            ("Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59.000Z"),
        ])
    func calendar(text: String, expected: String) { #expect(HTTPDate.parse(text)?.rfc3339 == expected) }
}
