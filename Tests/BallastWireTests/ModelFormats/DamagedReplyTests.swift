import BallastCore
import BallastWire
import Testing

@Suite("A damaged reply is refused or read, and stops nothing else")
struct DamagedReplyTests {
    private static let openAI = """
        data: {"model":"m","choices":[{"index":0,"delta":{"content":"Grüße","tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}}]}

        data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":5,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":3}}}

        data: [DONE]


        """
    private static let anthropic = """
        event: message_start
        data: {"type":"message_start","message":{"model":"c","usage":{"input_tokens":25,"output_tokens":1}}}

        data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}

        data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}

        data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":15}}

        data: {"type":"message_stop"}


        """

    /// A small linear congruential generator: the same damage for the same seed.
    private struct Damage {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(1, bound)
        }

        mutating func apply(to bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for _ in 0...next(below: 4) {
                let place = next(below: bytes.count)
                switch next(below: 4) {
                case 0: bytes[place] = UInt8(next(below: 256))
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: "-9e99".utf8, at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + next(below: 40)))
                }
            }
            return bytes
        }
    }

    private func read(_ format: some ModelFormat, _ bytes: [UInt8]) -> Bool {
        var parser = ServerSentEventParser(maxEventBytes: 4096)
        var accumulator = format.accumulator(context: ReplyContext(model: "m"))
        do {
            for event in try parser.receive(bytes) { _ = try accumulator.receive(event) }
            _ = try accumulator.reply()
            return true
        } catch {
            return false
        }
    }

    @Test("however it is damaged", arguments: 0..<20 as Range<UInt64>)
    func damaged(seed: UInt64) {
        var damage = Damage(state: seed)
        for _ in 0..<200 {
            _ = read(OpenAIChatFormat(), damage.apply(to: Array(Self.openAI.utf8)))
            _ = read(AnthropicMessagesFormat(), damage.apply(to: Array(Self.anthropic.utf8)))
        }
        #expect(read(OpenAIChatFormat(), Array(Self.openAI.utf8)))
        #expect(read(AnthropicMessagesFormat(), Array(Self.anthropic.utf8)))
    }
}
