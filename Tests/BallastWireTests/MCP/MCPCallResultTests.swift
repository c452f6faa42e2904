import BallastCore
import BallastWire
import Testing

@Suite("The result of a call")
struct MCPCallResultTests {
    @Test("reads as one text, whatever its blocks are")
    func flattening() throws {
        let result = try MCPCallResult([
            "content": [
                ["type": "text", "text": "first"], ["type": "image", "data": "AAAA", "mimeType": "image/png"],
                ["type": "resource_link", "uri": "file:///a", "name": "a"],
                ["type": "resource", "resource": ["uri": "file:///b", "text": "inside"]],
                ["type": "resource", "resource": ["uri": "file:///c", "blob": "AA", "mimeType": "x/y"]],
                ["type": "hologram"],
            ]
        ])
        #expect(
            result.text == """
                first
                [image image/png, 4 bytes of base64, left out]
                [resource a at file:///a]
                inside
                [resource file:///c x/y, 2 bytes of base64, left out]
                [content of the unknown type hologram, left out]
                """)
        #expect(!result.isError)
    }

    @Test("keeps any structured value, and shows it where there is no text")
    func structured() throws {
        #expect(
            try MCPCallResult(["content": [], "structuredContent": [1, .number(JSONNumber(validated: "2.50"))]]).text
                == "[1,2.50]")
        let both = try MCPCallResult(["content": [["type": "text", "text": "t"]], "structuredContent": ["a": 1]])
        #expect(both.text == "t")
        #expect(both.structured == ["a": 1])
        #expect(try MCPCallResult(["isError": true]).isError)
    }

    @Test("that asks for input is a failure that says what was asked")
    func inputRequired() throws {
        let result = try MCPCallResult([
            "resultType": "input_required", "requestState": "s",
            "inputRequests": ["ok": ["method": "elicitation/create", "params": ["message": "Delete C-7?"]]],
        ])
        #expect(result.isError)
        #expect(result.text.contains("\"Delete C-7?\" (elicitation/create)"))
        #expect(result.text.contains("cannot be given through this client"))
    }

    @Test(
        "that breaks the protocol is refused, not guessed at",
        arguments: [
            "text", ["resultType": "task", "taskId": "1"], ["content": "text"], ["content": [["text": "no type"]]],
            ["content": [["type": "text"]]], ["content": [["type": "resource", "resource": [:]]]],
        ] as [JSONValue])
    func malformed(value: JSONValue) {
        #expect(throws: MCPProtocolError.self) { try MCPCallResult(value) }
    }
}
