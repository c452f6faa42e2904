import BallastWire
import Testing

@Suite("An event stream is read however its bytes arrive")
struct ServerSentEventParserTests {
    private static let stream = """
        \u{FEFF}: hello\r\nevent: greeting\ndata: hé😀llo\rdata:  two\r\nid: 7\r\n\r\ndata\n\nretry: 250\ndata: {"a":1}\r\r\
        id: 8\u{0}\nunknown: x\ndata:end\n\ndata: never ended
        """

    private static let expected = [
        ServerSentEvent(name: "greeting", text: "hé😀llo\n two", id: "7"),
        ServerSentEvent(text: "", id: "7"),
        ServerSentEvent(text: #"{"a":1}"#, id: "7", retry: 250),
        ServerSentEvent(text: "end", id: "7"),
    ]

    @Test("as one chunk")
    func whole() throws {
        var parser = ServerSentEventParser()
        #expect(try parser.receive(Array(Self.stream.utf8)) == Self.expected)
        #expect(parser.lastEventID == "7")
    }

    @Test("split in two at every byte")
    func twoChunks() throws {
        let bytes = Array(Self.stream.utf8)
        for split in 0...bytes.count {
            var parser = ServerSentEventParser()
            let events = try parser.receive(Array(bytes[..<split])) + parser.receive(Array(bytes[split...]))
            #expect(events == Self.expected, "split at \(split)")
        }
    }

    @Test("byte by byte, with empty chunks between")
    func singleBytes() throws {
        var parser = ServerSentEventParser()
        var events: [ServerSentEvent] = []
        for byte in Self.stream.utf8 {
            events += try parser.receive([byte])
            events += try parser.receive([])
        }
        #expect(events == Self.expected)
    }

    @Test("a byte order mark counts only at the very start")
    func byteOrderMark() throws {
        var parser = ServerSentEventParser()
        let events = try parser.receive(Array("data: a\n\n\u{FEFF}data: b\ndata: c\n\n".utf8))
        #expect(events.map(\.text) == ["a", "c"])
    }

    @Test("an event type without data is forgotten, not carried over")
    func nameWithoutData() throws {
        var parser = ServerSentEventParser()
        let events = try parser.receive(Array("event: lost\n\ndata: x\n\n".utf8))
        #expect(events == [ServerSentEvent(text: "x")])
    }

    @Test("an endless line or event ends with an error instead of growing", arguments: ["", "data: "])
    func oversized(start: String) throws {
        var parser = ServerSentEventParser(maxEventBytes: 100)
        _ = try parser.receive(Array((start + String(repeating: "x", count: 60)).utf8))
        #expect(throws: ServerSentEventError(limit: 100)) {
            _ = try parser.receive([UInt8](repeating: UInt8(ascii: "x"), count: 60))
        }
        var lines = ServerSentEventParser(maxEventBytes: 100)
        #expect(throws: ServerSentEventError.self) {
            for _ in 0..<20 { _ = try lines.receive(Array("data: 0123456789\n".utf8)) }
        }
    }

    @Test("the bound is on one event, not on the stream")
    func longStream() throws {
        var parser = ServerSentEventParser(maxEventBytes: 30)
        for _ in 0..<50 { #expect(try parser.receive(Array("data: 0123456789\n\n".utf8)).count == 1) }
    }

    @Test("what is encoded is what is read back")
    func roundTrip() throws {
        let events = [
            ServerSentEvent(name: "run.finished", text: "one\ntwo\n", id: "42", retry: 3000),
            ServerSentEvent(text: "", id: "42"), ServerSentEvent(text: ": not a comment", id: "42"),
        ]
        var parser = ServerSentEventParser()
        var bytes = ServerSentEvent.comment("still\nhere")
        for event in events { bytes += event.encoded }
        #expect(try parser.receive(bytes) == events)
    }

    @Test("no field of an encoded event can start another one")
    func injection() throws {
        let event = ServerSentEvent(name: "a\ndata: b", text: "x\r\nevent: evil\ry", id: "1\n\ndata: z\u{0}")
        var parser = ServerSentEventParser()
        let read = try parser.receive(event.encoded)
        #expect(read == [ServerSentEvent(name: "adata: b", text: "x\nevent: evil\ny", id: "1data: z")])
    }
}
