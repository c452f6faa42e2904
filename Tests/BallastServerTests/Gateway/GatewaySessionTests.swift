import BallastCore
import BallastRuntime
import BallastServer
import BallastWire
import HTTPTypes
import Testing

@Suite("The gateway knows who speaks")
struct GatewaySessionTests {
    private let metadata = "/.well-known/oauth-protected-resource"

    private func challenge(_ reply: GatewayClient.Reply) -> String { reply.headers[.wwwAuthenticate] ?? "" }

    @Test("asks for a key, and says where to learn how to get one")
    func authentication() async throws {
        let stage = try await ServerStage()
        let client = stage.gateway()
        var nobody = HTTPFields()
        nobody[.authorization] = ""
        let missing = try await client.send(body: "{}", headers: nobody)
        #expect(missing.status == 401)
        #expect(challenge(missing).contains("resource_metadata=\"http://127.0.0.1:7340\(metadata)/mcp\""))
        #expect(!challenge(missing).contains("error="))
        for wrong in ["wrong", stage.firstKey + "x", ""] {
            let reply = try await stage.gateway(wrong).send(body: "{}")
            #expect(reply.status == 401)
            #expect(challenge(reply).contains("error=\"invalid_token\""))
        }
        let reader = try await stage.key("auditor:eve", ["audit"])
        let refused = try await stage.gateway(reader).send(body: "{}")
        #expect(refused.status == 403)
        #expect(challenge(refused).contains("error=\"insufficient_scope\""))
        for path in [metadata, metadata + "/mcp"] {
            let document = try await client.send(.get, headers: nobody, path: path)
            #expect(document.body["resource"] == "http://127.0.0.1:7340/mcp")
            #expect(document.body["authorization_servers"] == ["http://127.0.0.1:7340"])
            #expect(document.body["bearer_methods_supported"] == ["header"])
        }
    }

    @Test("answers on the server's own port, under x-api-key too, and keeps what is too large out")
    func overHTTP() async throws {
        var pace = MCPPace()
        pace.body = 1_000
        let stage = try await ServerStage(gateway: pace)
        try await stage.serve { (api) async throws in
            var headers: HTTPFields = [.accept: "*/*", .contentType: "application/json"]
            if let name = HTTPField.Name("x-api-key") { headers[name] = api.key }
            let open = api.with(key: nil)
            let body = #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}"#
            let reply = try await open.send(.post, "/mcp", headers: headers, body: body)
            #expect(reply.status == 200)
            #expect(reply.body["result"]?["protocolVersion"] == "2025-06-18")
            #expect(reply.headers[.contentType] == "application/json")
            let large = try await open.send(.post, "/mcp", headers: headers, body: String(repeating: " ", count: 2_000))
            #expect(large.status == 413)
            #expect(large.body["error"]?["code"] == -32_600)
            let put = try await open.send(.put, "/mcp", headers: headers, body: body)
            #expect(put.status == 405)
            #expect(put.headers[.allow] == "DELETE, GET, POST")
        }
    }

    @Test("keeps no more for a session than a task may say")
    func longTasks() async throws {
        let client = try await ServerStage().gateway()
        let long = JSONValue(String(repeating: "a", count: 300 << 10))
        for meta: JSONObject in [["ballast/task": long], ["ballast/contract": ["tools": [], "targets": [long]]]] {
            let reply = try await client.request(
                "initialize", ["protocolVersion": "2025-11-25", "capabilities": [:], "_meta": .object(meta)], id: 0)
            #expect(reply.code == -32_602, "\(reply.body)")
            #expect(reply.headers[try #require(HTTPField.Name("mcp-session-id"))] == nil)
        }
    }

    @Test("takes nothing from pages of elsewhere and under no other name of this machine")
    func browsers() async throws {
        let client = try await ServerStage().gateway(isModern: true)
        var evil = HTTPFields()
        evil[.origin] = "http://evil.example"
        #expect(try await client.request("tools/list", headers: evil).status == 403)
        #expect(try await client.send(body: "{}", host: "evil.example").status == 421)
    }

    @Test("gives a session to one key, and to that key alone")
    func sessionsAreBound() async throws {
        let stage = try await ServerStage()
        let ana = try await stage.gateway(stage.key("customer:ana", ["run"])).initialized()
        let bruno = try await stage.gateway(stage.key("customer:bruno", ["run"])).initialized()
        #expect(ana.session != bruno.session)
        var thief = bruno
        thief.session = ana.session
        #expect(try await thief.request("tools/list").status == 404)
        #expect(try await thief.send(.delete).status == 404)
        #expect(try await thief.send(.get).status == 404)
        #expect(try await ana.request("tools/list").status == 200)
        thief.session = "nope"
        #expect(try await thief.request("tools/list").status == 404)
        thief.session = nil
        #expect(try await thief.request("tools/list").status == 400)
        #expect(try await ana.send(.delete).status == 204)
        #expect(try await ana.request("tools/list").status == 404)
    }

    @Test("ends sessions that nobody uses, and the least used one of a caller that has too many")
    func bounds() async throws {
        var pace = MCPPace()
        pace.sessionsOfCaller = 2
        let stage = try await ServerStage(gateway: pace)
        let client = stage.gateway()
        let first = try await client.initialized()
        let second = try await client.initialized()
        #expect(try await first.request("ping").status == 200)
        let third = try await client.initialized()
        #expect(try await second.request("ping").status == 404)
        #expect(try await first.request("ping").status == 200)
        #expect(try await third.request("ping").status == 200)
        pace.session = 0
        let brief = try await ServerStage(gateway: pace)
        var forgotten = brief.gateway()
        let opening = try await forgotten.request("initialize")
        forgotten.session = opening.headers[try #require(HTTPField.Name("mcp-session-id"))]
        #expect(try await forgotten.request("ping").status == 404)
    }

    @Test("lets a key act for another only with the scope for it")
    func delegation() async throws {
        let stage = try await ServerStage()
        let name = try #require(HTTPField.Name("x-ballast-on-behalf-of"))
        var client = try await stage.gateway(stage.key("service:bot", ["run"]), isModern: true)
        client.headers[name] = "customer:ana"
        #expect(try await client.request("tools/list").status == 403)
        client = try await stage.gateway(stage.key("service:bot", ["run", "act:on-behalf-of"]), isModern: true)
        client.headers[name] = "customer:ana"
        #expect(try await client.call("look").status == 200)
        let runs = try await stage.store.headers(
            matching: RunFilter(), limit: 10, before: nil, scope: TenantScope(.default))
        #expect(runs.map(\.principal) == [Principal("customer:ana")])
        client.headers[name] = "ballast"
        #expect(try await client.request("tools/list").status == 400)
    }

    @Test("says which agents there are when it cannot tell which one speaks")
    func agents() async throws {
        let stage = try await ServerStage()
        var client = stage.gateway(isModern: true)
        client.headers[try #require(HTTPField.Name("x-ballast-agent"))] = "nobody"
        let reply = try await client.request("server/discover")
        #expect(reply.status == 400)
        #expect(reply.body["error"]?["message"]?.string?.contains("clerk") == true)
    }
}
