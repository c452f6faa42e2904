import BallastCore
import BallastWire
import Testing

@Suite("A stream of bytes is cut into lines")
struct LineFramerTests {
    private func lines(_ chunks: [[UInt8]], maxLength: Int = 1_000) -> [LineFramer.Line] {
        var framer = LineFramer(maxLength: maxLength)
        return chunks.flatMap { framer.receive($0) }
    }

    private func complete(_ text: String) -> LineFramer.Line { .complete(Array(text.utf8)) }

    @Test("the same way wherever the chunks are split")
    func everySplit() {
        let stream = Array("{\"a\":\"é\u{2028}\u{85}\u{0B}\"}\r\n\n[1]\n{\"long\":\"".utf8) + Array("x\"}\n".utf8)
        let expected = lines([stream])
        #expect(
            expected == [complete("{\"a\":\"é\u{2028}\u{85}\u{0B}\"}"), complete("[1]"), complete("{\"long\":\"x\"}")])
        for split in stream.indices {
            #expect(lines([Array(stream[..<split]), Array(stream[split...])]) == expected, "split at \(split)")
        }
        #expect(lines(stream.map { [$0] }) == expected)
    }

    @Test("and a line that has not ended is kept back")
    func unfinished() {
        var framer = LineFramer()
        #expect(framer.receive(Array("{\"id\":".utf8)) == [])
        #expect(framer.pendingCount == 6)
        #expect(framer.receive(Array("1}\n".utf8)) == [complete("{\"id\":1}")])
        #expect(framer.pendingCount == 0)
    }

    @Test("and one that is too long is dropped, named by its own id, and harms no other")
    func oversized() {
        let first = #"{"jsonrpc":"2.0","id":7,"result":{"id":99,"text":""# + String(repeating: "a", count: 80) + #""}}"#
        let last =
            #"{"result":{"id":"no","x":[{"id":1}],"text":""# + String(repeating: "\\\"id\\\":2", count: 9)
            + #""},"jsonrpc":"2.0","id":"seven"}"#
        let stream = Array("\(first)\n{\"id\":1}\n\(last)\n".utf8)
        let expected: [LineFramer.Line] = [
            .oversized(bytes: first.utf8.count, id: .integer(7)), complete("{\"id\":1}"),
            .oversized(bytes: last.utf8.count, id: .string("seven")),
        ]
        for split in stream.indices {
            let got = lines([Array(stream[..<split]), Array(stream[split...])], maxLength: 64)
            #expect(got == expected, "split at \(split)")
        }
    }

    @Test("and a line of exactly the allowed length passes")
    func longest() {
        let line = String(repeating: "1", count: 64)
        #expect(lines([Array("\(line)\n".utf8)], maxLength: 64) == [complete(line)])
        #expect(lines([Array("\(line)1\n".utf8)], maxLength: 64) == [.oversized(bytes: 65, id: nil)])
    }
}
