import BallastCore
import Testing

@Suite("A JSON error says what happened, where, and what to do")
struct JSONErrorTests {
    static let cases: [(String, Int, String)] = [
        ("[1,]", 3, "expected a value, found ']'; correct the text here"),
        ("{\"a\" 1}", 5, "expected ':' after a member name, found '1'; correct the text here"),
        ("[1\u{7}]", 2, "expected ',' or ']', found byte 0x07; correct the text here"),
        ("[1", 2, "the text ends where ',' or ']' was expected; it may have been cut off"),
        ("[01]", 2, "not a JSON number: a digit follows a leading zero; remove the zero"),
        (
            "{\"a\":1,\"\\u0061\":2}", 7,
            "the member \"a\" appears twice in one object, and readers disagree on which one counts; keep one"
        ),
        (
            "\"x\\ud800\"", 2,
            "half of a surrogate pair stands alone and names no character; escape both halves or send UTF-8"
        ),
        (
            "\"\n\"", 1,
            "the control character byte 0x0A stands unescaped in a string; write it as an escape such as \\n"
        ),
        ("1 2", 2, "'2' follows the complete value; send exactly one JSON value"),
        ("\u{FEFF}1", 0, "the text starts with a byte order mark; send plain UTF-8 without one"),
    ]

    @Test("with the byte offset", arguments: cases)
    func wording(_ text: String, _ offset: Int, _ message: String) {
        let error = #expect(throws: JSONError.self) { try JSONReader.read(text) }
        #expect(error?.offset == offset)
        #expect(error?.message == message)
        #expect(error?.description == "invalid JSON at byte \(offset): \(message)")
    }

    @Test("and quotes only the start of a long name")
    func cutsNames() {
        let name = String(repeating: "n", count: 10_000)
        let error = #expect(throws: JSONError.self) { try JSONReader.read("{\"\(name)\":1,\"\(name)\":2}") }
        #expect(error.map { $0.message.utf8.count < 250 } == true)
    }
}
