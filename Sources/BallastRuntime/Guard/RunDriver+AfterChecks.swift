import BallastCore
import BallastPolicy

/// What must be so after a tool did its work: looked at before the next step, each look on record. The effect stays
/// settled as what it is; what the model reads is an error that says what was expected and what was found.
extension RunDriver {
    /// How many conditions an outcome has to meet; none when the tool itself says that it failed.
    func afterChecks(of tool: String, isError: Bool) -> Int {
        isError ? 0 : agent.policy.rules(for: tool).postConditions.count
    }

    mutating func checkAfter(_ ordinal: UInt32) async throws(DriverStop) {
        guard let action = state.action(ordinal), case .checking(let checking) = action.stage else { return }
        let tool = action.proposal.tool
        let conditions = agent.policy.rules(for: tool).postConditions
        // The policy may state fewer now than when the effect was settled.
        guard conditions.count >= checking.left else {
            return try note(after: tool, [], "not stated any more", complaint: nil, action: action)
        }
        switch conditions[conditions.count - checking.left] {
        case .result(let tests):
            let answer = session.bytes(of: checking.result).flatMap { try? JSONReader.read($0) } ?? .null
            let complaint = PostCondition.result(tests).complaint(about: answer)
            try note(after: tool, [], session.text(of: checking.result), complaint: complaint, action: action)
        case .check(let name, let with, let expect):
            try await look(with: name, with, expect, action: action, result: checking.result)
        }
    }

    private mutating func look(
        with name: String, _ bound: [BoundArgument], _ expect: [FieldPath: ValueTest], action: ActionState,
        result: BodyReference
    ) async throws(DriverStop) {
        let effect = EffectID(run: run, ordinal: action.ordinal)
        let own = session.bytes(of: action.proposal.arguments).flatMap { try? JSONReader.read($0) } ?? .null
        let said = session.bytes(of: result).flatMap { try? JSONReader.read($0) }
        let arguments = bound.object(arguments: own, result: said, idempotencyKey: effect.description)
        let bytes = arguments.map { JSONWriter.canonical($0) } ?? []
        guard arguments != nil, let tool = deployment.catalog[name], tool.isPinned,
            agent.policy.toolClass(of: name) == .safe
        else {
            let why = "\(name) could not be asked, so it is not known whether it is as expected"
            return try note(after: name, bytes, "not asked", complaint: why, action: action)
        }
        let outcome = await ask(tool, bytes, as: effect)
        guard case .result(let answer) = outcome, !answer.isError else {
            // Under a halt nothing is asked; it is asked when the run goes on.
            if services.gate.halt(of: sendScopes(name)) != nil { return }
            let why = "\(name) gave no answer, so it is not known whether it is as expected"
            return try note(after: name, bytes, "no answer", complaint: why, action: action)
        }
        let found = answer.structured ?? (try? JSONReader.read(Array(answer.content.utf8))) ?? .null
        let complaint = PostCondition.check(tool: name, with: bound, expect: expect).complaint(about: found)
        try note(
            after: name, bytes, answer.content, complaint: complaint.map { "\($0) in what \(name) answers" },
            action: action)
    }

    private mutating func note(
        after tool: String, _ arguments: [UInt8], _ answer: String, complaint: String?, action: ActionState
    ) throws(DriverStop) {
        let body =
            complaint.map { session.seal(JSONWriter.canonical(failure($0, of: action))) }
            ?? session.seal(Array(answer.utf8.prefix(options.resultBytes)))
        try record(
            .guardChecked(
                GuardChecked(
                    action: action.ordinal, purpose: GuardChecked.after, tool: tool,
                    arguments: session.seal(arguments), result: body, passed: complaint == nil)))
        // What a person did says nothing of the agent.
        guard let complaint, action.hand == nil else { return }
        noteIncident(
            action.proposal.tool, of: agent.definition.name, effect: EffectID(run: run, ordinal: action.ordinal),
            by: .ballast, "not as it should be afterwards: \(complaint)")
    }

    /// What the model reads in place of the result.
    private func failure(_ complaint: String, of action: ActionState) -> JSONValue {
        guard case .checking(let checking) = action.stage else { return .null }
        return [
            "code": JSONValue(DecisionCode.after.rawValue),
            "action_id": JSONValue(ActionID(run: run, ordinal: action.ordinal).description),
            "effect_id": JSONValue(EffectID(run: run, ordinal: action.ordinal).description),
            "message": JSONValue("\(action.proposal.tool) ran, but it is not as it should be: \(complaint)."),
            "result": JSONValue(String(session.text(of: checking.result).prefix(4_000))),
            "would_be_allowed": JSONValue(
                "Do not repeat it: it was done. Look at what is there now, mend what is wrong, or tell the user."),
        ]
    }
}
