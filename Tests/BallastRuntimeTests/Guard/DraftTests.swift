import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("A contract is drafted from the principal's words alone, and confirmed once (R06, R28)")
struct DraftTests {
    private static let task = "Look at order O-1001"

    private func question(_ stage: Stage, _ run: RunID) throws -> String {
        try stage.text(stage.state(run).question?.question)
    }

    @Test("the draft is made of the words and the operator's names, and of nothing that a tool says")
    func sees() throws {
        let bench = DraftBench()
        let stage = try Stage(bench.workshop(answering: DraftBench.licensing))
        let run = try stage.start(Self.task)
        let prompt = try #require(bench.asked.texts.first)
        #expect(prompt.contains("> \(Self.task)"))
        #expect(prompt.contains("- look: changes nothing") && prompt.contains("- refund: has effects"))
        #expect(!prompt.contains("WRITTEN-BY-A-TOOL") && !prompt.contains("Ignore the user"))
        #expect(stage.status(run) == .waitingInput)
        #expect(
            try question(stage, run)
                == "I plan to use: refund at most once with order O-1001; look. Nothing else that has effects. Shall I go on?"
        )
        #expect(try stage.state(run).question?.options == ["yes", "no"])
        #expect(try stage.state(run).contracts.isEmpty, "it binds nothing until it is agreed to")
        try stage.say("yes", to: run)
        #expect(bench.asked.texts.count == 1, "what is read later drafts nothing")
        #expect(try stage.state(run).usage.tokens == 75, "the run pays for the draft")
    }

    @Test("once agreed to, what it licenses runs unasked and what it does not is denied, whatever is read")
    func confirmed() throws {
        let bench = DraftBench()
        let stage = try Stage(bench.workshop(answering: DraftBench.licensing))
        let run = try stage.start(Self.task)
        try stage.say("Yes, please", to: run)
        #expect(stage.status(run) == .succeeded)
        #expect(try stage.codes(run).contains("guard.contract"))
        #expect(bench.wipes.count == 0 && bench.pays.count == 1)
        #expect(try stage.state(run).contracts.map(\.label.sources) == [[.principal]])
        #expect(try stage.events(run).count { if case .questionAsked = $0 { true } else { false } } == 1)
        // The words alone ask for no payment.
        let other = DraftBench()
        var workshop = other.workshop(answering: DraftBench.licensing)
        workshop.agent.contractDraftedBy = nil
        let without = try Stage(workshop)
        let free = try without.start(Self.task)
        #expect(try without.codes(free).contains("guard.intent"))
        #expect(other.pays.count == 0 && other.wipes.count == 1 && other.asked.texts.isEmpty)
    }

    @Test("no, or other words, brings a new draft from all the words; a second no brings a person")
    func refused() throws {
        let bench = DraftBench()
        let stage = try Stage(
            bench.workshop { $0 == 1 ? "{\"tools\":[\"wipe\"]}" : DraftBench.licensing })
        let run = try stage.start(Self.task)
        #expect(try question(stage, run).contains("wipe"))
        try stage.say("No, refund it once", to: run)
        #expect(bench.asked.texts.count == 2)
        let prompt = try #require(bench.asked.texts.last)
        #expect(prompt.contains("> No, refund it once") && prompt.contains("{\"tools\":[\"wipe\"]}"))
        #expect(try question(stage, run).contains("refund at most once"))
        try stage.say("no", to: run)
        #expect(stage.status(run) == .escalated)
        #expect(try stage.state(run).escalation?.code == "contract_refused")
        #expect(try stage.state(run).contracts.isEmpty)
        let (olga, scope) = (Principal("operator:olga"), stage.scope)
        try stage.perform { try await $0.handBack(run, by: olga, scope: scope) }
        try stage.settle(5_000)
        #expect(stage.status(run) == .waitingInput, "it is drafted anew")
        try stage.say("yes", to: run)
        #expect(stage.status(run) == .succeeded)
        #expect(bench.wipes.count == 0 && bench.pays.count == 1)
    }

    @Test("an answer that cannot be used is tried once more, then the run goes on without, and says so")
    func unusable() throws {
        for answer in [
            "I cannot do that.", "{\"tools\":7}", "{\"tools\":[],\"expires\":\"2030-01-01T00:00:00Z\"}",
            "{\"tools\":[{\"name\":\"refund\",\"where\":{\"order\":[\"O\u{202E}1\"]}}]}",
            "{\"tools\":[{\"name\":\"refund\",\"where\":{\"order\":[]}}]}",
        ] {
            let bench = DraftBench()
            let stage = try Stage(bench.workshop(answering: answer))
            let run = try stage.start(Self.task)
            #expect(stage.status(run) == .succeeded, "\(answer)")
            let drafts = try stage.drafts(run)
            #expect(drafts.map(\.outcome) == [.unusable, .none], "\(answer)")
            #expect(try stage.text(drafts.last?.detail).hasPrefix("The answer could not be used: "))
            #expect(try stage.codes(run).contains("guard.intent"), "the words are what is left")
            #expect(try stage.state(run).contracts.isEmpty)
        }
    }

    @Test("a model that is not there is called again like any other, and then the run goes on without a draft")
    func unreachable() throws {
        let bench = DraftBench()
        let stage = try Stage(
            bench.workshop { attempt async throws(ModelFailure) in
                throw ModelFailure(code: .overloaded, message: "busy \(attempt)", isRetryable: true)
            })
        let run = try stage.start(Self.task)
        try stage.settle(120_000)
        #expect(stage.status(run) == .succeeded)
        #expect(bench.asked.texts.count > 1)
        let drafts = try stage.drafts(run)
        #expect(drafts.map(\.outcome) == [.none])
        #expect(try stage.text(drafts.first?.detail).contains("busy"))
        #expect(bench.pays.count == 0)
    }

    @Test("tools that are not the agent's are left out of it, and what its own contract does not have")
    func narrower() throws {
        let bench = DraftBench()
        var workshop = bench.workshop(answering: "{\"tools\":[\"launch\",\"wipe\",\"refund\",\"look\"]}")
        workshop.agent.contract = ["tools": ["refund"]]
        let stage = try Stage(workshop)
        let run = try stage.start(Self.task)
        #expect(
            try question(stage, run)
                == "I plan to use: refund; look. Nothing else that has effects. Shall I go on?")
        #expect(!(bench.asked.texts.first?.contains("wipe") ?? true))
        try stage.say("yes", to: run)
        #expect(try stage.state(run).contracts.map(\.label.sources) == [[.configuration], [.principal]])
    }

    @Test("a draft that only reads asks nothing, and denies whatever has effects")
    func safe() throws {
        let bench = DraftBench()
        let stage = try Stage(
            bench.workshop(answering: "Here it is:\n```json\n{\"tools\":[\"look\"],\"targets\":[\"O-1001\"]}\n```"))
        let run = try stage.start(Self.task)
        #expect(stage.status(run) == .succeeded)
        #expect(bench.wipes.count == 0 && bench.pays.count == 0)
        #expect(try stage.codes(run).count { $0 == "guard.contract" } == 2)
        let stated = try stage.state(run).contracts
        #expect(stated.map(\.label.sources) == [[.model]], "it licenses nothing")
    }

    @Test("a yes that nobody vouches for only tightens")
    func claimed() throws {
        let bench = DraftBench()
        let stage = try Stage(bench.workshop(answering: DraftBench.licensing))
        let run = try stage.start(Self.task)
        try stage.say("yes", to: run, isAsserted: false)
        #expect(try stage.state(run).contracts.map(\.label.sources) == [[.claimed]])
        #expect(bench.wipes.count == 0 && bench.pays.count == 0)
        #expect(try stage.codes(run).suffix(2) == ["guard.contract", "guard.intent"])
    }

    @Test("a crash after the call and before its entry repeats the call; one while the question is open asks no other")
    func crashes() throws {
        let bench = DraftBench()
        let clock = Mutex<SimulatedClock?>(nil)
        let stage = try Stage(
            bench.workshop { attempt async throws(ModelFailure) in
                if attempt == 1, let clock = clock.withLock({ $0 }) { try? await clock.sleep(milliseconds: 1 << 40) }
                return DraftBench.licensing
            })
        clock.withLock { $0 = stage.clock }
        let ana = stage.ana
        let run = try stage.perform {
            try await $0.start(StartRun(agent: "worker", text: DraftTests.task, principal: ana)).run
        }
        #expect(bench.asked.texts.count == 1)
        #expect(try stage.drafts(run).isEmpty)
        try stage.crash()
        try stage.settle(5_000)
        #expect(bench.asked.texts.count == 2)
        #expect(try stage.drafts(run).map(\.outcome) == [.drafted])
        #expect(try stage.state(run).usage.lostModelCalls == 1)
        #expect(stage.status(run) == .waitingInput)
        try stage.crash()
        try stage.say("yes", to: run)
        #expect(stage.status(run) == .succeeded)
        #expect(bench.asked.texts.count == 2 && bench.pays.count == 1 && bench.wipes.count == 0)
    }

    @Test("a caller's contract, words that nobody vouches for, and an agent that only reads need none")
    func unneeded() throws {
        let bench = DraftBench()
        let stage = try Stage(bench.workshop(answering: DraftBench.licensing))
        let ana = stage.ana
        for (isAsserted, contract) in [
            (true, GivenContract(["tools": ["refund"]], isAsserted: true)), (false, nil),
        ] {
            let run = try stage.perform { runtime in
                let run = try await runtime.start(
                    StartRun(
                        agent: "worker", text: DraftTests.task, principal: ana, isAsserted: isAsserted,
                        contract: contract)
                ).run
                await runtime.rest(of: run)
                return run
            }
            #expect(try stage.drafts(run).map(\.outcome) == (contract == nil ? [.none] : []))
            #expect(stage.status(run) == .succeeded)
        }
        var workshop = bench.workshop(answering: DraftBench.licensing)
        workshop.agent.tools = ["look"]
        let reading = try Stage(workshop)
        let run = try reading.start(Self.task)
        #expect(
            try reading.text(reading.drafts(run).first?.detail) == "The agent has no tool that changes anything.")
        #expect(bench.asked.texts.isEmpty)
    }
}
