import BallastClients
import BallastCore
import BallastRuntime
import Synchronization
import Testing

@Suite("What a server in a child process says and asks in the middle of a call", .timeLimit(.minutes(2)))
struct MCPStdioRelayTests {
    private static let legacy = Fixture.refusesDiscovery + Fixture.initializes + Fixture.lists
    private static let modern =
        Fixture.answer("server/discover", #"{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#)
        + Fixture.lists

    /// Asks, and answers the call with what the person did.
    private static let asks =
        #"/"method":"tools.call"/{s#^.*"id":([0-9]+),.*$#\1#;h;s#.*#{"jsonrpc":"2.0","id":"q1","method":"elicitation/create","params":{"message":"sure?"}}#p;d};"#
        + #"/"id":"q1"/{s/.*"action":"([a-z]+)".*/\1/;x;G;s#^([0-9]+)\n(.*)$#{"jsonrpc":"2.0","id":\1,"result":{"content":[{"type":"text","text":"\2"}]}}#p};"#

    @Test("progress is told while it rises")
    func progress() async throws {
        let tells =
            #"/"method":"tools.call"/{h;s#^.*"id":([0-9]+),.*$#{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":\1,"progress":1}}#p;s#"progress":1#"progress":0.5#p;s#"progress":0.5#"progress":2#p;g};"#
        let answers = Fixture.answer("tools/call", #"{"content":[]}"#)
        try await Fixture.with(Fixture.scripted(Self.legacy + tells + answers)) { (client) async throws in
            let probe = RelayProbe()
            let invocation = try await Caller(client).invocation("act", [:], relay: probe.relay)
            #expect(await client.call(invocation).result != nil)
            #expect(probe.progress == ["1", "2"])
        }
    }

    @Test("a question goes to the person of the call, and the answer back")
    func question() async throws {
        try await Fixture.with(Fixture.scripted(Self.legacy + Self.asks)) { (client) async throws in
            let caller = try await Caller(client)
            let (probe, permit) = (RelayProbe(.accept(["ok": true])), PermitProbe())
            let invocation = try caller.invocation("act", [:], permit: permit.permit, relay: probe.relay)
            #expect(await client.call(invocation).text == "accept")
            #expect(probe.questions.first?.parameters["message"] == "sure?")
            #expect(permit.claims == 2)
            #expect(try await caller.call("act", [:]).text == "decline", "nobody can be asked")
        }
    }

    @Test("a question is cancelled when it could belong to several calls: nobody sees another's")
    func ambiguous() async throws {
        // The first call is not answered before the second has come.
        let waits =
            #"/"method":"tools.call"/{x;/^$/{x;s#^.*"id":([0-9]+),.*$#\1#;h;d};x;s#^.*"id":([0-9]+),.*$#\1#;H;s#.*#{"jsonrpc":"2.0","id":"q1","method":"elicitation/create","params":{}}#p;d};"#
            + #"/"id":"q1"/{s/.*"action":"([a-z]+)".*/\1/;x;G;s#^([0-9]+)\n([0-9]+)\n(.*)$#{"jsonrpc":"2.0","id":\1,"result":{"content":[{"type":"text","text":"\3"}]}}\n{"jsonrpc":"2.0","id":\2,"result":{"content":[]}}#p};"#
        try await Fixture.with(Fixture.scripted(Self.legacy + waits)) { (client) async throws in
            let probe = RelayProbe(.accept([:]))
            let caller = try await Caller(client)
            let first = WatchedPermit()
            let one = try caller.invocation("act", [:], permit: first.permit, relay: probe.relay)
            async let early = client.call(one)
            await first.handedOver()
            let two = try caller.invocation("act", [:], number: 2, relay: probe.relay)
            let later = await client.call(two)
            #expect(await early.text == "cancel")
            #expect(later.result?.isError == false)
            #expect(probe.questions.isEmpty)
        }
    }

    @Test("a halt while the person thinks: the consent is not sent, and the call is unknown")
    func halted() async throws {
        let claims = Mutex(0)
        let permit = SendPermit(
            claim: {
                claims.withLock { claims in
                    claims += 1
                    return claims > 1 ? .halted : nil
                }
            }, release: {})
        try await Fixture.with(Fixture.scripted(Self.legacy + Self.asks)) { (client) async throws in
            let invocation = try await Caller(client).invocation(
                "act", [:], permit: permit, relay: RelayProbe(.accept([:])).relay)
            #expect(await client.call(invocation).unknownCode == .permitRefused)
        }
    }

    @Test("a modern server's questions are answered in another round")
    func rounds() async throws {
        let asks =
            #"/"method":"tools.call"/{/inputResponses/!{s#^.*"id":([0-9]+),.*$#{"jsonrpc":"2.0","id":\1,"result":{"resultType":"input_required","requestState":"s1","inputRequests":{"k":{"method":"elicitation/create","params":{"message":"sure?"}}}}}#p}};"#
            + #"/inputResponses.*"requestState":"s1"/{s#^.*"id":([0-9]+),.*"action":"([a-z]+)".*$#{"jsonrpc":"2.0","id":\1,"result":{"content":[{"type":"text","text":"\2"}]}}#p};"#
        try await Fixture.with(Fixture.scripted(Self.modern + asks)) { (client) async throws in
            let invocation = try await Caller(client).invocation(
                "act", [:], relay: RelayProbe(.accept(["a": 1])).relay)
            #expect(await client.call(invocation).text == "accept")
        }
    }

    @Test("resources and prompts are tools as well")
    func facilities() async throws {
        let opens = Fixture.answer(
            "initialize",
            #"{"protocolVersion":"2025-11-25","capabilities":{"resources":{},"prompts":{}},"serverInfo":{"name":"s"}}"#)
        let reads = Fixture.answer("resources/read", #"{"contents":[{"uri":"a:1","text":"hello"}]}"#)
        let lists = Fixture.answer("resources/list", #"{"resources":[{"uri":"a:1","name":"one"}]}"#)
        try await Fixture.with(Fixture.scripted(Fixture.refusesDiscovery + opens + reads + lists)) {
            (client) async throws in
            #expect(try await client.definitions().map(\.name) == ["read_resource", "get_prompt"])
            let caller = try await Caller(client)
            #expect(try await caller.call("resources/read", ["uri": "a:1"]).text == "hello")
            #expect(try await client.resources().map { $0["uri"] } == ["a:1"])
        }
    }
}
