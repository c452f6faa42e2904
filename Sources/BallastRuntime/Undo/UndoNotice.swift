import BallastCore
import BallastPolicy

/// What is said of taking an action back before it is done.
struct UndoNotice {
    let document: JSONValue
    let isPossible: Bool
}

extension RunDriver {
    /// Whether what the action does can be taken back, and with which call; or why not.
    func undoNotice(of action: ActionState, _ arguments: JSONValue) -> UndoNotice {
        let tool = action.proposal.tool
        if let obstacle = UndoPlan.obstacle(to: tool, agent.policy, deployment) {
            return UndoNotice(
                document: ["possible": false, "code": JSONValue(obstacle.0.rawValue), "why": JSONValue(obstacle.1)],
                isPossible: false)
        }
        guard let undo = agent.policy.rules(for: tool).undo else {
            return UndoNotice(document: ["possible": false], isPossible: false)
        }
        let effect = EffectID(run: run, ordinal: action.ordinal)
        return UndoNotice(
            document: [
                "possible": true, "tool": JSONValue(undo.tool),
                "with": undo.preview(arguments: arguments, effect: effect),
            ], isPossible: true)
    }

    /// What of the things done can be taken back, for the end of a run that did not do all it was asked for.
    var takeBackSentence: String {
        let done = state.history.filter { $0.end == .done && agent.policy.toolClass(of: $0.tool) != .safe }.map(\.tool)
        let possible = done.filter { UndoPlan.obstacle(to: $0, agent.policy, deployment) == nil }
        guard !possible.isEmpty else { return "" }
        let rest = done.filter { !possible.contains($0) }
        return " What can be taken back: \(ToolList.words(possible))."
            + (rest.isEmpty ? "" : " What cannot: \(ToolList.words(rest)).")
    }
}
