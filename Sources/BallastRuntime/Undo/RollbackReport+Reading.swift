import BallastCore

extension RollbackReport {
    /// The effects as the ledger has them, with what could be done about each.
    static func items(
        of survey: RollbackSurvey, _ deployment: Deployment, _ contents: OpenedBodies
    ) -> [Item] {
        survey.effects.map { done in
            var item = Item(effect: done.effect, tool: done.tool, agent: done.agent, state: .left)
            if done.state == .compensated {
                item.state = .undone
                return item
            }
            switch UndoPlan.of(done, deployment, open: contents.bytes) {
            case .call(let tool, let arguments, _, _): item.undo = (tool, arguments)
            case .inDoubt:
                item.state = .inDoubt
                item.why = "it is not known whether it happened"
            case .impossible(let obstacle, let why):
                item.state = .impossible
                (item.code, item.why) = (obstacle.rawValue, why)
            }
            return item
        }
    }

    /// Adds what a rollback did or is doing.
    mutating func overlay(_ state: RunState, _ contents: OpenedBodies) {
        guard let rollback = state.rollback else { return }
        for index in items.indices {
            let effect = items[index].effect
            if let closed = rollback.closed.first(where: { $0.effect == effect }) {
                items[index].through = items[index].through ?? closed.through
            }
            guard items[index].state == .left else { continue }
            if let action = state.batch.first(where: { $0.proposal.callID == effect.description }) {
                items[index].show(action, in: state)
            } else if let attempt = state.attempt(toUndo: effect) {
                items[index].show(attempt, in: state, contents)
            }
        }
    }
}

extension RollbackReport.Item {
    fileprivate mutating func show(_ action: ActionState, in rollback: RunState) {
        through = EffectID(run: rollback.run, ordinal: action.ordinal)
        switch action.stage {
        case .waiting(let wait):
            state = .waiting
            approval = ApprovalID(run: rollback.run, ordinal: wait.approval)
            why = wait.gate == .confirm ? "it waits for a confirmation" : "it waits for an approval"
        case .inDoubt:
            state = .inDoubt
            why = "it is not known whether \(action.proposal.tool) happened"
        default: state = .underWay
        }
    }

    fileprivate mutating func show(
        _ attempt: ActionSummary, in rollback: RunState, _ contents: OpenedBodies
    ) {
        guard attempt.end != .done else { return }
        state = .failed
        through = EffectID(run: rollback.run, ordinal: attempt.ordinal)
        let said = UndoFailure(attempt, contents.bytes)
        (code, why) = (said.code, said.words)
    }
}

/// Why an effect was not taken back, from what its undo was answered with.
struct UndoFailure {
    let code: String
    let words: String
    /// The effect that stands for the same, if that is why.
    let standing: EffectID?

    init(_ attempt: ActionSummary, _ open: (BodyReference) -> [UInt8]?) {
        let content = attempt.result.flatMap(open) ?? []
        let document = try? JSONReader.read(content)
        let said =
            document?["message"]?.string ?? document?["error"]?.string ?? String(decoding: content, as: UTF8.self)
        let short = said.prefix(300).trimmingDots
        code = document?["code"]?.string ?? attempt.end.name
        words = attempt.end == .failed ? "\(attempt.tool) failed: \(short)" : "\(attempt.tool) was not done: \(short)"
        standing = document?["effect_id"]?.string.flatMap { try? EffectID(parsing: $0) }
    }
}

extension Substring {
    /// Without the end of its sentence, so that it can stand inside another one.
    fileprivate var trimmingDots: String {
        var text = self
        while text.last == "." || text.last == " " { text.removeLast() }
        return String(text)
    }
}
