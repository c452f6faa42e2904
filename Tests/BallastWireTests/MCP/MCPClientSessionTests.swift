import BallastCore
import BallastWire
import Testing

@Suite("A client session")
struct MCPClientSessionTests {
    private let arguments = Array(#"{"amount":500.0,"note":"é\u0000","order_id":"O-1001"}"#.utf8)

    private func call(_ talk: inout Transcript, _ tool: String = "issue_refund") throws -> MCPClientSession.Request {
        let request = try talk.session.callTool(tool, arguments: arguments, idempotencyKey: "eff_1")
        return try #require(request)
    }

    private func text(_ request: MCPClientSession.Request) -> String { String(decoding: request.line, as: UTF8.self) }

    @Test("sends the very bytes that were judged, with the key, in the modern envelope")
    func modernCall() throws {
        var talk = Transcript.modern()
        let request = try call(&talk)
        #expect(
            text(request) == #"""
                {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"issue_refund","arguments":{"amount":500.0,"note":"é\u0000","order_id":"O-1001"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},"io.ballast/idempotencyKey":"eff_1"}}}

                """#)
    }

    @Test("sends a legacy server no modern envelope, but the key")
    func legacyCall() throws {
        var talk = Transcript.legacy()
        #expect(
            text(try call(&talk, "say \"hi\"\n")) == #"""
                {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"say \"hi\"\n","arguments":{"amount":500.0,"note":"é\u0000","order_id":"O-1001"},"_meta":{"io.ballast/idempotencyKey":"eff_1"}}}

                """#)
    }

    @Test(
        "refuses arguments that would break out of their place",
        arguments: ["{},\"_meta\":{}", "{\n}", "[1]", "", "{}}", "{\"a\":1,\"a\":2}"])
    func badArguments(text: String) {
        var talk = Transcript.modern()
        #expect(throws: MCPProtocolError.self) {
            try talk.session.callTool("t", arguments: Array(text.utf8), idempotencyKey: nil)
        }
    }

    @Test("makes no request before the conversation is open")
    func notOpen() throws {
        var session = Transcript().session
        _ = session.start()
        #expect(session.listTools(cursor: nil) == nil)
        #expect(try session.callTool("t", arguments: Array("{}".utf8), idempotencyKey: nil) == nil)
    }

    @Test("matches answers to requests by number, in any order, and drops late ones")
    func answers() throws {
        var talk = Transcript.modern()
        let (first, second) = (try call(&talk), try call(&talk))
        #expect(
            talk.receive(#"{"jsonrpc":"2.0","id":3,"result":{"content":[]}}"#) == [
                .answered(second.id, .result(["content": []]))
            ])
        #expect(
            talk.receive(#"{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"unknown tool"}}"#) == [
                .answered(first.id, .error(JSONRPCError(.invalidParameters, "unknown tool")))
            ])
        for late in [2, 3, 77] {
            let actions = talk.receive(#"{"jsonrpc":"2.0","id":\#(late),"result":{}}"#)
            #expect(actions == [.ignored("a late answer to request \(late)")])
        }
        #expect(
            talk.receive(#"{"jsonrpc":"2.0","id":"2","result":{}}"#) == [.ignored("a late answer to request \"2\"")])
    }

    @Test("settles only the call whose answer cannot be read or is too long")
    func unreadable() throws {
        var talk = Transcript.modern()
        let (first, second) = (try call(&talk), try call(&talk))
        let actions = talk.receive(#"{"jsonrpc":"2.0","id":2,"result":{"a":1,"a":2}}"#)
        guard case .answered(first.id, .unreadable(let reason))? = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(reason.contains("appears twice"))
        #expect(
            talk.session.receive(.oversized(bytes: 99, id: .integer(3))) == [
                .answered(second.id, .oversized(bytes: 99))
            ])
        #expect(talk.session.receive(.oversized(bytes: 99, id: nil)) == [.ignored("a line of 99 bytes is too long")])
        #expect(talk.receive("starting up...").count == 1)
    }

    @Test("tells the server of a call that is no longer waited for, in both eras")
    func cancellation() throws {
        for var talk in [Transcript.modern(), .legacy()] {
            let request = try call(&talk)
            let cancelled = talk.session.cancel(request.id, reason: "timeout")
            let line = try #require(cancelled)
            #expect(
                String(decoding: line, as: UTF8.self)
                    == #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(request.id),"reason":"timeout"}}"#
                    + "\n")
            #expect(talk.session.cancel(request.id, reason: "again") == nil)
            let late = talk.receive(#"{"jsonrpc":"2.0","id":\#(request.id),"result":{"content":[]}}"#)
            #expect(late == [.ignored("a late answer to request \(request.id)")])
        }
    }

    @Test("answers a legacy server's ping and refuses its other requests; a modern one gets no answers")
    func serverRequests() {
        let ping = #"{"jsonrpc":"2.0","id":"p","method":"ping"}"#
        let roots = #"{"jsonrpc":"2.0","id":4,"method":"roots/list"}"#
        var legacy = Transcript.legacy()
        #expect(legacy.receive(ping).sent == [#"{"jsonrpc":"2.0","id":"p","result":{}}"#])
        #expect(
            legacy.receive(roots).sent == [
                #"{"jsonrpc":"2.0","id":4,"error":{"code":-32601,"message":"this client does not offer roots/list"}}"#
            ])
        var modern = Transcript.modern()
        #expect(modern.receive(ping).sent == [])
        #expect(modern.receive(roots).sent == [])
    }

    @Test("hears progress and log messages and does nothing about them")
    func notifications() {
        var talk = Transcript.legacy()
        #expect(talk.receive(#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#) == [])
        #expect(talk.receive(#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#) == [])
        #expect(talk.receive(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#) == [.toolsChanged])
    }

    @Test("and a server session understand each other in both eras, byte by byte")
    func bothSides() throws {
        let tool = MCPTool(name: "look", description: "looks", inputSchema: ["type": "object"])
        let server = MCPServerSession(server: MCPImplementation(name: "s", version: "1"), tools: [tool])
        for opening in [MCPClientSession.Opening.discover, .initialize] {
            var link = Link(server: server)
            link.deliver(link.client.start(with: opening))
            #expect(link.client.server?.era == (opening == .discover ? .modern : .legacy))
            let list = link.client.listTools(cursor: nil)
            link.write(try #require(list).line)
            let call = try link.client.callTool("look", arguments: Array("{}".utf8), idempotencyKey: "k")
            link.write(try #require(call).line)
            guard case .result(let page)? = link.answers.first, case .result(let result)? = link.answers.last else {
                Issue.record("\(link.answers)")
                return
            }
            var listing = MCPToolListing()
            #expect(try listing.add(page) == .finished)
            #expect(listing.tools == [tool])
            #expect(try MCPCallResult(result).text == #"{"key":"k"}"#)
        }
    }
}

/// A client and a server that hand each other every byte on its own.
private struct Link {
    let server: MCPServerSession
    var client = MCPClientSession(client: MCPImplementation(name: "c", version: "1"))
    var toServer = LineFramer()
    var toClient = LineFramer()
    var answers: [MCPClientSession.Answer] = []

    init(server: MCPServerSession) { self.server = server }

    mutating func deliver(_ actions: [MCPClientSession.Action]) {
        for action in actions {
            switch action {
            case .send(let line): write(line)
            case .answered(_, let answer): answers.append(answer)
            default: break
            }
        }
    }

    mutating func write(_ line: [UInt8]) {
        for byte in line {
            for received in toServer.receive([byte]) {
                for action in server.receive(received) { answer(action) }
            }
        }
    }

    private mutating func answer(_ action: MCPServerSession.Action) {
        switch action {
        case .send(let line): read(line)
        case .call(let call):
            read(server.line(for: call, result: .structured(["key": JSONValue(call.idempotencyKey)])))
        case .cancel: break
        }
    }

    private mutating func read(_ line: [UInt8]) {
        for byte in line {
            for received in toClient.receive([byte]) { deliver(client.receive(received)) }
        }
    }
}
