import BallastCore
import BallastWire
import Testing

@Suite("A call is written for Chat Completions")
struct OpenAIChatFormatTests {
    private let format = OpenAIChatFormat()

    @Test("with the whole conversation, byte for byte")
    func golden() {
        let body = format.encode(CallFixture.call(temperature: 0), streams: true).body
        let expected = """
            {"model":"m-1","messages":[{"role":"system","content":"Be brief."},\
            {"role":"user","content":"Where are 1 and 2?"},\
            {"role":"assistant","content":"I look.","tool_calls":[\
            {"id":"call_a","type":"function","function":{"name":"lookup_order","arguments":"{\\"order_id\\":\\"1\\"}"}},\
            {"id":"call_b","type":"function","function":{"name":"lookup_order","arguments":"{\\"order_id\\":\\"2\\"}"}}]},\
            {"role":"tool","tool_call_id":"call_a","content":"shipped"},\
            {"role":"tool","tool_call_id":"call_b","content":"Error: no such order"},\
            {"role":"user","content":"Thanks."}],\
            "tools":[{"type":"function","function":{"name":"lookup_order","description":"Finds an order.",\
            "parameters":{"type":"object","properties":{"order_id":{"type":"string"}},"required":["order_id"]}}}],\
            "temperature":0,"max_tokens":64,"stream":true,"stream_options":{"include_usage":true}}
            """
        #expect(String(decoding: body, as: UTF8.self) == expected)
    }

    @Test("with the newer name of the output limit only when it is asked for")
    func tokenLimit() throws {
        let body = try CallFixture.body(OpenAIChatFormat(tokenLimitName: .maxCompletionTokens), CallFixture.call())
        #expect(body["max_completion_tokens"] == 64)
        #expect(body["max_tokens"] == nil)
        #expect(body["temperature"] == nil)
        #expect(body["stream"] == nil)
    }

    @Test("with the tool choice when it is not the usual one, and never without tools")
    func toolChoice() throws {
        #expect(try CallFixture.body(format, CallFixture.call(toolChoice: .required))["tool_choice"] == "required")
        #expect(try CallFixture.body(format, CallFixture.call(toolChoice: .none))["tool_choice"] == "none")
        let bare = try CallFixture.body(format, CallFixture.call(tools: [], toolChoice: .required))
        #expect(bare["tools"] == nil)
        #expect(bare["tool_choice"] == nil)
    }

    @Test("with a schema for the answer")
    func outputSchema() throws {
        let schema: JSONValue = ["type": "object", "properties": ["ok": ["type": "boolean"]]]
        let body = try CallFixture.body(format, CallFixture.call(outputSchema: schema))
        #expect(body["response_format"]?["type"] == "json_schema")
        #expect(body["response_format"]?["json_schema"] == ["name": "answer", "schema": schema])
        let strict = try CallFixture.body(
            OpenAIChatFormat(isOutputStrict: true), CallFixture.call(outputSchema: schema))
        #expect(strict["response_format"]?["json_schema"]?["strict"] == true)
    }

    @Test("with extra members that replace nothing")
    func extraMembers() throws {
        let format = OpenAIChatFormat(extraMembers: ["seed": 7, "model": "other", "max_tokens": 1])
        let body = try CallFixture.body(format, CallFixture.call())
        #expect(body["seed"] == 7)
        #expect(body["model"] == "m-1")
        #expect(body["max_tokens"] == 64)
    }

    @Test("without messages that have nothing to say")
    func emptyMessages() throws {
        let messages = [
            CallFixture.message(.system, .text("  ")),
            CallFixture.message(.user, .text("Hi"), .text("\n"), .text("there")),
            CallFixture.message(.assistant, .text("")), CallFixture.message(.assistant),
            CallFixture.message(.assistant, .toolCall(id: "c", name: "lookup_order", arguments: "{}")),
            CallFixture.message(.tool, .toolResult(callID: "c", content: "", isError: false)),
        ]
        let body = try CallFixture.body(format, CallFixture.call(messages))
        let written = body["messages"]?.array ?? []
        #expect(written.map { $0["role"]?.string } == ["user", "assistant", "tool"])
        #expect(written[0]["content"] == "Hi\n\nthere")
        #expect(written[1]["content"] == .null)
        #expect(written[2]["content"] == "(the tool returned nothing)")
    }

    @Test("with temperatures spelled as JSON", arguments: [(0.0, "0"), (1.0, "1"), (0.7, "0.7"), (1e-7, "1e-07")])
    func temperature(value: Double, spelling: String) throws {
        let body = try CallFixture.body(format, CallFixture.call(temperature: value))
        #expect(body["temperature"] == .number(JSONNumber(validated: spelling)))
    }

    @Test("without a temperature that JSON cannot say")
    func notANumber() throws {
        #expect(try CallFixture.body(format, CallFixture.call(temperature: .nan))["temperature"] == nil)
    }

    @Test("to the place and with the key that the API wants")
    func address() {
        #expect(format.path(below: "/v1") == "/v1/chat/completions")
        #expect(format.headers(key: "k").map(\.value) == ["Bearer k"])
        #expect(format.headers(key: nil).isEmpty)
    }
}
