import BallastCore
import BallastWire
import Testing

@Suite("Headers of MCP")
struct MCPHeaderTests {
    @Test(
        "carry any text: plainly where that is safe, marked otherwise",
        arguments: [
            ("issue_refund", "issue_refund"), ("a b", "a b"), ("Zürich", "=?base64?WsO8cmljaA==?="),
            (" a", "=?base64?IGE=?="), ("a\r\nb: c", "=?base64?YQ0KYjogYw==?="), ("", ""),
            ("=?base64?eA==?=", "=?base64?PT9iYXNlNjQ/ZUE9PT89?="),
        ])
    func values(text: String, value: String) {
        #expect(MCPHeaderValue.encode(text) == value)
    }

    @Test("repeat arguments that the schema names, and leave out what is not there")
    func parameters() throws {
        let headers = try MCPParameterHeader.all(in: [
            "type": "object",
            "properties": [
                "a": ["type": "string", "x-mcp-header": "A"],
                "b": ["type": "object", "properties": ["c": ["type": "integer", "x-mcp-header": "B-C"]]],
                "x-mcp-header": ["type": "string"],
            ],
        ])
        #expect(headers.map(\.name) == ["mcp-param-a", "mcp-param-b-c"])
        let arguments: JSONObject = ["a": "1", "b": ["c": .number(JSONNumber(validated: "1e2"))]]
        #expect(headers.map { $0.value(in: arguments) } == ["1", "100"])
        #expect(headers.map { $0.value(in: ["a": .null]) } == [nil, nil])
    }

    @Test(
        "are refused where the protocol does not allow them",
        arguments: [
            ["properties": ["a": ["type": "number", "x-mcp-header": "A"]]],
            ["properties": ["a": ["type": "string", "x-mcp-header": "A\r\nB"]]],
            ["properties": ["a": ["type": "string", "x-mcp-header": 1]]],
            ["properties": ["a": ["anyOf": [["type": "string", "x-mcp-header": "A"]]]]],
            ["$defs": ["d": ["type": "string", "x-mcp-header": "A"]]], ["type": "string", "x-mcp-header": "A"],
            [
                "properties": [
                    "a": ["type": "string", "x-mcp-header": "A"], "b": ["type": "string", "x-mcp-header": "a"],
                ]
            ],
        ] as [JSONValue])
    func refused(schema: JSONValue) {
        #expect(throws: MCPProtocolError.self) { try MCPParameterHeader.all(in: schema) }
    }

    @Test("of one hop are known, so that nobody passes them on")
    func reserved() {
        #expect(MCPMetaKey.isReserved("io.modelcontextprotocol/serverInfo"))
        #expect(MCPMetaKey.isReserved("com.mcp.tools/x") && MCPMetaKey.isReserved("progressToken"))
        #expect(!MCPMetaKey.isReserved("com.example.mcp/x") && !MCPMetaKey.isReserved("note"))
    }
}
