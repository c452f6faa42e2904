import BallastClients
import BallastCore
import BallastRuntime
import Synchronization
import Testing

@Suite("What a server over HTTP asks in the middle of a call", .timeLimit(.minutes(1)))
struct MCPHTTPQuestionTests {
    private static let question =
        #"{"message":"Delete C-7?","requestedSchema":{"type":"object","properties":{"ok":{"type":"boolean"}}}}"#

    /// A modern server that answers the first round by a question.
    private static func modern(_ message: PostedMessage) async throws {
        guard let responses = message.json["params"]?["inputResponses"] else {
            return try await message.result(
                #"{"resultType":"input_required","requestState":"s\u00e9\/1","inputRequests":{"ok":{"method":"elicitation/create","params":\#(question)}}}"#
            )
        }
        let state = message.json["params"]?["requestState"]?.string ?? ""
        try await message.result(
            #"{"content":[],"structuredContent":{"state":"\#(state)","said":\#(JSONWriter.canonicalString(responses))}}"#
        )
    }

    @Test("is put to the person, and the call made again with the answer, under a new number")
    func modern() async throws {
        try await MCPStage().run(Self.modern) { (client, server) async throws in
            let probe = RelayProbe(.accept(["ok": true]))
            let permit = PermitProbe()
            let outcome = try await client.call(permit: permit.permit, relay: probe.relay)
            #expect(
                outcome.result?.structured == [
                    "state": "sé/1", "said": ["ok": ["action": "accept", "content": ["ok": true]]],
                ])
            #expect(probe.questions.first?.parameters["message"] == "Delete C-7?")
            #expect(permit.claims == 2, "leave to send is asked for in each round")
            let calls = server.requests.filter { $0.header("mcp-method") == ["tools/call"] }
            let numbers = calls.map { (try? JSONReader.read($0.body))?["id"] }
            #expect(Set(numbers).count == 2)
            #expect(calls.allSatisfy { $0.text.contains(#""elicitation":{"form":{},"url":{}}"#) })
        }
    }

    @Test("stays a failure that says so where nobody can be asked, and the server is not told otherwise")
    func nobody() async throws {
        try await MCPStage().run(Self.modern) { (client, server) async throws in
            let outcome = try await client.call()
            #expect(outcome.result?.isError == true)
            #expect(outcome.text?.contains("Delete C-7?") == true)
            #expect(server.requests.last?.text.contains("elicitation\":{") == false)
        }
    }

    @Test("is not answered after a halt: the tool was not let finish, and that is what is said")
    func halted() async throws {
        let claims = Mutex(0)
        let permit = SendPermit(
            claim: {
                claims.withLock { claims in
                    claims += 1
                    return claims > 1 ? .halted : nil
                }
            }, release: {})
        try await MCPStage().run(Self.modern) { (client, server) async throws in
            let outcome = try await client.call(permit: permit, relay: RelayProbe(.accept([:])).relay)
            #expect(outcome.result?.isError == true)
            #expect(server.requests.count { $0.header("mcp-method") == ["tools/call"] } == 1)
        }
    }

    @Test("does not go on for ever")
    func endless() async throws {
        try await MCPStage().run { message in
            try await message.result(
                #"{"resultType":"input_required","inputRequests":{"ok":{"method":"elicitation/create","params":\#(Self.question)}}}"#
            )
        } body: { (client, server) async throws in
            let outcome = try await client.call(relay: RelayProbe(.accept([:])).relay)
            #expect(outcome.result?.isError == true)
            #expect(server.requests.count < 20)
        }
    }

    @Test("by an older server comes on the stream of its call and is answered by a message", arguments: [true, false])
    func legacy(canBeAsked: Bool) async throws {
        let answered = Mutex("")
        let posted = Signal()
        try await MCPStage(era: .legacy).run { message in
            if message.method.isEmpty {
                answered.withLock { $0 = message.request.text }
                try await message.connection.answer(202, [], "")
                return posted.fire()
            }
            try await message.connection.beginChunks()
            try await message.event(
                #"{"jsonrpc":"2.0","id":"q1","method":"elicitation/create","params":\#(Self.question)}"#)
            await posted.wait()
            try await message.event(
                #"{"jsonrpc":"2.0","id":\#(message.id),"result":{"content":[{"type":"text","text":"done"}]}}"#)
            try await message.connection.endChunks()
        } body: { (client, _) async throws in
            let probe = RelayProbe(canBeAsked ? .accept(["ok": true]) : nil)
            #expect(try await client.call(relay: probe.relay).text == "done")
            let expected =
                canBeAsked
                ? #"{"jsonrpc":"2.0","id":"q1","result":{"action":"accept","content":{"ok":true}}}"#
                : #"{"jsonrpc":"2.0","id":"q1","result":{"action":"decline"}}"#
            #expect(answered.withLock { $0 } == expected + "\n")
        }
    }

    @Test("an address to open first: it is shown, and the call made again")
    func address() async throws {
        let calls = Mutex(0)
        try await MCPStage(era: .legacy).run { message in
            let isFirst = calls.withLock { calls in
                calls += 1
                return calls == 1
            }
            if isFirst {
                try await message.error(
                    -32_042, "open it",
                    data: #"{"elicitations":[{"url":"https://a.example/x","message":"Sign in","elicitationId":"e"}]}"#)
            } else {
                try await message.say("done")
            }
        } body: { (client, _) async throws in
            let probe = RelayProbe(.accept([:]))
            #expect(try await client.call(relay: probe.relay).text == "done")
            #expect(probe.questions.map { $0.parameters["mode"] } == ["url"])
            #expect(probe.questions.map { $0.parameters["url"] } == ["https://a.example/x"])
        }
        calls.withLock { $0 = 0 }
    }

    @Test("that nobody offered is refused politely")
    func sampling() async throws {
        let posted = Signal()
        let answered = Mutex("")
        try await MCPStage(era: .legacy).run { message in
            if message.method.isEmpty {
                answered.withLock { $0 = message.request.text }
                try await message.connection.answer(202, [], "")
                return posted.fire()
            }
            try await message.connection.beginChunks()
            try await message.event(#"{"jsonrpc":"2.0","id":5,"method":"sampling/createMessage","params":{}}"#)
            await posted.wait()
            try await message.event(#"{"jsonrpc":"2.0","id":\#(message.id),"result":{"content":[]}}"#)
            try await message.connection.endChunks()
        } body: { (client, _) async throws in
            #expect(try await client.call().result?.isError == false)
            #expect(answered.withLock { $0 }.contains("-32601"))
        }
    }
}

@Suite("Resources and prompts of a server over HTTP", .timeLimit(.minutes(1)))
struct MCPHTTPFacilityTests {
    private let stage = MCPStage(capabilities: #"{"tools":{},"resources":{},"prompts":{}}"#)

    private static func serve(_ message: PostedMessage) async throws {
        switch message.method {
        case "resources/list" where message.json["params"]?["cursor"] == nil:
            try await message.result(
                #"{"resources":[{"uri":"a:1","name":"one","description":"x\u200by"}],"nextCursor":""}"#)
        case "resources/list": try await message.result(#"{"resources":[{"uri":"a:2","name":"two"}]}"#)
        case "resources/templates/list": try await message.error(-32_601, status: 404)
        case "prompts/list": try await message.result(#"{"prompts":[{"name":"p"}]}"#)
        case "resources/read" where message.json["params"]?["uri"] == "a:1":
            try await message.result(
                #"{"resultType":"complete","contents":[{"uri":"a:1","text":"hello"},{"uri":"a:1","blob":"aGk=","mimeType":"image/png"}]}"#
            )
        case "resources/read": try await message.error(-32_602, "Resource not found", status: 400)
        case "prompts/get":
            try await message.result(
                #"{"description":"d","messages":[{"role":"user","content":{"type":"text","text":"Triage E-1."}}]}"#)
        default: try await message.error(-32_601, status: 404)
        }
    }

    @Test("are tools like any other, so that they go the one governed way")
    func tools() async throws {
        try await stage.run(Self.serve) { (client, server) async throws in
            let definitions = try await client.definitions()
            #expect(definitions.map(\.name) == ["act", "read_resource", "get_prompt"])
            #expect(definitions.map(\.facility) == [nil, .readResource, .getPrompt])
            let read = try #require(try await client.call("read_resource", ["uri": "a:1"]).result)
            #expect(read.content == "hello\n[resource a:1 image/png, 4 bytes of base64, left out]")
            #expect(read.structured?["contents"]?.array?.count == 2)
            #expect(read.structured?["resultType"] == nil)
            #expect(server.requests.last?.header("mcp-name") == ["a:1"])
            let missing = try #require(try await client.call("read_resource", ["uri": "a:9"]).result)
            #expect(missing.protocolError?.code == -32_602)
            let prompt = try #require(
                try await client.call("get_prompt", ["name": "p", "arguments": ["a": "b"]]).result)
            #expect(prompt.content == "user: Triage E-1.")
            #expect(server.requests.last?.text.contains(#""params":{"arguments":{"a":"b"},"name":"p","_meta""#) == true)
        }
    }

    @Test("are listed to the end, and shown without what cannot be seen")
    func lists() async throws {
        try await stage.run(Self.serve) { (client, _) async throws in
            #expect(try await client.resources().map { $0["uri"]?.string } == ["a:1", "a:2"])
            #expect(try await client.resources().first?["description"] == "xy")
            #expect(try await client.resourceTemplates() == [])
            #expect(try await client.prompts().map { $0["name"]?.string } == ["p"])
        }
    }
}
