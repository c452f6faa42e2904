import BallastCore
import BallastWire
import Testing

@Suite("A Messages reply is read")
struct AnthropicMessagesReplyTests {
    private let format = AnthropicMessagesFormat()
    private let context = ReplyContext(model: "asked")

    private func read(_ body: String, _ context: ReplyContext? = nil) throws -> ModelReply {
        try format.reply(from: Array(body.utf8), context: context ?? self.context)
    }

    @Test("whole, with text, calls and four kinds of tokens")
    func whole() throws {
        let reply = try read(
            """
            {"id":"msg","type":"message","role":"assistant","model":"claude-x","content":[
            {"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"Let me see."},
            {"type":"tool_use","id":"toolu_1","name":"f","input":{"b":1.0,"a":"é"}}],"stop_reason":"tool_use",
            "usage":{"input_tokens":3,"output_tokens":4,"cache_creation_input_tokens":5,"cache_read_input_tokens":6}}
            """)
        #expect(
            reply
                == ModelReply(
                    text: "Let me see.",
                    toolCalls: [ModelToolCall(id: "toolu_1", name: "f", arguments: #"{"b":1.0,"a":"é"}"#)],
                    finish: .toolCalls, usage: ModelUsage(input: 3, output: 4, cacheRead: 6, cacheWrite: 5),
                    servedModel: "claude-x"))
    }

    private static let events = """
        event: message_start
        data: {"type":"message_start","message":{"id":"m","model":"claude-x","content":[],"usage":{"input_tokens":25,"output_tokens":1,"cache_read_input_tokens":7}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

        event: ping
        data: {"type":"ping"}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße "}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"😀"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: content_block_start
        data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"x\\": "}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"1}"}}

        event: content_block_start
        data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_2","name":"g","input":{}}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}}

        event: message_stop
        data: {"type":"message_stop"}


        """

    @Test("from a stream split in two at every byte")
    func splitStream() throws {
        let expected = ModelReply(
            text: "Grüße 😀",
            toolCalls: [
                ModelToolCall(id: "toolu_1", name: "f", arguments: #"{"x": 1}"#),
                ModelToolCall(id: "toolu_2", name: "g", arguments: "{}"),
            ], finish: .toolCalls, usage: ModelUsage(input: 25, output: 15, cacheRead: 7), servedModel: "claude-x")
        for place in 0...Self.events.utf8.count {
            let read = try CallFixture.reply(format, to: Self.events, splitAt: place, context: context)
            #expect(read.reply == expected, "split at \(place)")
            #expect(read.text == "Grüße 😀")
        }
    }

    @Test("only when it is whole")
    func cut() throws {
        let lines = Self.events.split(separator: "\n", omittingEmptySubsequences: false)
        let end = try #require(lines.firstIndex(of: "event: message_delta"))
        do {
            let stream = lines[..<end].joined(separator: "\n")
            _ = try CallFixture.reply(format, to: stream, splitAt: 10, context: context)
            Issue.record("read as a reply")
        } catch let error as ModelError {
            #expect(error.kind == .interrupted)
        }
    }

    @Test("as an error when the stream says so")
    func errorEvent() throws {
        let stream = """
            event: error
            data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}


            """
        do {
            _ = try CallFixture.reply(format, to: stream, splitAt: 3, context: context)
            Issue.record("read as a reply")
        } catch let error as ModelError {
            #expect(error.kind == .overloaded)
            #expect(error.message.contains("Overloaded"))
        }
    }

    @Test(
        "for why it ended",
        arguments: [
            ("end_turn", FinishReason.stop), ("stop_sequence", .stop), ("max_tokens", .length),
            ("model_context_window_exceeded", .length), ("refusal", .refusal), ("pause_turn", .other), ("new", .other),
        ])
    func finish(word: String, reason: FinishReason) throws {
        let body = #"{"content":[{"type":"text","text":"x"}],"stop_reason":"\#(word)"}"#
        #expect(try read(body).finish == reason)
        #expect(try read(body).usage == .unreported)
    }

    @Test("with the forced tool's arguments as the answer")
    func forcedTool() throws {
        let context = ReplyContext(model: "m", answerTool: "final_answer")
        let reply = try read(
            #"{"content":[{"type":"tool_use","id":"t","name":"final_answer","input":{"ok":true}}],"stop_reason":"tool_use"}"#,
            context)
        #expect(reply.text == #"{"ok":true}"#)
        #expect(reply.toolCalls.isEmpty)
        #expect(reply.finish == .stop)
    }

    @Test("with the forced tool's pieces shown as they come")
    func streamedForcedTool() throws {
        let stream = """
            data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"final_answer","input":{}}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"ok\\":"}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"true}"}}

            data: {"type":"message_delta","delta":{"stop_reason":"tool_use"}}

            data: {"type":"message_stop"}


            """
        let context = ReplyContext(model: "m", answerTool: "final_answer")
        let read = try CallFixture.reply(format, to: stream, splitAt: 40, context: context)
        #expect(read.text == #"{"ok":true}"#)
        #expect(read.reply.text == read.text)
    }

    @Test(
        "as an error of either family's shape, also under a good status",
        arguments: [
            #"{"type":"error","error":{"type":"authentication_error","message":"bad key"}}"#,
            #"{"error":{"code":401,"message":"bad key","type":"authentication_error"}}"#,
        ])
    func errorDocument(body: String) throws {
        do {
            _ = try read(body)
            Issue.record("read as a reply")
        } catch let error as ModelError {
            #expect(error.kind == .authentication)
            #expect(!error.isRetryable)
        }
    }

    @Test("as malformed when it is no message", arguments: ["{}", "null", #"{"content":"text"}"#])
    func malformed(body: String) throws {
        do {
            _ = try read(body)
            Issue.record("read as a reply")
        } catch let error as ModelError {
            #expect(error.kind == .malformed)
        }
    }

    @Test("without trouble from pieces that belong to no block")
    func strayPieces() throws {
        let stream = """
            data: {"type":"content_block_delta","index":9,"delta":{"type":"text_delta","text":"lost"}}

            data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"lost"}}

            data: {"type":"content_block_start","index":0,"content_block":{"type":"future_block"}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"future_delta","text":"?"}}

            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}


            """
        #expect(try CallFixture.reply(format, to: stream, splitAt: 0, context: context).reply.text == "")
    }
}
