package import BallastCore
import BallastPolicy

/// A call that a person makes in a run that was handed over.
package struct WorkByHand: Sendable, Hashable {
    package let tool: String
    /// Canonical.
    let bytes: [UInt8]
    /// The attempt of the agent whose form it was made with.
    package let form: UInt32?

    package init(tool: String, arguments: JSONValue, form: UInt32? = nil) {
        self.init(tool: tool, bytes: JSONWriter.canonical(arguments), form: form)
    }

    init(tool: String, bytes: [UInt8], form: UInt32?) {
        self.tool = tool
        self.bytes = bytes
        self.form = form
    }
}

/// Where an action by hand stands.
package struct HandOutcome: Sendable {
    package let action: ActionID
    package let tool: String
    package let by: Principal
    package var arguments: JSONValue = .null
    /// nil while it is open.
    package var end: ActionEnd?
    /// What the tool answered, or why it was not done.
    package var answer: String?
    package var isError = false
    /// The decision that it waits for.
    package var wait: ApprovalWait?
    package var isInDoubt = false

    /// One word for programs.
    package var standing: String {
        if let end { return end.name }
        if let wait { return wait.gate == .confirm ? "waiting_confirm" : "waiting_approval" }
        return isInDoubt ? "in_doubt" : "under_way"
    }
}

/// What people say and do about runs that were handed over.
extension AgentRuntime {
    /// Actions by hand that may be open at once, and in a run at all.
    private static let openWork = 8
    private static let mostWork = 200
    /// Milliseconds for which an answer is waited for.
    private static let patience: Int64 = 10_000

    /// Takes a run that was handed over; answers who has it now. What somebody else took stays theirs unless it is
    /// taken over.
    package func claim(
        _ run: RunID, by person: Principal, takingOver: Bool = false, scope: TenantScope
    ) async throws(RuntimeError) -> Principal {
        let state = try await handedOver(run, to: person, scope: scope)
        if let holder = state.takeover?.claimedBy {
            if holder == person { return holder }
            guard takingOver else { throw AgentRuntime.taken(run, by: holder) }
        }
        try await deliver(
            .claim(by: person, takingOver: takingOver), to: run, key: "claim/\(newID(InboxKind.self))", scope: scope)
        let before = state.takeover?.claimedBy
        let (_, holder) = try await follow(state, scope: scope) { state in
            state.takeover?.claimedBy.flatMap { $0 == before ? nil : $0 }
        }
        guard let holder else {
            throw RuntimeError(
                .unavailable, "It is on record that \(person) takes \(run); the run has not taken that in yet.",
                advice: "Look again in a moment: `ballast escalations show \(run)`.")
        }
        guard holder == person else { throw AgentRuntime.taken(run, by: holder) }
        return holder
    }

    /// Words of the person who has the run, for its principal.
    package func reply(
        _ text: String, in run: RunID, by person: Principal, uniqueKey: String? = nil, scope: TenantScope
    ) async throws(RuntimeError) {
        guard text.contains(where: { !$0.isWhitespace }), text.utf8.count <= AgentRuntime.longestText else {
            throw RuntimeError(
                .invalid, "A reply has words, and at most \(AgentRuntime.longestText) bytes of them.",
                advice: "Say what the principal is to read.")
        }
        _ = try await holding(run, person, scope: scope)
        try await deliver(
            .reply(text: text, by: person), to: run, key: uniqueKey ?? "reply/\(newID(InboxKind.self))", scope: scope)
    }

    /// Proposes an action in a run that this person took, and waits for a while for what becomes of it. Equal unique
    /// keys are one action.
    package func act(
        _ work: WorkByHand, in run: RunID, by person: Principal, uniqueKey: String? = nil, scope: TenantScope
    ) async throws(RuntimeError) -> HandOutcome {
        let state = try await holding(run, person, scope: scope)
        let callID = "hand_" + (uniqueKey.map { Digest.sha256(Array($0.utf8)).description.prefix(20) } ?? randomName)
        if AgentRuntime.find(callID, in: state) == nil {
            try check(work, state)
            try await deliver(
                .byHand(work, callID: callID, by: person), to: run, key: "act/\(callID)", scope: scope)
        }
        let (last, _) = try await follow(state, scope: scope) { state in
            AgentRuntime.find(callID, in: state)?.isSettled == true ? true : nil
        }
        guard let found = AgentRuntime.find(callID, in: last) else {
            throw RuntimeError(
                .unavailable, "\(work.tool) is on record and the run has not taken it in yet.",
                advice: "See `ballast escalations show \(run)`.")
        }
        return try await outcome(found, in: last, scope: scope)
    }

    private var randomName: Substring { Substring(String(randomBits(), radix: 36) + String(randomBits(), radix: 36)) }

    // MARK: Checks

    /// The state of a run that a person may take: it was handed over, and not to the one it is for.
    private func handedOver(
        _ run: RunID, to person: Principal, scope: TenantScope
    ) async throws(RuntimeError) -> RunState {
        let state = try await read(run, scope: scope)
        guard !state.isFinished else {
            throw RuntimeError(
                .finished, "\(run) is over (\(state.status.name)).", advice: "See `ballast show \(run)`.")
        }
        guard state.escalation != nil, let created = state.created else {
            throw RuntimeError(
                .conflict, "\(run) is \(state.status.name): no person has it.",
                advice: "Hand it off first: `ballast handoff \(run)`.")
        }
        guard person != created.principal else {
            throw RuntimeError(
                .forbidden, "\(run) is a task of \(person), and nobody takes over their own.",
                advice: "Somebody else on the operator's side takes it.")
        }
        guard !state.isGateway || person != created.startedBy else {
            throw RuntimeError(
                .forbidden, "\(run) is driven by an agent outside with the key of \(person).",
                advice: "A person with another key takes it.")
        }
        return state
    }

    private func holding(
        _ run: RunID, _ person: Principal, scope: TenantScope
    ) async throws(RuntimeError) -> RunState {
        let state = try await handedOver(run, to: person, scope: scope)
        guard let holder = state.takeover?.claimedBy else {
            throw RuntimeError(
                .conflict, "Nobody has taken \(run) yet.", advice: "Take it first: `ballast claim \(run)`.")
        }
        guard holder == person else { throw AgentRuntime.taken(run, by: holder) }
        return state
    }

    private static func taken(_ run: RunID, by holder: Principal) -> RuntimeError {
        RuntimeError(
            .conflict, "\(holder) has taken \(run).",
            advice: "Talk to them; `ballast claim \(run) --take-over` takes it from them, on record.")
    }

    private func check(_ work: WorkByHand, _ state: RunState) throws(RuntimeError) {
        let run = state.run
        guard !state.isRollback else {
            throw RuntimeError(
                .conflict, "\(run) takes back what another run did, and does nothing else.",
                advice: "Settle what is in doubt, then `ballast rollback` again.")
        }
        guard state.cancelRequest == nil else {
            throw RuntimeError(.conflict, "\(run) is being cancelled.", advice: "See `ballast show \(run)`.")
        }
        if let created = state.created, let halt = gate.halt(of: created.haltScopes(of: run).union([.tool(work.tool)]))
        {
            throw RuntimeError(
                .halted, "Nothing is sent: \(halt.reason) (\(halt.id)).",
                advice: "After review: `ballast resume \(halt.id) --reason TEXT`.")
        }
        guard deployment.now.catalog[work.tool]?.agent == nil,
            ![RunDriver.BuiltIn.askUser, RunDriver.BuiltIn.handOver, RunDriver.BuiltIn.takeBack].contains(work.tool)
        else {
            throw RuntimeError(
                .invalid, "\(work.tool) is no tool that a person calls.",
                advice: "`ballast escalations show \(run)` lists those that can be called.")
        }
        guard work.bytes.count <= options.argumentBytes, work.bytes.first == UInt8(ascii: "{") else {
            throw RuntimeError(
                .invalid, "The arguments are to be one JSON object of at most \(options.argumentBytes) bytes.",
                advice: "Give an object that fits the tool's schema; nothing was done.")
        }
        let open = state.batch.count { $0.hand != nil && !$0.isClosed }
        guard open < AgentRuntime.openWork,
            open + state.history.count(where: { $0.hand != nil }) < AgentRuntime.mostWork
        else {
            throw RuntimeError(
                .conflict,
                "\(open) actions by hand are open in \(run); \(AgentRuntime.openWork) may be, and \(AgentRuntime.mostWork) in all.",
                advice: "Wait for what is open, or end the run.")
        }
    }

    // MARK: Reading

    func read(_ run: RunID, scope: TenantScope) async throws(RuntimeError) -> RunState {
        do {
            let state = try await RunReader(store).state(of: run, scope: scope)
            guard state.created != nil else {
                throw RuntimeError(.notFound, "There is no run \(run).", advice: "See `ballast runs`.")
            }
            return state
        } catch let failure as RuntimeError {
            throw failure
        } catch let failure as StoreError {
            throw RuntimeError(failure)
        } catch {
            throw RuntimeError(
                .conflict, "\(run) cannot be read: \(error).", advice: "Restore the last backup, and check the disk.")
        }
    }

    /// Follows the journal, bounded, until something is found in the run.
    private func follow<Value: Sendable>(
        _ start: RunState, scope: TenantScope, _ found: (RunState) -> Value?
    ) async throws(RuntimeError) -> (state: RunState, found: Value?) {
        // A reader's own fold; the run itself moves elsewhere.
        var seen = start
        let end = clock.monotonic + AgentRuntime.patience
        while true {
            if let value = found(seen) { return (seen, value) }
            guard clock.monotonic < end, (try? await clock.sleep(milliseconds: 10)) != nil else { return (seen, nil) }
            do {
                let entries = try await RunReader(store).entries(of: start.run, after: seen.sequence, scope: scope)
                for entry in entries { try seen.apply(try EntryCodec.decode(entry, of: start.run), at: entry.at) }
            } catch let failure as StoreError {
                throw RuntimeError(failure)
            } catch {
                throw RuntimeError(
                    .conflict, "\(start.run) cannot be read: \(error).",
                    advice: "Restore the last backup, and check the disk.")
            }
        }
    }

    private enum Found {
        case open(ActionState)
        case over(ActionSummary)

        /// Nothing more comes of it without a person.
        var isSettled: Bool {
            guard case .open(let action) = self else { return true }
            switch action.stage {
            case .waiting, .inDoubt: return true
            default: return false
            }
        }
    }

    private static func find(_ callID: String, in state: RunState) -> Found? {
        if let open = state.batch.first(where: { $0.proposal.callID == callID }) { return .open(open) }
        return state.history.last { $0.callID == callID && $0.end != .superseded }.map(Found.over)
    }

    private func outcome(
        _ found: Found, in state: RunState, scope: TenantScope
    ) async throws(RuntimeError) -> HandOutcome {
        switch found {
        case .open(let action):
            let contents = try await contents([action.proposal.arguments], scope: scope)
            var outcome = HandOutcome(
                action: ActionID(run: state.run, ordinal: action.ordinal), tool: action.proposal.tool,
                by: action.hand?.by ?? .ballast)
            outcome.arguments = contents.json(action.proposal.arguments) ?? .null
            if case .waiting(let wait) = action.stage { outcome.wait = wait }
            outcome.isInDoubt = action.stage.isInDoubt
            return outcome
        case .over(let past):
            let contents = try await contents([past.arguments, past.result].compactMap(\.self), scope: scope)
            var outcome = HandOutcome(
                action: ActionID(run: state.run, ordinal: past.ordinal), tool: past.tool,
                by: past.hand?.by ?? .ballast)
            outcome.arguments = contents.json(past.arguments) ?? .null
            (outcome.end, outcome.isError) = (past.end, past.isError)
            outcome.answer = past.result.flatMap { contents.text($0) }
            return outcome
        }
    }
}
