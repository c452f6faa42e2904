import BallastCore
import BallastPolicy

/// How an all-or-nothing playbook would have ended with something done.
enum UnfinishedEnd {
    case handOff(String)
    case ended(RunStatus, String)
    /// A bound was used up.
    case stopped(code: String, sentence: String)
}

/// Playbooks that are all or nothing: one that does not succeed takes back what it did before it ends. The rollback is a
/// run of its own that this one waits for, as it waits for a sub-run.
extension RunDriver {
    /// Where the playbook stands from then on. No place of a step is spelled like this.
    private static let takingBack = [0]

    /// A playbook under way takes back what it did when it cannot go on.
    var isAllOrNothing: Bool {
        guard let step = state.playbook else { return false }
        return agent.playbooks.first { $0.name == step.playbook }?.isAllOrNothing ?? false
    }

    var isTakingBack: Bool { state.playbook?.cursor == RunDriver.takingBack }

    /// The action that stands for taking everything back: proposed below, and by nobody else.
    func takesBack(_ ordinal: UInt32) -> Bool {
        isTakingBack && state.action(ordinal)?.proposal.tool == BuiltIn.takeBack
    }

    /// Proposes to take back what was done before the playbook ends like this; false when there is nothing to take back.
    mutating func takeBackFirst(_ end: UnfinishedEnd) throws(DriverStop) -> Bool {
        guard isAllOrNothing, !isTakingBack, let playbook = state.playbook?.playbook, hasDoneSomething else {
            return false
        }
        try record(
            .playbookStepped(
                PlaybookStepped(
                    playbook: playbook, cursor: RunDriver.takingBack,
                    slots: session.seal(JSONWriter.canonical(end.document)),
                    proposal: ProposedAction(
                        callID: BuiltIn.takeBack, tool: BuiltIn.takeBack, arguments: session.seal("{}"),
                        label: Label([.configuration])))))
        return true
    }

    private var hasDoneSomething: Bool {
        state.history.contains { past in
            past.end == .done
                && (agent.policy.toolClass(of: past.tool) != .safe || deployment.catalog[past.tool]?.agent != nil)
        }
    }

    /// Creates the rollback in the commit in which this run begins to wait for it.
    mutating func startTakingBack(_ ordinal: UInt32) async throws(DriverStop) {
        // The plan is made from what is durable.
        try await flush()
        let (survey, contents): (RollbackSurvey, OpenedBodies)
        do {
            survey = try await RollbackSurvey.read(run, services.store, scope: session.scope)
            contents = try await survey.contents(services.store, session.vault, scope: session.scope)
        } catch let failure as StoreError {
            throw .store(failure)
        } catch {
            throw .broken("what was done cannot be read back: \(error)")
        }
        let child = takingBackRun
        var driver = RunDriver(
            services: services, handle: RunHandle(run: child, leaseEnds: .min), agent: agent, deployment: deployment,
            session: RunSession(
                state: RunState(run: child), scope: session.scope, vault: session.vault,
                lease: Lease(run: child, fence: 0)))
        let order = RollbackOrder(
            of: survey.run, by: .ballast, reason: "the playbook \(state.playbook?.playbook ?? "") is all or nothing",
            parent: ActionID(run: run, ordinal: ordinal))
        guard try driver.recordRollback(order, survey, contents) else {
            return try withdraw(ordinal, code: "cancelled", "There is nothing to take back.")
        }
        let batch = driver.session.takeBatch(releasing: false)
        try record(
            .subRunStarted(
                SubRunStarted(
                    action: ordinal, run: child, agent: agent.definition.name, approval: nil,
                    budget: driver.state.created?.budget ?? RunBudget())))
        session.require(services.gate.epochs(of: scopes))
        session.create(NewRun(run: child, entries: batch.entries, bodies: batch.bodies, header: batch.header))
    }

    private var takingBackRun: RunID { RollbackOrigin.run(of: run, round: 0, at: state.createdAt) }

    /// The end of the playbook once what it did is taken back; a person gets what could not be.
    mutating func concludeTakingBack() async throws(DriverStop) {
        let status: RunStatus?
        do {
            status = try await services.store.header(of: takingBackRun, scope: session.scope)?.status
        } catch {
            throw .store(error)
        }
        let said = state.history.last { $0.tool == BuiltIn.takeBack }?.result.map { session.text(of: $0) } ?? ""
        let end = state.playbook.flatMap { session.bytes(of: $0.slots) }.flatMap { try? JSONReader.read($0) }
        let opening = end?["text"]?.string ?? "I could not finish this."
        guard status == .succeeded else { return try escalate("rollback_incomplete", "\(opening) \(said)") }
        // Nothing is half done, and what was asked for is not done either: somebody may do it by hand. A person's no is
        // the end.
        if end?["status"] == nil, end?["code"] == nil, !agent.definition.escalation.isEmpty,
            !state.history.contains(where: { $0.end == .rejected })
        {
            return try escalate("playbook", "\(opening) \(said)")
        }
        try finish(
            end?["status"]?.string.flatMap { RunStatus(name: $0) } ?? .failed,
            code: end?["code"]?.string ?? "rolled_back",
            text: "\(opening) \(said) You can try again later, or ask for a person.", label: Label([.configuration]))
    }
}

extension UnfinishedEnd {
    /// As the journal keeps it until everything is taken back.
    fileprivate var document: JSONValue {
        switch self {
        case .handOff(let reason):
            ["text": JSONValue("I could not finish this: \(reason)\(reason.hasSuffix(".") ? "" : ".")")]
        case .ended(let status, let text): ["status": JSONValue(status.name), "text": JSONValue(text)]
        case .stopped(let code, let sentence): ["code": JSONValue(code), "text": JSONValue(sentence)]
        }
    }
}

extension GuardVerdict {
    /// What takes back is judged by itself, each undo for its own.
    static var allOrNothing: GuardVerdict {
        GuardVerdict(
            outcome: .allow, code: .allowed, sentence: "The playbook is all or nothing.", remedy: "nothing is needed")
    }
}
