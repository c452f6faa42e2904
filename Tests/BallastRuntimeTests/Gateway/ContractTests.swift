import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("A run keeps the contract that it began with (R06, R28)")
struct ContractTests {
    private static let contract: JSONValue = [
        "tools": [["name": "send", "max_count": 1, "where": ["to": ["ana", "ben"]]]], "bounds": ["amount": 5],
    ]

    private func workshop(_ calls: Calls, own: JSONValue? = nil) -> Workshop {
        var workshop = Workshop()
        workshop.agent.isGateway = true
        workshop.agent.contract = own
        for (name, toolClass) in [("look", ToolClass.safe), ("send", .risky), ("pay", .dangerous)] {
            workshop.tool(name, toolClass) { invocation in
                calls.note(invocation)
                return .result(ToolResult(content: "{}"))
            }
        }
        return workshop
    }

    private func binding(
        _ stage: Stage, _ json: JSONValue?, isAsserted: Bool = true, name: String = "task"
    ) -> GatewayBinding {
        GatewayBinding(
            tenant: .default, principal: stage.ana, startedBy: stage.ana, agent: "worker", name: name,
            contract: json.map { GivenContract($0, isAsserted: isAsserted) })
    }

    @Test("what is outside is denied and asks nobody, counts hold, and all of it stands after a crash")
    func bounds() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls))
        let binding = binding(stage, Self.contract)
        #expect(try stage.call("pay", "{}", canConfirm: true, under: binding).heard.code == "guard.contract")
        #expect(
            try stage.call("send", "{\"to\":\"eve\"}", canConfirm: true, under: binding).heard.code == "guard.contract")
        #expect(try stage.call("look", under: binding).heard.text == "{}", "reading is not bound")
        #expect(try stage.pendingApprovals().isEmpty)
        let (heard, _, run) = try stage.call("send", "{\"to\":\"ana\"}", canConfirm: true, under: binding)
        let approval = try #require(heard.approval)
        // While it waits it is as good as used.
        let second = try stage.call("send", "{\"to\":\"ben\"}", canConfirm: true, under: binding)
        #expect(second.heard.code == "guard.contract")
        try stage.perform { [ana = stage.ana, scope = stage.scope] runtime in
            try await runtime.decideElicited(approval.id, .approve, by: ana, scope: scope)
        }
        try stage.settle(500)
        #expect(heard.text == "{}")
        let kinds = try stage.events(run).map(\.type.name)
        #expect(kinds.starts(with: ["run_created", "contract_stated"]))
        try stage.crash()
        #expect(
            try stage.call("send", "{\"to\":\"ben\"}", canConfirm: true, under: binding).heard.code == "guard.contract")
        #expect(calls.count == 2)
    }

    @Test("another one later is refused, whatever it says; the same one again is not")
    func fixed() throws {
        let stage = try Stage(workshop(Calls()))
        let binding = binding(stage, Self.contract)
        #expect(try stage.call("look", under: binding).heard.text == "{}")
        #expect(try stage.call("look", under: binding).heard.text == "{}")
        let wider: JSONValue = ["tools": ["send", "pay"]]
        for other in [
            self.binding(stage, wider), self.binding(stage, Self.contract, isAsserted: false),
        ] {
            let error = #expect(throws: RuntimeError.self) { try stage.call("look", under: other) }
            #expect(error?.concernsContract == true && error?.message.contains("with another one") == true)
        }
        #expect(try stage.call("look", under: self.binding(stage, nil)).heard.text == "{}")
        try stage.crash()
        #expect(try stage.call("look", under: binding).heard.text == "{}")
        #expect(throws: RuntimeError.self) { try stage.call("look", under: self.binding(stage, wider)) }
        let without = self.binding(stage, nil, name: "other")
        #expect(try stage.call("look", under: without).heard.text == "{}")
        #expect(throws: RuntimeError.self) {
            try stage.call("look", under: self.binding(stage, wider, name: "other"))
        }
    }

    @Test("one that names what is not there begins no run, and says what")
    func wrong() throws {
        let stage = try Stage(workshop(Calls()))
        let error = #expect(throws: RuntimeError.self) {
            try stage.call("look", under: binding(stage, ["tools": ["sent"]]))
        }
        #expect(error?.message == "The contract cannot be taken: there is no tool sent.")
        #expect(stage.store.statuses().isEmpty)
    }

    @Test("the agent's own binds every run of it beside the caller's, and a claimed one only tightens")
    func together() throws {
        let stage = try Stage(workshop(Calls(), own: ["tools": ["send"]]))
        let binding = binding(stage, ["tools": ["send", "pay"]], isAsserted: false)
        let (heard, _, run) = try stage.call("pay", under: binding)
        #expect(heard.code == "guard.contract")
        #expect(
            try stage.state(run).contracts.map(\.label.sources) == [[.claimed], [.configuration]])
        #expect(try stage.call("pay").heard.code == "guard.contract")
        #expect(try stage.call("send").heard.approval != nil)
    }

    @Test("who works for the run is bound by it too, and may use nothing that is counted")
    func subRuns() throws {
        let calls = Calls()
        for (contract, isPaid): (JSONValue, Bool) in [
            (["tools": []], false), (["tools": [["name": "pay", "max_count": 1]]], false), (["tools": ["pay"]], true),
        ] {
            let stage = try Stage(delegating(calls) { pays($0) })
            let run = try stage.perform { [ana = stage.ana] runtime in
                let (run, _) = try await runtime.start(
                    StartRun(
                        agent: "worker", text: "get it paid", principal: ana,
                        contract: GivenContract(contract, isAsserted: true)))
                await runtime.rest(of: run)
                return run
            }
            try stage.settle(1_000)
            let child = try #require(stage.store.parents().first { $0.value == run }?.key)
            let decided = try stage.events(child).compactMap {
                if case .actionDecided(let fields) = $0 { fields.code } else { nil }
            }
            #expect((decided.first == "guard.contract") == !isPaid)
        }
        #expect(calls.count == 0)
    }
}
