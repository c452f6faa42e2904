import BallastCore
import BallastRuntime
import BallastServer
import BallastTesting
import BallastWire
import Testing

@Suite("Requests of one run that wait at the same time are one question (R11)")
struct SharedQuestionTests {
    private func stage() async throws -> ServerStage {
        var pace = MCPPace()
        pace.gather = 4_000
        return try await ServerStage(gateway: pace)
    }

    private func client(_ stage: ServerStage, _ era: MCPEra) async throws -> GatewayClient {
        let client = stage.gateway(try await stage.key("customer:ana", ["run"]), isModern: era == .modern)
        return era == .modern ? client : try await client.initialized()
    }

    private func pending(_ stage: ServerStage, _ count: Int) async throws -> [ApprovalRecord] {
        while true {
            let found = try await stage.store.approvals(status: .pending, limit: 9, scope: TenantScope(.default))
            if found.count == count { return found }
            await Task.yield()
        }
    }

    /// Makes calls at once; the replies come as they are given.
    private func together(
        _ client: GatewayClient, _ names: [String],
        _ take: @Sendable (inout ThrowingTaskGroup<(String, GatewayClient.Reply), any Error>) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (String, GatewayClient.Reply).self) { group in
            for (index, name) in names.enumerated() {
                group.addTask {
                    (name, try await client.call("write", ["to": JSONValue(name)], id: JSONValue(100 + index)))
                }
            }
            try await take(&group)
        }
    }

    @Test("over elicitation: each is listed exactly, and an answer for one of them counts for that one")
    func legacy() async throws {
        let stage = try await stage()
        let client = try await client(stage, .legacy)
        try await together(client, ["ben", "cleo"]) { group in
            let (name, leading) = try #require(try await group.next())
            let events = try #require(leading.events)
            let question = try #require(await events.next())
            let message = try #require(question["params"]?["message"]?.string)
            #expect(message.hasPrefix("Approve these 2 actions?"))
            #expect(message.contains("\"to\": \"ben\"") && message.contains("\"to\": \"cleo\""))
            let items = message.split(separator: "\n\n").dropFirst()
            let ownNumber = try #require(items.firstIndex { $0.contains("\"to\": \"\(name)\"") })
            let answer: JSONValue = [
                "action": "accept",
                "content": .object(["approve": true, JSONString("action_\(ownNumber)"): "no", "reason": "not this one"]
                ),
            ]
            #expect(try await client.reply(to: question, answer).status == 202)
            let refused = try #require(await events.next())
            #expect(refused["result"]?["structuredContent"]?["code"] == "approval.rejected", "\(refused)")
            #expect(try await group.next()?.1.text == "written")
        }
        let approvals = try await stage.store.approvals(status: nil, limit: 9, scope: TenantScope(.default))
        #expect(Set(approvals.map(\.status)) == [.used, .rejected], "each is a record of its own")
        #expect(Set(approvals.map(\.binding)).count == 2)
    }

    @Test("by a result that asks for input: the call that is made again brings the answer for all")
    func modern() async throws {
        let stage = try await stage()
        let client = try await client(stage, .modern)
        try await together(client, ["ben", "cleo"]) { group in
            let (name, asked) = try #require(try await group.next())
            #expect(asked.result?["resultType"] == "input_required", "\(asked.body)")
            let form = asked.result?["inputRequests"]?["approve"]?["params"]
            #expect(form?["message"]?.string?.hasPrefix("Approve these 2 actions?") == true)
            let state = try #require(asked.result?["requestState"])
            let done = try await client.call(
                "write", ["to": JSONValue(name)], id: 2,
                more: ["requestState": state, "inputResponses": ["approve": .yes]])
            #expect(done.text == "written", "\(done.body)")
            #expect(try await group.next()?.1.text == "written")
        }
    }

    @Test("what comes while one is open is not swept in, and is asked next, in one question")
    func later() async throws {
        let stage = try await stage()
        let client = try await client(stage, .legacy)
        let first = try #require(try await client.call("write", ["to": "ana"], id: 1).events)
        let alone = try #require(await first.next())
        #expect(alone["params"]?["message"]?.string?.hasPrefix("Approve this action? write") == true)
        try await together(client, ["ben", "cleo"]) { group in
            _ = try await pending(stage, 3)
            #expect(try await client.reply(to: alone, .yes).status == 202)
            #expect(await first.next()?["result"]?["isError"] == false)
            _ = try await pending(stage, 2)
            let leading = try #require(try await group.next()).1
            let events = try #require(leading.events)
            let question = try #require(await events.next())
            #expect(question["params"]?["message"]?.string?.hasPrefix("Approve these 2 actions?") == true)
            #expect(try await client.reply(to: question, .no).status == 202)
            #expect(await events.next()?["result"]?["isError"] == true)
            #expect(try await group.next()?.1.refusal == "approval.rejected")
        }
    }

    @Test("the call that asks may be taken back: another one asks for those that still wait")
    func takenBack() async throws {
        let stage = try await stage()
        let client = try await client(stage, .legacy)
        let first = try #require(try await client.call("write", ["to": "ana"], id: 1).events)
        _ = try #require(await first.next())
        try await together(client, ["ben"]) { group in
            _ = try await pending(stage, 2)
            #expect(try await client.notify("notifications/cancelled", ["requestId": 1]).status == 202)
            let events = try #require(try await group.next()?.1.events)
            let question = try #require(await events.next())
            #expect(question["params"]?["message"]?.string?.contains("\"to\": \"ben\"") == true)
            #expect(try await client.reply(to: question, .yes).status == 202)
            #expect(await events.next()?["result"]?["content"]?[0]?["text"] == "written")
        }
    }

    @Test("equal calls are one action in it, counted once")
    func equal() async throws {
        let stage = try await stage()
        let client = try await client(stage, .legacy)
        try await together(client, ["ben", "ben", "cleo"]) { group in
            let events = try #require(try await group.next()?.1.events)
            let question = try #require(await events.next())
            #expect(question["params"]?["message"]?.string?.hasPrefix("Approve these 2 actions?") == true)
            #expect(try await client.reply(to: question, .yes).status == 202)
            #expect(await events.next()?["result"]?["isError"] == false)
            while let (_, reply) = try await group.next() { #expect(reply.text == "written") }
        }
        let approvals = try await stage.store.approvals(status: nil, limit: 9, scope: TenantScope(.default))
        #expect(approvals.count == 2)
    }

    // MARK: Through the API

    @Test("through the API a reviewer decides all that was shown, and nothing that came later")
    func api() async throws {
        let stage = try await ServerStage()
        let client = try await client(stage, .modern)
        @Sendable func pay(_ amount: Int) -> Task<GatewayClient.Reply, any Error> {
            Task { try await client.call("pay", ["amount": JSONValue(amount)], id: JSONValue(amount)) }
        }
        let calls = [pay(1), pay(2)]
        let run = try #require(try await pending(stage, 2).first).id.run
        let check = AnswerCheck()
        try await stage.serve { (api) async throws in
            let path = "/api/v1/runs/\(run)/approvals"
            let question = try await api.get(path)
            #expect(try check.violations(of: question, to: "getRunQuestion") == [])
            #expect(question.body["approvals"]?.array?.count == 2 && question.body["others"] == 0)
            let shown = try #require(question.body["shown"])
            let third = pay(3)
            _ = try await pending(stage, 3)
            let stranger = try await api.post(
                path + "/decision", ["decision": "approve", "shown": JSONValue(String(repeating: "0", count: 64))])
            #expect(stranger.status == 409 && stage.payments.value == 0)
            let decided = try await api.post(path + "/decision", ["decision": "approve", "shown": shown])
            #expect(try check.violations(of: decided, to: "decideRunQuestion") == [])
            #expect(decided.body["approvals"]?.array?.count == 2, "\(decided.body)")
            for call in calls { #expect(try await call.value.text == "{\"paid\":true}") }
            #expect(stage.payments.value == 2)
            let rest = try #require(try await pending(stage, 1).first)
            let again = try await api.post(path + "/decision", ["decision": "approve", "shown": shown])
            #expect(again.status == 409, "the same answer serves once")
            let last = try await api.get(path)
            #expect(last.body["approvals"]?[0]?["approval_id"]?.string == rest.id.description)
            let no: JSONValue = ["decision": "reject", "reason": "enough", "shown": last.body["shown"] ?? .null]
            #expect(try await api.post(path + "/decision", no).body["approvals"]?[0]?["status"] == "rejected")
            #expect(try await third.value.refusal == "approval.rejected")
        }
    }

    @Test("whoever may decide nothing of a run is asked nothing")
    func others() async throws {
        let stage = try await ServerStage()
        let client = try await client(stage, .modern)
        let call = Task { try await client.call("pay", ["amount": 1]) }
        let approval = try #require(try await pending(stage, 1).first)
        let ana = Decider(confirmer: "customer:ana", reviewer: "customer:ana")
        let question = try await stage.runtime.question(of: approval.id.run, for: ana, scope: TenantScope(.default))
        #expect(question.approvals.isEmpty && question.others == 1)
        _ = try await stage.runtime.decide(
            approval.id, .approve, by: "reviewer:rita", scope: TenantScope(.default))
        #expect(try await call.value.text == "{\"paid\":true}")
    }
}
