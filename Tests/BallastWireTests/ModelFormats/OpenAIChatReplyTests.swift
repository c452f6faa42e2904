import BallastCore
import BallastWire
import Testing

@Suite("A Chat Completions reply is read")
struct OpenAIChatReplyTests {
    private let format = OpenAIChatFormat()
    private let context = ReplyContext(model: "asked")

    private func read(_ body: String) throws -> ModelReply {
        try format.reply(from: Array(body.utf8), context: context)
    }

    private func stream(_ chunks: String...) throws -> ModelReply {
        let text = chunks.map { "data: \($0)\n\n" }.joined()
        return try CallFixture.reply(format, to: text, splitAt: 0, context: context).reply
    }

    @Test("whole, with calls, cached tokens and the model that answered")
    func whole() throws {
        let reply = try read(
            """
            {"id":"x","object":"chat.completion","model":"m-2026","choices":[{"index":0,"finish_reason":"tool_calls",
            "message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[
            {"id":"call_1","type":"function","function":{"name":"f","arguments":"{\\"a\\": 1}"}}]}}],
            "usage":{"prompt_tokens":100,"completion_tokens":7,"total_tokens":107,
            "prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":10}}}
            """)
        #expect(
            reply
                == ModelReply(
                    text: "", toolCalls: [ModelToolCall(id: "call_1", name: "f", arguments: #"{"a": 1}"#)],
                    finish: .toolCalls, usage: ModelUsage(input: 30, output: 7, cacheRead: 60, cacheWrite: 10),
                    servedModel: "m-2026"))
    }

    private static let chunks = """
        data: {"object":"chat.completion.chunk","model":"m-2","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\r
        \r
        : keep-alive

        data: {"model":"m-2","choices":[{"index":0,"delta":{"content":"Grüße 😀"}}]}

        data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}}]}

        data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"x\\":"}}]}}]}

        data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]}

        data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}

        data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

        data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":9,"total_tokens":14}}

        data: [DONE]


        """

    @Test("from a stream split in two at every byte")
    func splitStream() throws {
        let expected = ModelReply(
            text: "Grüße 😀",
            toolCalls: [
                ModelToolCall(id: "a", name: "f", arguments: #"{"x":1}"#),
                ModelToolCall(id: "b", name: "g", arguments: "{}"),
            ], finish: .toolCalls, usage: ModelUsage(input: 5, output: 9), servedModel: "m-2")
        for place in 0...Self.chunks.utf8.count {
            let read = try CallFixture.reply(format, to: Self.chunks, splitAt: place, context: context)
            #expect(read.reply == expected, "split at \(place)")
            #expect(read.text == "Grüße 😀")
        }
    }

    @Test("as far as it came: a stream that ends before a finish reason is no reply")
    func cut() throws {
        #expect(throws: ModelError.self) { try stream(#"{"choices":[{"delta":{"content":"Hal"}}]}"#) }
        do {
            _ = try stream(#"{"choices":[{"delta":{"content":"Hal"}}]}"#)
        } catch let error as ModelError {
            #expect(error.kind == .interrupted)
            #expect(error.isRetryable)
        }
        let ended = try stream(#"{"choices":[{"delta":{"content":"Hallo"},"finish_reason":"stop"}]}"#)
        #expect(ended.text == "Hallo")
        #expect(ended.usage == .unreported)
        #expect(ended.servedModel == "asked")
    }

    @Test(
        "for why it ended",
        arguments: [
            ("stop", FinishReason.stop), ("length", .length), ("content_filter", .contentFilter), ("eos", .other),
        ])
    func finish(word: String, reason: FinishReason) throws {
        let body = #"{"choices":[{"message":{"content":"x"},"finish_reason":"\#(word)"}]}"#
        #expect(try read(body).finish == reason)
    }

    @Test("as calls even when the server says stop, names no ids, or sends objects for arguments")
    func looseCalls() throws {
        let reply = try read(
            """
            {"choices":[{"finish_reason":"stop","message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],
            "tool_calls":[{"function":{"name":"f","arguments":{"k":1.0}}},{"id":"","function":{"name":"g"}}]}}]}
            """)
        #expect(reply.finish == .toolCalls)
        #expect(reply.text == "ab")
        #expect(
            reply.toolCalls == [
                ModelToolCall(id: "call_0", name: "f", arguments: #"{"k":1.0}"#),
                ModelToolCall(id: "call_1", name: "g", arguments: ""),
            ])
    }

    @Test("as two calls when both are numbered 0 but have their own ids")
    func sameIndex() throws {
        let reply = try stream(
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]}"#,
            "[DONE]")
        #expect(reply.toolCalls.map(\.id) == ["a", "b"])
    }

    @Test("as one call when the id is repeated with each piece")
    func repeatedID() throws {
        let reply = try stream(
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}]}}]}"#,
            "[DONE]")
        #expect(reply.toolCalls == [ModelToolCall(id: "a", name: "f", arguments: "{}")])
    }

    @Test("with malformed arguments handed on as they are")
    func malformedArguments() throws {
        let body =
            #"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"x\": tru"}}]}}]}"#
        #expect(try read(body).toolCalls.first?.arguments == #"{"x": tru"#)
    }

    @Test("as a refusal, with its words as the text")
    func refusal() throws {
        let reply = try read(
            #"{"choices":[{"message":{"content":null,"refusal":"I cannot."},"finish_reason":"stop"}]}"#)
        #expect(reply.finish == .refusal)
        #expect(reply.text == "I cannot.")
    }

    @Test("with the names of tools as they are known here")
    func names() throws {
        let tool = ToolDefinition(name: "über/tool", provider: "p", description: "", inputSchema: ["type": "object"])
        let call = format.encode(CallFixture.call([], tools: [tool]), streams: false)
        let wire = try JSONReader.read(call.body)["tools"]?[0]?["function"]?["name"]?.string ?? ""
        #expect(wire.allSatisfy { $0.isASCII })
        let body =
            #"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"\#(wire)","arguments":"{}"}}]}}]}"#
        #expect(try format.reply(from: Array(body.utf8), context: call.context).toolCalls.first?.name == "über/tool")
    }

    @Test(
        "as an error when a chunk holds one",
        arguments: [
            (#"{"error":{"message":"Overloaded","type":"overloaded_error"}}"#, ModelError.Kind.overloaded),
            (#"{"error":{"message":"slow down","code":429}}"#, .rateLimited),
            (#"{"error":{"code":500,"message":"cannot parse","type":"server_error"}}"#, .serverError),
            (#"{"error":"model crashed"}"#, .serverError),
        ])
    func errorChunk(chunk: String, kind: ModelError.Kind) throws {
        do {
            _ = try stream(#"{"choices":[{"delta":{"content":"a"}}]}"#, chunk)
            Issue.record("read as a reply")
        } catch let error as ModelError {
            #expect(error.kind == kind)
        }
    }

    @Test("as malformed when it is no reply at all", arguments: ["", "<html>", "[]", "{}", #"{"choices":[]}"#])
    func malformed(body: String) throws {
        do {
            _ = try read(body)
            Issue.record("read as a reply")
        } catch let error as ModelError {
            #expect(error.kind == .malformed)
        }
    }

    @Test("within bounds: endless calls are refused")
    func manyCalls() throws {
        let calls = (0..<300).map { #"{"index":\#($0),"id":"c\#($0)","function":{"name":"f"}}"# }.joined(separator: ",")
        #expect(throws: ModelError.self) {
            try stream(#"{"choices":[{"delta":{"tool_calls":[\#(calls)]}}]}"#, "[DONE]")
        }
    }

    @Test(
        "with counts that make no sense left out",
        arguments: [
            (#"{"prompt_tokens":-4,"completion_tokens":1}"#, ModelUsage.unreported),
            (
                #"{"prompt_tokens":4,"prompt_tokens_details":{"cached_tokens":90}}"#,
                ModelUsage(input: 0, output: 0, cacheRead: 4)
            ),
            (#"{"prompt_tokens":9223372036854775807,"completion_tokens":1e3}"#, ModelUsage(input: .max, output: 1000)),
        ])
    func strangeUsage(usage: String, expected: ModelUsage) throws {
        #expect(try read(#"{"choices":[{"message":{"content":"x"}}],"usage":\#(usage)}"#).usage == expected)
    }
}
