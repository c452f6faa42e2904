import BallastCore
import Testing

@Suite("A format is checked when it is one of the seven, and an annotation otherwise")
struct JSONSchemaFormatTests {
    static let cases: [(String, [String], [String])] = [
        (
            "date", ["2026-01-31", "2024-02-29", "2000-02-29", "0001-12-31"],
            [
                "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-01", "26-01-01", "",
                "2026-01-01T00:00:00Z", "2026-01-0١", "2026/01/01", "2026-01-00", "-2026-01-01",
            ]
        ),
        (
            "date-time",
            [
                "2026-01-31T12:00:00Z", "2026-01-31t12:00:00z", "2026-01-31T12:00:00.123456789+02:00",
                "1998-12-31T23:59:60Z", "1998-12-31T15:59:60.5-08:00", "2026-01-31T00:00:00-00:00",
            ],
            [
                "2026-01-31", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00", "2026-01-31T24:00:00Z",
                "2026-01-31T12:60:00Z", "2026-01-31T12:00:61Z", "2026-01-31T12:00:60Z", "2026-01-31T12:00Z",
                "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00+25:00", "2026-01-31T12:00:00+0200", "T", "",
                "2026-02-30T12:00:00Z", "2026-01-31T12:00:00ZZ", "2026-01-31T12:00:00.1.2Z", "2026-01-31TZ",
            ]
        ),
        (
            "email",
            [
                "ada@example.com", "a.b+c@sub.example.org", "\"a b\\\"c\"@example.com", "x@localhost",
                "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", "o'hara@example.com",
            ],
            [
                "", "ada", "@example.com", "ada@", "a@b@c", ".a@example.com", "a..b@example.com", "a b@example.com",
                "a@-x.com", "a@x-.com", "a@x..com", "a@[300.0.0.1]", "ü@example.com", "\"a\"b\"@example.com",
            ]
        ),
        (
            "ipv4", ["0.0.0.0", "192.0.2.1", "255.255.255.255"],
            ["", "256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.", "1.2.3.a", " 1.2.3.4", "1.2.3.0004"]
        ),
        (
            "ipv6",
            [
                "::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
                "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "ABCD:EF01::",
            ],
            [
                "", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::1", "::1%eth0",
                "1:2:3:4:5:6:7:192.0.2.1", "192.0.2.1::", "1:2:3:4::5:6:7:8", "::192.0.2.256", "1:", ":1",
            ]
        ),
        (
            "uri",
            [
                "https://example.com/a?b=c#d", "mailto:ada@example.com", "urn:isbn:0451450523", "http://[::1]:80/",
                "ftp://u:p@h.example:21/x%20y", "a:", "file:///etc/hosts", "http://example.com:",
            ],
            [
                "", "/relative", "example.com", "1http://x", "http://a b", "http://a/%zz", "http://a/%4", "http://[::1",
                "http://a:b/", "http://a/#x#y", "http://a/<>", "http://ex\u{E4}mple", "://x", "http://a/\\",
                "http://[x]/",
            ]
        ),
        (
            "uuid", ["123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-000000000000"],
            [
                "", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400",
                "123e4567-e89b-12d3-a456-42661417400g", "{123e4567-e89b-12d3-a456-426614174000}",
                "123e4567-e89b12d3-a456-4266-14174000",
            ]
        ),
        ("made-up", ["anything", ""], []),
    ]

    @Test("and judges texts exactly", arguments: cases)
    func formats(_ name: String, _ valid: [String], _ invalid: [String]) throws {
        let schema = try JSONSchema(compiling: ["format": .string(JSONString(name))])
        for text in valid { #expect(schema.validate(JSONValue(text)).isEmpty, "\(text) must be valid") }
        for text in invalid { #expect(!schema.validate(JSONValue(text)).isEmpty, "\(text) must be invalid") }
        #expect(schema.validate(1).isEmpty)
    }
}
