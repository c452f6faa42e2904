import BallastCore
import BallastPolicy
import BallastRuntime
import BallastServer
import BallastTesting
import BallastWire
import HTTPTypes
import Testing

@Suite("A call through the gateway")
struct GatewayCallTests {
    /// Tools that tell, ask and hold.
    private func stage(_ pace: MCPPace = MCPPace(), gate: Latch = Latch()) async throws -> ServerStage {
        try await ServerStage(gateway: pace) { workshop in
            workshop.tool("report", .safe) { invocation in
                for step in [1, 2, 2, 3] {
                    invocation.relay?.progress(
                        ToolProgress(progress: JSONValue(step), total: 3, message: "step \(step)"))
                }
                return .result(ToolResult(content: "reported"))
            }
            workshop.tool("wonder", .safe) { invocation in
                let question = ToolQuestion(parameters: ["mode": "form", "message": "Sure?", "requestedSchema": [:]])
                guard let reply = await invocation.relay?.ask?(question) else {
                    return .result(ToolResult(content: "nobody to ask", isError: true))
                }
                return .result(ToolResult(content: "\(reply)"))
            }
            workshop.tool("hold", .safe) { _ in
                await gate.wait()
                return .result(ToolResult(content: "held"))
            }
        }
    }

    private func client(_ stage: ServerStage, _ era: MCPEra, key: String? = nil) async throws -> GatewayClient {
        let client = stage.gateway(key, isModern: era == .modern)
        return era == .modern ? client : try await client.initialized()
    }

    @Test("is answered with what the tool said, and stands in the journal", arguments: [MCPEra.modern, .legacy])
    func result(era: MCPEra) async throws {
        let stage = try await stage()
        let client = try await client(stage, era)
        let reply = try await client.call("look", id: "seven")
        #expect(reply.status == 200)
        #expect(reply.body["id"] == "seven")
        #expect(reply.text == "{\"total\":12}")
        #expect(reply.result?["isError"] == false)
        #expect(reply.result?["resultType"]?.string == (era == .modern ? "complete" : nil))
        #expect(stage.store.statuses().count == 1)
    }

    @Test("of an unknown tool is an error of its era, and so is an unknown method")
    func unknown() async throws {
        let stage = try await stage()
        for (era, tool, method) in [(MCPEra.modern, 400, 404), (.legacy, 200, 200)] {
            let client = try await client(stage, era)
            let call = try await client.call("no_such_tool")
            #expect(call.status == tool)
            #expect(call.code == -32_602)
            let other = try await client.request("no/such")
            #expect(other.status == method)
            #expect(other.code == -32_601)
        }
        #expect(stage.store.statuses().isEmpty)
    }

    @Test("is bound by the contract of its task, stated at its beginning", arguments: [MCPEra.modern, .legacy])
    func contract(era: MCPEra) async throws {
        let stage = try await stage()
        let meta: JSONObject = ["ballast/contract": ["tools": [["name": "write", "max_count": 1]]]]
        var client = stage.gateway(isModern: era == .modern)
        if era == .legacy { client = try await client.initialized(meta: meta) }
        let own = era == .modern ? meta : [:]
        let paid = try await client.call("pay", ["amount": 1], meta: own).answer()
        #expect(paid["result"]?["structuredContent"]?["code"] == "guard.contract", "\(paid)")
        #expect(try await client.call("look", meta: own).text == "{\"total\":12}")
        let other: JSONObject = ["ballast/contract": ["tools": ["pay"]]]
        var headers: HTTPFields = [:]
        if era == .modern {
            // Without a name of its own another contract is another task.
            #expect(try await client.call("look", meta: other).text == "{\"total\":12}")
            headers[try #require(HTTPField.Name("x-ballast-run"))] = "task-7"
            #expect(try await client.call("look", meta: own, headers: headers).text == "{\"total\":12}")
        }
        let refused = try await client.call("look", meta: other, headers: headers)
        #expect(refused.refusal == "guard.contract", "\(refused.body)")
        let wrong: JSONObject = ["ballast/contract": ["tools": 7]]
        if era == .modern { #expect(try await client.call("look", meta: wrong).refusal == "guard.contract") }
        #expect(stage.payments.value == 0)
    }

    @Test("whose arguments are not what they seem is refused by the guard, with its reason")
    func hostileArguments() async throws {
        let stage = try await stage()
        let client = try await client(stage, .legacy)
        for arguments in [#"{"amount":1,"amount":2}"#, #"{"amount":1e400}"#, #"{"amount":"\ud800"}"#] {
            let reply = try await client.send(
                body:
                    #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":\#(arguments)}}"#
            )
            #expect(reply.status == 200)
            #expect(reply.result?["isError"] == true)
            #expect(reply.refusal == "guard.parse", "\(reply.body)")
            #expect(reply.text.contains("What would be allowed"))
        }
        #expect(stage.payments.value == 0)
    }

    @Test("tells of its progress under the client's own token, and only of what rises")
    func progress() async throws {
        let stage = try await stage()
        let client = try await client(stage, .modern)
        let events = try #require(try await client.call("report", meta: ["progressToken": "tok"]).events)
        var seen: [JSONValue] = []
        var answer = JSONValue.null
        while let message = await events.next() {
            if message["method"] == "notifications/progress" {
                #expect(message["params"]?["progressToken"] == "tok")
                seen.append(message["params"]?["progress"] ?? .null)
            } else {
                answer = message
            }
        }
        #expect(seen == [1, 2, 3])
        #expect(answer["result"]?["content"]?[0]?["text"] == "reported")
        #expect(try await client.call("report").text == "reported")
    }

    @Test("that nobody wants any more is ended: by a notification, or by leaving")
    func cancellation() async throws {
        let gate = Latch()
        let stage = try await stage(gate: gate)
        let legacy = try await client(stage, .legacy)
        async let held = legacy.call("hold", ["n": 1], id: "x")
        while !gate.isWaitedFor { await Task.yield() }
        #expect(try await legacy.notify("notifications/cancelled", ["requestId": "x"]).status == 202)
        #expect(try await held.code == -31_800)
        #expect(try await legacy.call("look").text == "{\"total\":12}")
        gate.open()
    }

    @Test("of a tool outside the manifest is refused and on record, and the tool is not listed (R06)")
    func manifest() async throws {
        let stage = try await stage()
        stage.runtime.deployment.update { $0.agents["clerk"]?.definition.tools.removeAll { $0 == "look" } }
        let client = try await client(stage, .modern)
        let list = try await client.request("tools/list").result?["tools"]?.array ?? []
        #expect(!list.contains { $0["name"] == "look" })
        let reply = try await client.call("look")
        #expect(reply.refusal == "guard.manifest")
        #expect(stage.store.journals().values.contains { $0.count > 1 })
    }

    // MARK: People

    @Test("that its principal must confirm asks at a legacy client, and does what the person says")
    func elicitation() async throws {
        let stage = try await stage()
        let client = try await client(stage, .legacy, key: stage.key("customer:ana", ["run"]))
        for (answer, isDone) in [(JSONValue.yes, true), (.no, false)] {
            let events = try #require(try await client.call("write", ["to": JSONValue("\(isDone)")]).events)
            let question = try #require(await events.next())
            #expect(question["method"] == "elicitation/create")
            #expect(question["params"]?["message"]?.string?.contains("\"to\": \"\(isDone)\"") == true)
            #expect(question["params"]?["requestedSchema"]?["required"] == ["approve"])
            #expect(try await client.reply(to: question, answer).status == 202)
            let end = try #require(await events.next())
            #expect(end["result"]?["isError"] == .bool(!isDone))
            let code = end["result"]?["structuredContent"]?["code"]?.string
            #expect(code == (isDone ? nil : "approval.rejected"))
            #expect(await events.next() == nil)
        }
    }

    @Test("that its principal must confirm asks a modern client by its result, once for one answer")
    func inputRequired() async throws {
        var pace = MCPPace()
        pace.wait = 1_000
        let stage = try await stage(pace)
        let client = try await client(stage, .modern, key: stage.key("customer:ana", ["run"]))
        let asked = try await client.call("write", ["to": "ana"])
        #expect(asked.result?["resultType"] == "input_required")
        #expect(asked.result?["inputRequests"]?["approve"]?["method"] == "elicitation/create")
        let state = try #require(asked.result?["requestState"])
        let retry: JSONObject = ["requestState": state, "inputResponses": ["approve": .yes]]
        // Another call, another principal, another text: the state serves none of them.
        #expect(try await client.call("write", ["to": "eve"], more: retry).status == 400)
        let other = try await self.client(stage, .modern, key: stage.key("customer:bruno", ["run"]))
        #expect(try await other.call("write", ["to": "ana"], more: retry).status == 400)
        let done = try await client.call("write", ["to": "ana"], id: 2, more: retry)
        #expect(done.text == "written", "\(done.body)")
        #expect(done.body["id"] == 2)
        // Used: the same call is a new one, and for a repetition a reviewer is asked.
        let again = try await client.call("write", ["to": "ana"], id: 3, more: retry)
        #expect(again.result?["structuredContent"]?["outcome"] == "approve", "\(again.body)")
    }

    @Test("that a reviewer must approve waits for one, unless the key lets the person at the client stand for it")
    func approvals() async throws {
        var pace = MCPPace()
        pace.wait = 1_000
        let stage = try await stage(pace)
        let plain = try await client(stage, .modern, key: stage.key("customer:ana", ["run"]))
        let waiting = try await plain.call("pay", ["amount": 5])
        #expect(waiting.result?["isError"] == true)
        let approval = try await stage.approval()
        #expect(waiting.result?["structuredContent"]?["approval_id"]?.string == approval.id.description)
        #expect(waiting.text.contains("approval id: \(approval.id)"))
        #expect(stage.payments.value == 0)
        _ = try await stage.runtime.decide(
            approval.id, .approve, by: "reviewer:rita", scope: TenantScope(.default))
        // The same call joins what was approved, whatever its identifier.
        let done = try await plain.call("pay", ["amount": 5], id: 9)
        #expect(done.text == "{\"paid\":true}", "\(done.body)")
        #expect(stage.payments.value == 1)
        let trusted = try await client(stage, .modern, key: stage.key("customer:ana", ["run", "approve:elicit"]))
        #expect(try await trusted.call("pay", ["amount": 6]).result?["resultType"] == "input_required")
    }

    @Test("that was approved elsewhere while its client was asked gives its one result to the next equal call")
    func approvedElsewhere() async throws {
        let stage = try await stage()
        let client = try await client(stage, .modern, key: stage.key("customer:ana", ["run", "approve:elicit"]))
        let asked = try await client.call("pay", ["amount": 8])
        #expect(asked.result?["resultType"] == "input_required")
        let approval = try await stage.approval()
        _ = try await stage.runtime.decide(
            approval.id, .approve, by: "reviewer:rita", scope: TenantScope(.default))
        while stage.payments.value == 0 { await Task.yield() }
        // Nobody listened when it came.
        #expect(try await client.call("pay", ["amount": 8], id: 2).text == "{\"paid\":true}")
        #expect(stage.payments.value == 1)
    }

    @Test("of a client that can do neither waits a while, then names the approval")
    func neither() async throws {
        var pace = MCPPace()
        pace.wait = 1_000
        let stage = try await stage(pace)
        var client = stage.gateway(isModern: true)
        client.capabilities = [:]
        let reply = try await client.call("pay", ["amount": 1])
        #expect(reply.result?["isError"] == true)
        #expect(reply.result?["structuredContent"]?["retry_after_ms"] == 5_000)
        #expect(reply.text.contains("apr_"))
    }

    @Test("passes a tool's own question on, and its answer back", arguments: [MCPEra.modern, .legacy])
    func questions(era: MCPEra) async throws {
        let stage = try await stage()
        let client = try await client(stage, era)
        let accepted: JSONValue = ["action": "accept", "content": ["sure": true]]
        let reply = try await client.call("wonder")
        if era == .modern {
            let state = try #require(reply.result?["requestState"], "\(reply.body)")
            let done = try await client.call(
                "wonder", id: 2, more: ["requestState": state, "inputResponses": ["question": accepted]])
            #expect(done.text.contains("accept"))
        } else {
            let events = try #require(reply.events)
            let question = try #require(await events.next())
            #expect(question["params"]?["message"] == "Sure?")
            _ = try await client.reply(to: question, accepted)
            #expect(await events.next()?["result"]?["content"]?[0]?["text"]?.string?.contains("accept") == true)
        }
        var mute = stage.gateway(isModern: true)
        mute.capabilities = [:]
        #expect(try await mute.call("wonder").text == "nobody to ask")
    }

    // MARK: Binding

    @Test("belongs to the run that its headers name, or to its session")
    func runs() async throws {
        let stage = try await stage()
        let run = try #require(HTTPField.Name("x-ballast-run"))
        let first = try await client(stage, .legacy)
        let second = try await client(stage, .legacy)
        for client in [first, first, second] { _ = try await client.call("look") }
        #expect(stage.store.statuses().count == 2)
        for client in [first, second, stage.gateway(isModern: true)] {
            _ = try await client.call("look", headers: [run: "task-7"])
        }
        #expect(stage.store.statuses().count == 3)
        let bruno = try await client(stage, .modern, key: stage.key("customer:bruno", ["run"]))
        _ = try await bruno.call("look", headers: [run: "task-7"])
        #expect(stage.store.statuses().count == 4)
        let bad = try await first.call("look", headers: [run: "two words"])
        #expect(bad.status == 400)
    }

    @Test("lists tools in one order, in pages, for whoever may call them")
    func list() async throws {
        let stage = try await stage()
        for era in [MCPEra.modern, .legacy] {
            let reply = try await client(stage, era).request("tools/list")
            let names = reply.result?["tools"]?.array?.compactMap { $0["name"]?.string }
            #expect(names == ["hold", "look", "lose", "pay", "report", "wonder", "write"])
            #expect(reply.result?["cacheScope"]?.string == (era == .modern ? "private" : nil))
            #expect(reply.result?["ttlMs"]?.integer == (era == .modern ? 0 : nil))
        }
    }

    @Test("of a listener comes first, and a change of the tools reaches it in either era")
    func changes() async throws {
        let stage = try await stage()
        let modern = stage.gateway(isModern: true)
        let listening = try await modern.request(
            "subscriptions/listen", ["notifications": ["toolsListChanged": true]], id: "L")
        let events = try #require(listening.events)
        let acknowledged = try #require(await events.next())
        #expect(acknowledged["method"] == "notifications/subscriptions/acknowledged")
        let legacy = try await client(stage, .legacy)
        let stream = try #require(try await legacy.send(.get).events)
        stage.runtime.deployment.update { $0.agents["clerk"]?.definition.tools.removeAll { $0 == "hold" } }
        let told = try #require(await events.next())
        #expect(told["method"] == "notifications/tools/list_changed")
        #expect(told["params"]?["_meta"]?[MCPMetaKey.subscriptionID] == "L")
        #expect(await stream.next()?["method"] == "notifications/tools/list_changed")
        events.disconnect()
        #expect(try await legacy.send(.delete).status == 204)
        #expect(await stream.next() == nil)
    }

    @Test("beyond what may be open at once is turned away and told when to come again")
    func openCalls() async throws {
        var pace = MCPPace()
        pace.callsOfSession = 1
        let gate = Latch()
        let stage = try await stage(pace, gate: gate)
        let client = try await client(stage, .legacy)
        async let held = client.call("hold", ["n": 1], id: 1)
        while !gate.isWaitedFor { await Task.yield() }
        let refused = try await client.call("look", id: 2)
        #expect(refused.refusal == "guard.unavailable")
        #expect(refused.result?["structuredContent"]?["retry_after_ms"] == 1_000)
        gate.open()
        #expect(try await held.text == "held")
        #expect(try await client.call("look", id: 3).text == "{\"total\":12}")
    }
}
