import BallastCore
import Testing

@Suite("The state of a rollback takes back each effect once, the last first (R60)")
struct RollbackStateTests {
    private let run = RunID(high: 1, low: 1)
    private let original = RunID(high: 1, low: 2)
    private let at = Timestamp(milliseconds: 1_000)
    private let body = SampleEvents.inline

    private func effect(_ ordinal: UInt32) -> EffectID { EffectID(run: original, ordinal: ordinal) }

    private func step(_ ordinal: UInt32, _ way: RollbackStep.Way? = nil) -> RollbackStep {
        RollbackStep(
            effect: effect(ordinal), tool: "make", agent: "worker", arguments: body, label: Label([.model]),
            way: way
                ?? .call(UndoCall(tool: "unmake", arguments: body, label: Label([.configuration]), result: nil)))
    }

    private func created(source: String) -> RunEvent {
        .created(
            RunCreated(
                tenant: .default, principal: SampleEvents.ana, agent: AgentReference(name: "worker", version: [1]),
                conversation: ConversationID(high: 1, low: 1), source: source, startedBy: SampleEvents.ana,
                root: original, environment: "test", budget: RunBudget(), instructions: body, toolset: body,
                task: SampleEvents.words))
    }

    /// A rollback of three effects, of which nothing takes back the first.
    private func state(source: String = RunCreated.rollback) throws -> RunState {
        var state = RunState(run: run)
        try state.apply(created(source: source), at: at)
        guard source == RunCreated.rollback else { return state }
        try state.apply(
            .rollbackRequested(
                RollbackRequested(
                    of: original, by: "operator:olga", reason: body,
                    steps: [step(3), step(2), step(1, .impossible(code: "undo.none", why: body))])), at: at)
        return state
    }

    private func proposal(_ ordinal: UInt32) -> RunEvent {
        .actionsProposed(
            ActionsProposed(proposals: [
                ProposedAction(
                    callID: effect(ordinal).description, tool: "unmake", arguments: body,
                    label: Label([.configuration]))
            ]))
    }

    private func carryOut(_ action: UInt32, in state: inout RunState, isError: Bool = false) throws {
        try state.apply(
            .actionDecided(
                ActionDecided(action: action, outcome: .allow, code: "policy.allowed", rule: nil, policy: [7])), at: at)
        try state.apply(
            .effectStarted(EffectStarted(action: action, attempt: 1, repeatability: .never)), at: at)
        try state.apply(
            .effectSettled(
                EffectSettled(
                    action: action, isError: isError, result: body, label: Label([.trustedTool]), duration: 1)), at: at)
    }

    @Test("what is left are the effects that can be taken back and were not, in order")
    func left() throws {
        var state = try state()
        #expect(state.rollback?.left.map(\.effect) == [effect(3), effect(2)])
        #expect(state.pendingEffects == [.plan])
        try state.apply(proposal(3), at: at)
        #expect(state.uncompensated == nil)
        try carryOut(1, in: &state)
        let done = try #require(state.uncompensated)
        #expect(done.effect == effect(3) && done.through == EffectID(run: run, ordinal: 1) && done.how == .undone)
        try state.apply(.effectCompensated(done), at: at)
        #expect(state.uncompensated == nil)
        #expect(state.rollback?.left.map(\.effect) == [effect(2)])
        #expect(state.rollback?.impossible.map(\.effect) == [effect(1)])
    }

    @Test("an effect is proposed for once in a rollback, alone, and only when it can be taken back")
    func once() throws {
        var state = try state()
        #expect(throws: RunTransitionError.self) { try state.apply(proposal(1), at: at) }
        #expect(throws: RunTransitionError.self) { try state.apply(proposal(9), at: at) }
        try state.apply(proposal(3), at: at)
        #expect(throws: RunTransitionError.self, "one at a time") { try state.apply(proposal(2), at: at) }
        try carryOut(1, in: &state, isError: true)
        #expect(state.uncompensated == nil, "the tool said that it did not do it")
        #expect(throws: RunTransitionError.self, "not twice in one rollback") { try state.apply(proposal(3), at: at) }
    }

    @Test("an effect is compensated once, and only one that is to be taken back")
    func compensatedOnce() throws {
        var state = try state()
        let fields = EffectCompensated(effect: effect(2), how: .neverHappened)
        try state.apply(.effectCompensated(fields), at: at)
        #expect(throws: RunTransitionError.self) { try state.apply(.effectCompensated(fields), at: at) }
        let other = EffectCompensated(effect: effect(8), how: .before)
        #expect(throws: RunTransitionError.self) { try state.apply(.effectCompensated(other), at: at) }
    }

    @Test("only a rollback takes a plan, and only for the run that it takes back")
    func onlyRollbacks() throws {
        var other = try state(source: "api")
        let request = RollbackRequested(of: original, by: "operator:olga", reason: body, steps: [])
        #expect(throws: RunTransitionError.self) { try other.apply(.rollbackRequested(request), at: at) }
        #expect(throws: RunTransitionError.self) { try other.apply(proposal(3), at: at) }
        var state = try state()
        let elsewhere = RollbackRequested(of: run, by: "operator:olga", reason: body, steps: [])
        #expect(throws: RunTransitionError.self) { try state.apply(.rollbackRequested(elsewhere), at: at) }
        try state.apply(.rollbackRequested(request), at: at)
        #expect(state.rollback?.left.isEmpty == true)
    }

    @Test("a cancelled rollback is not over while an undo is in doubt")
    func doubtKeepsIt() throws {
        var state = try state()
        try state.apply(proposal(3), at: at)
        try state.apply(
            .actionDecided(
                ActionDecided(action: 1, outcome: .allow, code: "policy.allowed", rule: nil, policy: [7])), at: at)
        try state.apply(.effectStarted(EffectStarted(action: 1, attempt: 1, repeatability: .never)), at: at)
        try state.apply(
            .effectInDoubt(EffectInDoubt(action: 1, code: "timeout", detail: body, verifyAt: nil)), at: at)
        try state.apply(.cancelRequested(CancelRequested(by: "operator:olga", reason: "stop")), at: at)
        #expect(state.pendingEffects.isEmpty)
        try state.apply(
            .effectVerified(
                EffectVerified(
                    action: 1, answer: .happened, by: "operator:olga", detail: body, label: Label([.reviewer]))),
            at: at)
        #expect(state.uncompensated?.effect == effect(3))
        #expect(state.pendingEffects == [.finishCancelled])
    }
}
