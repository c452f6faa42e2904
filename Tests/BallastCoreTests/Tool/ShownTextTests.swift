import BallastCore
import Testing

@Suite("Words of others are shown")
struct ShownTextTests {
    @Test(
        "without what cannot be seen or reorders",
        arguments: [
            ("plain\ntext", "plain\ntext"), ("a\u{200B}b\u{2066}c\u{2069}", "abc"), ("\u{E0068}\u{E0069}", ""),
            ("naïve 日本 🙂", "naïve 日本 🙂"), ("x\u{FE0F}\u{00AD}\u{3164}y", "xy"), ("\u{1B}[31mred\u{7}", "[31mred"),
            ("\u{F8FF}\u{2028}", ""),
        ])
    func invisible(text: String, shown: String) {
        #expect(ShownText.text(text) == shown)
    }

    @Test("not without end")
    func long() {
        let shown = ShownText.text(String(repeating: "é", count: 100), longest: 21)
        #expect(shown == String(repeating: "é", count: 10) + " … [cut]")
    }

    @Test("in a schema as well, which allows the same as before")
    func schema() {
        let schema: JSONValue = [
            "type": "object", "description": "a\u{200B}b",
            "properties": [
                "description": ["type": "string", "description": "c\u{202E}d", "enum": ["e\u{200D}f"]],
                "k\u{200D}": ["const": "\u{200B}", "x-mcp-header": "K", "examples": ["g\u{200B}"]],
            ],
            "required": ["k\u{200D}"],
        ]
        #expect(
            ShownText.schema(schema) == [
                "type": "object", "description": "ab",
                "properties": [
                    "description": ["type": "string", "description": "cd", "enum": ["e\u{200D}f"]],
                    "k\u{200D}": ["const": "\u{200B}", "examples": ["g"]],
                ],
                "required": ["k\u{200D}"],
            ])
    }

    @Test("while the hash is that of what came")
    func hash() {
        let one = ToolDefinition(name: "t", provider: "p", description: "a\u{200B}b", inputSchema: ["type": "object"])
        #expect(one.shown.description == "ab")
        #expect(one.shown.hash != one.hash)
    }
}
