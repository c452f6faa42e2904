import BallastCore
import BallastWire
import Testing

@Suite("A call is written for Messages")
struct AnthropicMessagesFormatTests {
    private let format = AnthropicMessagesFormat()

    private func turns(_ messages: Message...) throws -> [JSONValue] {
        try CallFixture.body(format, CallFixture.call(messages))["messages"]?.array ?? []
    }

    @Test("with the whole conversation, byte for byte: results first and together")
    func golden() {
        let body = format.encode(CallFixture.call(toolChoice: .required), streams: true).body
        let expected = """
            {"model":"m-1","max_tokens":64,"system":"Be brief.",\
            "messages":[{"role":"user","content":[{"type":"text","text":"Where are 1 and 2?"}]},\
            {"role":"assistant","content":[{"type":"text","text":"I look."},\
            {"type":"tool_use","id":"call_a","name":"lookup_order","input":{"order_id":"1"}},\
            {"type":"tool_use","id":"call_b","name":"lookup_order","input":{"order_id":"2"}}]},\
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_a","content":"shipped"},\
            {"type":"tool_result","tool_use_id":"call_b","content":"no such order","is_error":true},\
            {"type":"text","text":"Thanks."}]}],\
            "tools":[{"name":"lookup_order","description":"Finds an order.",\
            "input_schema":{"type":"object","properties":{"order_id":{"type":"string"}},"required":["order_id"]}}],\
            "tool_choice":{"type":"any"},"stream":true}
            """
        #expect(String(decoding: body, as: UTF8.self) == expected)
    }

    @Test("with words that came before a result put after it")
    func resultsFirst() throws {
        let written = try turns(
            CallFixture.message(.user, .text("go")),
            CallFixture.message(.assistant, .toolCall(id: "c", name: "f", arguments: "{}")),
            CallFixture.message(.user, .text("hurry")),
            CallFixture.message(.tool, .toolResult(callID: "c", content: "done", isError: false)))
        #expect(written.map { $0["role"]?.string } == ["user", "assistant", "user"])
        #expect(written[2]["content"]?.array?.map { $0["type"]?.string } == ["tool_result", "text"])
    }

    @Test("without an empty block, and with one turn after the other")
    func emptyBlocks() throws {
        let written = try turns(
            CallFixture.message(.user, .text("a"), .text("")), CallFixture.message(.assistant, .text(" \n")),
            CallFixture.message(.user, .text("b")), CallFixture.message(.assistant, .text("c")),
            CallFixture.message(.assistant, .text("d")))
        #expect(written.map { $0["role"]?.string } == ["user", "assistant"])
        #expect(written.map { $0["content"]?.array?.count } == [2, 2])
    }

    @Test("with an empty object where an earlier call had no readable arguments", arguments: ["", "nonsense", "[1]"])
    func unreadableArguments(arguments: String) throws {
        let written = try turns(
            CallFixture.message(.assistant, .toolCall(id: "c", name: "f", arguments: arguments)))
        #expect(written[0]["content"]?[0]?["input"] == [:])
    }

    @Test("with ids that are legal and differ, results following their calls")
    func ids() throws {
        let written = try turns(
            CallFixture.message(.assistant, .toolCall(id: "call_0", name: "f", arguments: "{}")),
            CallFixture.message(.tool, .toolResult(callID: "call_0", content: "1", isError: false)),
            CallFixture.message(.assistant, .toolCall(id: "call_0", name: "f", arguments: "{}")),
            CallFixture.message(.tool, .toolResult(callID: "call_0", content: "2", isError: false)),
            CallFixture.message(.assistant, .toolCall(id: "ünlawful id", name: "f", arguments: "{}")),
            CallFixture.message(.tool, .toolResult(callID: "ünlawful id", content: "3", isError: false)))
        let calls = [0, 2, 4].compactMap { written[$0]["content"]?[0]?["id"]?.string }
        let results = [1, 3, 5].compactMap { written[$0]["content"]?[0]?["tool_use_id"]?.string }
        #expect(calls == results)
        #expect(Set(calls).count == 3)
        #expect(calls[0] == "call_0")
        #expect(calls.allSatisfy { $0.utf8.allSatisfy { $0 < 128 && $0 != UInt8(ascii: " ") } })
    }

    @Test("with the tools of the history declared when none is offered any more")
    func formerTools() throws {
        let body = try CallFixture.body(format, CallFixture.call(tools: []))
        #expect(body["tools"] == [["name": "lookup_order", "input_schema": ["type": "object"]]])
        #expect(body["tool_choice"] == ["type": "none"])
        let bare = try CallFixture.body(format, CallFixture.call([CallFixture.message(.user, .text("x"))], tools: []))
        #expect(bare["tools"] == nil)
    }

    @Test("with a schema for the answer, by the API's own means")
    func outputConfig() throws {
        let body = try CallFixture.body(format, CallFixture.call(outputSchema: ["type": "object"]))
        #expect(body["output_config"] == ["format": ["type": "json_schema", "schema": ["type": "object"]]])
    }

    @Test("with a schema for the answer, by a forced tool beside the others")
    func forcedTool() throws {
        let format = AnthropicMessagesFormat(outputSchemaMeans: .forcedTool)
        let body = try CallFixture.body(format, CallFixture.call(outputSchema: ["type": "object"]))
        #expect(body["tools"]?.array?.compactMap { $0["name"]?.string } == ["lookup_order", "final_answer"])
        #expect(body["tool_choice"] == ["type": "any"])
        let alone = try CallFixture.body(
            format,
            CallFixture.call([CallFixture.message(.user, .text("x"))], tools: [], outputSchema: ["type": "object"]))
        #expect(alone["tool_choice"] == ["type": "tool", "name": "final_answer"])
    }

    @Test("to the place and with the headers that the API wants")
    func address() {
        #expect(format.path(below: "") == "/v1/messages")
        #expect(format.path(below: "/anthropic/v1") == "/anthropic/v1/messages")
        #expect(format.headers(key: "k").map(\.name) == ["anthropic-version", "x-api-key"])
        let bearer = AnthropicMessagesFormat(keyHeader: .bearer, cachesPrompt: true)
        #expect(bearer.headers(key: "k").last?.value == "Bearer k")
        #expect(bearer.headers(key: nil).count == 1)
        let body = try? CallFixture.body(bearer, CallFixture.call())
        #expect(body?["cache_control"] == ["type": "ephemeral"])
    }
}
