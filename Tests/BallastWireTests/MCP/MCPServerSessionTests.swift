import BallastCore
import BallastWire
import Testing

@Suite("A server session")
struct MCPServerSessionTests {
    private let meta =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#
    private let session = MCPServerSession(
        server: MCPImplementation(name: "desk", version: "1"),
        tools: ["a", "b", "c"].map { MCPTool(name: $0, description: "", inputSchema: ["type": "object"]) }, pageSize: 2)

    private func answer(_ line: String) throws -> JSONValue {
        guard case .send(let bytes)? = session.receive(.complete(Array(line.utf8))).first else { return .null }
        return try JSONReader.read(bytes)
    }

    private func call(_ line: String) -> MCPServerSession.Call? {
        guard case .call(let call)? = session.receive(.complete(Array(line.utf8))).first else { return nil }
        return call
    }

    @Test("serves both eras on one connection, even initialize after server/discover")
    func bothEras() throws {
        let discovered = try answer(#"{"jsonrpc":"2.0","id":"p","method":"server/discover","params":{\#(meta)}}"#)
        #expect(discovered["id"] == "p")
        #expect(discovered["result"]?["supportedVersions"]?[0] == "2026-07-28")
        #expect(discovered["result"]?["resultType"] == "complete")
        let opened = try answer(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-03-26"}}"#)
        #expect(opened["result"]?["protocolVersion"] == "2025-03-26")
        #expect(opened["result"]?["resultType"] == nil)
        #expect(call(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a",\#(meta)}}"#)?.era == .modern)
        #expect(call(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#)?.era == .legacy)
    }

    @Test("offers its newest older version to a client that asks for an unknown one")
    func counterOffer() throws {
        let opened = try answer(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2020-01-01"}}"#)
        #expect(opened["result"]?["protocolVersion"] == "2025-11-25")
    }

    @Test("gives its tools in pages")
    func pages() throws {
        let first = try answer(#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{\#(meta)}}"#)
        #expect(first["result"]?["tools"]?.array?.count == 2)
        #expect(first["result"]?["ttlMs"] != nil)
        let cursor = try #require(first["result"]?["nextCursor"]?.string)
        let second = try answer(#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"\#(cursor)"}}"#)
        #expect(second["result"]?["tools"]?[0]?["name"] == "c")
        #expect(second["result"]?["nextCursor"] == nil)
        #expect(second["result"]?["ttlMs"] == nil)
        for bad in [#""x""#, #""-1""#, #""3""#, "7"] {
            let refused = try answer(#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":\#(bad)}}"#)
            #expect(refused["error"]?["code"] == -32_602, "\(bad)")
        }
    }

    @Test("hands calls on with their key and gives their results the right envelope")
    func calls() throws {
        let received = call(
            #"{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"b","arguments":{"n":1},"_meta":{"io.ballast/idempotencyKey":"k"}}}"#
        )
        let call = try #require(received)
        #expect(call.arguments == ["n": 1])
        #expect(call.idempotencyKey == "k")
        let line = String(decoding: session.line(for: call, result: .structured(["ok": true])), as: UTF8.self)
        #expect(
            line
                == #"{"jsonrpc":"2.0","id":"x","result":{"content":[{"type":"text","text":"{\"ok\":true}"}],"structuredContent":{"ok":true},"isError":false}}"#
                + "\n")
    }

    @Test(
        "refuses what is not for it",
        arguments: [
            (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"z"}}"#, -32_602),
            (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":[]}}"#, -32_602),
            (#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#, -32_602),
            (#"{"jsonrpc":"2.0","id":1,"method":"resources/list"}"#, -32_601),
            (
                #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2027-01-01"}}}"#,
                -32_022
            ),
            (
                #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
                -32_602
            ),
            (#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}"#, -32_600),
            (#"{"jsonrpc":"2.0","id":1,"#, -32_700),
        ])
    func refusals(line: String, code: Int64) throws {
        let refused = try answer(line)
        #expect(refused["error"]?["code"] == JSONValue(code))
        #expect(refused["id"] == 1)
    }

    @Test("passes cancellations on and answers no notification")
    func notifications() {
        let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"x"}}"#
        #expect(session.receive(.complete(Array(cancel.utf8))) == [.cancel(.string("x"))])
        let other = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
        #expect(session.receive(.complete(Array(other.utf8))) == [])
    }
}
