import BallastCore
import BallastRuntime
import HTTPTypes

/// What people say to a run. These answer when the words are on record; the run takes them right after.
extension RunRoutes {
    private static let accepted = APIOperation.Answer.json(202, "RunSummary", "On record; the run takes it next.")
    static let operators: Set<KeyScope> = [.approve, .admin]

    static var words: [APIOperation] { [input, cancel, handOff] }
    static var takeover: [APIOperation] { [handBack, finish] }

    static func operation(
        _ name: String, id: String, summary: String, scopes: Set<KeyScope>, body: String, isBodyOptional: Bool = false,
        of path: String = "/api/v1/runs/{run_id}/", tag: String = "runs",
        perform: @escaping @Sendable (APICall, RunHeader) async throws -> Void
    ) -> APIOperation {
        APIOperation(
            method: .post, path: path + name, id: id, tag: tag, summary: summary, scopes: scopes,
            body: body, isBodyOptional: isBodyOptional, answers: [accepted], problems: [409]
        ) { call in
            let header = try await call.visibleRun(try call.id("run_id"))
            // Whoever it was done for must not keep it from being taken back.
            let mayTouch = header.isRollback ? scopes.subtracting([.run]).union([.rollback]) : scopes
            guard call.caller.mayAny(mayTouch) else { throw Problem.missingScope(mayTouch) }
            try await perform(call, header)
            return .json(.object(try await RunRoutes.summary(of: header.run, call)), status: 202)
        }
    }

    private static let input = operation(
        "input", id: "sendRunInput", summary: "Words of the principal: an answer, or a change of mind.", scopes: [.run],
        body: "RunInput"
    ) { call, header in
        let principal = try call.actingPrincipal()
        guard principal == header.principal || call.caller.seesTenant else {
            throw Problem.missingScope([.actOnBehalfOf])
        }
        try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.input(
                call.required("text"), to: header.run, by: principal, scope: call.scope,
                isAsserted: principal == header.principal && vouches(call, for: principal, in: header),
                uniqueKey: call.idempotencyKey.map { "input/\(call.caller.key?.description ?? "")/\($0)" })
        }
    }

    /// What is said to the run of an outside agent may be said by that agent, so the key must be one that may vouch.
    private static func vouches(_ call: APICall, for principal: Principal, in header: RunHeader) -> Bool {
        let isOutside = call.runtime.deployment.now.agents[header.agent]?.definition.isGateway == true
        return isOutside ? call.caller.may(.taskAssert) : call.vouches(for: principal)
    }

    private static let cancel = operation(
        "cancel", id: "cancelRun", summary: "Ends the run: what is under way is settled, nothing new starts.",
        scopes: [.run, .halt, .admin], body: "RunReason", isBodyOptional: true
    ) { call, header in
        try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.cancel(
                header.run, by: call.caller.principal, reason: call.text("reason") ?? "asked for", scope: call.scope)
        }
    }

    private static let handOff = operation(
        "handoff", id: "handOffRun",
        summary: "Gives the run to a person: its agent does nothing more, and what was not done yet is withdrawn.",
        scopes: [.run, .approve, .admin],
        body: "RunReason", isBodyOptional: true
    ) { call, header in
        try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.handOff(
                header.run, by: call.caller.principal, reason: call.text("reason") ?? "A person was asked for.",
                scope: call.scope)
        }
    }

    private static let handBack = operation(
        "handback", id: "handBackRun", summary: "Gives an escalated run back to its agent.", scopes: operators,
        body: "Nothing", isBodyOptional: true, perform: giveBack)

    @Sendable static func giveBack(_ call: APICall, _ header: RunHeader) async throws {
        try mustBeFree(try await escalated(header, call), for: call.caller.principal)
        try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.handBack(header.run, by: call.caller.principal, scope: call.scope)
        }
    }

    private static let finish = operation(
        "finish", id: "finishRun",
        summary: "Ends an escalated run with what its principal is told, or an outside agent's run with its outcome.",
        scopes: operators.union([.run]), body: "RunEnd", perform: end)

    @Sendable static func end(_ call: APICall, _ header: RunHeader) async throws {
        let state = try await RunReader(call.store).state(of: header.run, scope: call.scope)
        if state.isGateway, state.escalation == nil, !state.isFinished {
            try mustBeSettled(state)
        } else {
            guard call.caller.mayAny(operators) else { throw Problem.missingScope(operators) }
            guard call.text("text") != nil else { throw Problem.invalid("/text", "say what the principal is told") }
            let state = try await escalated(header, call)
            try mustBeFree(state, for: call.caller.principal)
            try mustBeSettled(state)
        }
        let status = RunStatus(name: call.required("status")) ?? .failed
        try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.finish(
                header.run, as: status, text: call.text("text") ?? "The agent outside says: \(status.name).",
                by: call.caller.principal, scope: call.scope)
        }
    }

    /// The state of a run that a person has.
    private static func escalated(_ header: RunHeader, _ call: APICall) async throws -> RunState {
        let state = try await RunReader(call.store).state(of: header.run, scope: call.scope)
        guard !state.isFinished else {
            throw Problem.conflict(
                "finished", "\(header.run) is over (\(state.status.name)).",
                advice: "See `ballast show \(header.run)`.")
        }
        guard state.escalation != nil else {
            throw Problem.conflict(
                "not_escalated", "\(header.run) is \(state.status.name): no person has it.",
                advice: "Hand it off first: `ballast handoff \(header.run)`.")
        }
        return state
    }

    /// What somebody else has taken is theirs to end or to give back.
    private static func mustBeFree(_ state: RunState, for person: Principal) throws(Problem) {
        guard let holder = state.takeover?.claimedBy, holder != person else { return }
        throw .conflict(
            "claimed_by_other", "\(holder) has taken \(state.run).",
            advice: "Talk to them; `ballast claim \(state.run) --take-over` takes it from them, on record.")
    }

    /// A run ends when nothing of it is under way any more, but for what nobody may ever know. What was not done yet
    /// is withdrawn.
    private static func mustBeSettled(_ state: RunState) throws(Problem) {
        let open = state.batch.first { action in
            !action.isClosed && !action.stage.isUnsent && (!action.stage.isInDoubt || state.isRollback)
        }
        guard let open else { return }
        throw .conflict(
            "action_open", "\(open.proposal.tool) is under way in \(state.run).",
            advice: "Wait until its outcome is known (`ballast show \(state.run)`), then finish the run.")
    }
}
