import BallastCore
import BallastWire
import Testing

@Suite("A client opens a conversation")
struct MCPOpeningTests {
    @Test("with server/discover, and a modern server is ready after one answer")
    func modern() {
        var talk = Transcript()
        #expect(talk.session.start().sent == [Transcript.discovery])
        let actions = talk.receive(Transcript.modernServer)
        #expect(actions.sent == [])
        #expect(actions.ready?.era == .modern)
        #expect(actions.ready?.version == "2026-07-28")
        #expect(actions.ready?.implementation?.description == "s 2")
    }

    @Test(
        "and falls back to initialize on any error",
        arguments: [-32_601, -32_602, -32_600, -32_603, -32_000, -32_022, 42])
    func fallback(code: Int) {
        var talk = Transcript()
        _ = talk.session.start()
        #expect(talk.receive(Transcript.unknownMethod(1, code: code)).sent == [Transcript.initialize(2)])
        let actions = talk.receive(Transcript.legacyServer(2))
        #expect(actions.sent == [Transcript.initialized])
        #expect(actions.ready?.era == .legacy)
        #expect(actions.ready?.version == "2025-06-18")
    }

    @Test("and falls back when the server lists only older versions or answers something else")
    func otherAnswers() {
        for result in [#"{"supportedVersions":["2025-11-25"]}"#, "{}", "null", #"{"supportedVersions":"2026-07-28"}"#] {
            var talk = Transcript()
            _ = talk.session.start()
            let actions = talk.receive(#"{"jsonrpc":"2.0","id":1,"result":\#(result)}"#)
            #expect(actions.sent == [Transcript.initialize(2)], "\(result)")
        }
    }

    @Test("and asks a silent server to initialize, once")
    func silence() {
        var talk = Transcript()
        _ = talk.session.start()
        #expect(talk.session.hasHeardOnlyDiscovery)
        #expect(talk.session.discoveryTimedOut().sent == [Transcript.initialize(2)])
        #expect(talk.session.discoveryTimedOut() == [])
        #expect(talk.receive(Transcript.legacyServer(2)).ready?.era == .legacy)
        #expect(talk.session.discoveryTimedOut() == [])
    }

    @Test("and takes a slow modern server for what it is, whichever answer comes first")
    func slowModern() {
        var early = Transcript()
        _ = early.session.start()
        _ = early.session.discoveryTimedOut()
        #expect(early.receive(Transcript.modernServer).ready == nil)
        #expect(early.receive(Transcript.unknownMethod(2)).ready?.era == .modern)

        var late = Transcript()
        _ = late.session.start()
        _ = late.session.discoveryTimedOut()
        #expect(late.receive(Transcript.unknownMethod(2)).unusable == nil)
        #expect(late.receive(Transcript.modernServer).ready?.era == .modern)
    }

    @Test("and takes a slow legacy server for what it is")
    func slowLegacy() {
        var talk = Transcript()
        _ = talk.session.start()
        _ = talk.session.discoveryTimedOut()
        #expect(talk.receive(Transcript.unknownMethod(1)) == [])
        #expect(talk.receive(Transcript.legacyServer(2)).ready?.era == .legacy)
    }

    @Test("and a slow server that speaks both is used the way it was asked last")
    func slowBoth() {
        var talk = Transcript()
        _ = talk.session.start()
        _ = talk.session.discoveryTimedOut()
        #expect(talk.receive(Transcript.modernServer).ready == nil)
        #expect(talk.receive(Transcript.legacyServer(2)).ready?.era == .legacy)
    }

    @Test("with initialize where a server cannot bear anything else, and still finds a modern one")
    func initializeFirst() {
        var talk = Transcript()
        #expect(talk.session.start(with: .initialize).sent == [Transcript.initialize(1)])
        let asked = talk.receive(Transcript.unknownMethod(1))
        #expect(asked.sent == [Transcript.discovery.replacing("\"id\":1", with: "\"id\":2")])
        #expect(talk.receive(Transcript.modernServer.replacing("\"id\":1", with: "\"id\":2")).ready?.era == .modern)
    }

    @Test("and says what both answers were when neither helps")
    func refusedTwice() {
        var talk = Transcript()
        _ = talk.session.start()
        _ = talk.receive(#"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2031-01-01"]}}"#)
        let reason = talk.receive(Transcript.legacyServer(2, version: "2019-01-01")).unusable
        #expect(reason?.contains("2031-01-01") == true)
        #expect(reason?.contains("2019-01-01") == true)
    }

    @Test("again, in the older way, when a server takes back the version that it offered")
    func reopened() throws {
        var talk = Transcript.modern()
        let list = talk.session.listTools(cursor: nil)
        let request = try #require(list)
        let actions = talk.receive(
            #"{"jsonrpc":"2.0","id":2,"error":{"code":-32022,"message":"old","data":{"supported":["2025-11-25"]}}}"#)
        #expect(actions.contains { if case .answered(request.id, .error) = $0 { true } else { false } })
        #expect(actions.sent == [Transcript.initialize(3)])
        #expect(talk.session.listTools(cursor: nil) == nil)
        #expect(talk.receive(Transcript.legacyServer(3)).ready?.era == .legacy)
    }

    @Test("and asks a modern server that can to announce changes of its tools")
    func subscription() {
        var talk = Transcript()
        _ = talk.session.start()
        let answer = Transcript.modernServer.replacing("\"tools\":{}", with: "\"tools\":{\"listChanged\":true}")
        let sent = talk.receive(answer).sent
        #expect(sent.count == 1)
        #expect(
            sent.first?.contains(
                #""id":2,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true}"#) == true)
        #expect(!talk.session.isToldOfToolChanges)
        _ = talk.receive(
            #"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":2}}}"#
        )
        #expect(talk.session.isToldOfToolChanges)
        #expect(talk.receive(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#) == [.toolsChanged])
        _ = talk.receive(Transcript.unknownMethod(2))
        #expect(!talk.session.isToldOfToolChanges)
    }
}
