import BallastCore
import BallastRuntime
import BallastServer
import Testing

@Suite("An event is shown")
struct EventRendererTests {
    private func render(_ bodies: EventBodies = EventBodies(open: EventSamples.open)) throws -> [JSONValue] {
        var renderer = EventRenderer(run: EventSamples.run)
        return try EventSamples.entries.map { try renderer.render($0, bodies: bodies) }
    }

    @Test("as the reference in the documentation says, every kind of it")
    func golden() throws {
        let events = try render()
        #expect(Set(events.compactMap { $0["type"]?.string }) == Set(EntryType.allCases.map(\.name)))
        try Golden.check(JSONWriter.pretty(.array(events)) + "\n", at: "Docs/reference/events.json")
    }

    @Test("as described by the API")
    func described() throws {
        let event: JSONValue = [
            "$ref": "#/components/schemas/Event", "components": APIServer.document["components"] ?? .null,
        ]
        let schema = try JSONSchema(compiling: event)
        for event in try render() { #expect(schema.validate(event).map(\.message) == []) }
    }

    @Test("the same from the middle of a journal, once the entries before were passed")
    func middle() throws {
        let whole = try render()
        let entries = EventSamples.entries
        for place in entries.indices {
            var renderer = EventRenderer(run: EventSamples.run)
            for entry in entries[..<place] { try renderer.pass(entry) }
            let event = try renderer.render(entries[place], bodies: EventBodies(open: EventSamples.open))
            #expect(event == whole[place])
        }
    }

    @Test("without its content when the key is gone, and says so")
    func erased() throws {
        let events = try render(EventBodies(open: { _ in nil }))
        let last = try #require(events.last)
        #expect(last["text"] == .null)
        #expect(last["text_unavailable"]?.bool == true)
        #expect(last["summary"]?.string == "succeeded: (content not available)")
    }

    @Test("with content that is too long cut between characters, and says how long it is")
    func cut() throws {
        let events = try render(EventBodies(longest: 7, open: { _ in Array("añ€ñ€ñ€".utf8) }))
        let last = try #require(events.last)
        #expect(last["text"]?.string == "añ€")
        #expect(last["text_cut_of_bytes"]?.int == 16)
    }

    @Test("on one line that no content can steer")
    func hostile() throws {
        let hostile = "a\u{1B}[2J\u{202E}b\r\nc\u{0}d\u{200B}e"
        let events = try render(EventBodies(open: { _ in Array(hostile.utf8) }))
        for event in events {
            let line = try #require(event["summary"]?.string)
            #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" && $0 != "\u{200B}" })
        }
        #expect(events.last?["summary"]?.string == "succeeded: a[2Jb cde")
    }
}
