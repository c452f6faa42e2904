import BallastCore

/// What was done, not done, is in doubt and was withdrawn: in plain words, for every end of a run.
struct RunAccount {
    let done: [String]
    /// Done, and not as it should be afterwards.
    let unexpected: [String]
    let notDone: [String]
    let inDoubt: [String]
    let withdrawn: [String]

    /// What the principal can do about what was not done.
    enum Options {
        /// Try again, do it by hand, or ask for a person.
        case all
        case none
    }

    /// The account of a run that is not over; `counts` chooses the tools.
    init(_ state: RunState, counts: (String) -> Bool = { _ in true }) {
        let byHand = HandWorkDone(state)
        let (history, open) = (
            state.history.filter { counts($0.tool) && !byHand.standsFor($0) },
            state.batch.filter { !$0.isClosed && counts($0.proposal.tool) }
        )
        func tools(_ ends: Set<ActionEnd>) -> [String] { history.filter { ends.contains($0.end) }.map(\.tool) }
        done = history.filter { $0.end == .done && !$0.isError }.map {
            $0.hand == nil ? $0.tool : "\($0.tool) (by hand)"
        }
        unexpected = history.filter { $0.end == .done && $0.isError }.map(\.tool)
        notDone =
            tools([.denied, .rejected, .expired, .failed])
            + open.filter { !$0.stage.isInDoubt && !$0.stage.mayBeUnderWay }.map(\.proposal.tool)
        inDoubt = open.filter { $0.stage.isInDoubt || $0.stage.mayBeUnderWay }.map(\.proposal.tool)
        withdrawn = tools([.withdrawn])
    }

    /// Something that was to be done in the world was not done.
    var hasGaps: Bool { !(notDone + withdrawn + inDoubt + unexpected).isEmpty }

    /// Something happened in the world, or may have.
    var hasSubstance: Bool { !(done + unexpected + inDoubt).isEmpty }

    func sentences(opening: String, options: Options = .all) -> String {
        var parts = [opening.hasSuffix(".") ? opening : opening + "."]
        if !done.isEmpty { parts.append("Done: \(list(done)).") }
        if !unexpected.isEmpty { parts.append("Done, but not as it should be afterwards: \(list(unexpected)).") }
        if done.isEmpty, unexpected.isEmpty { parts.append("Nothing was done.") }
        if !notDone.isEmpty { parts.append("Not done: \(list(notDone)).") }
        if !withdrawn.isEmpty { parts.append("Withdrawn before it was sent: \(list(withdrawn)).") }
        if !inDoubt.isEmpty {
            parts.append(
                "Not known yet whether it happened: \(list(inDoubt)); it will not be repeated before that is known.")
        }
        if options == .all, !(notDone + withdrawn + inDoubt).isEmpty || done.isEmpty {
            parts.append("You can try again later, do it by hand, or ask for a person.")
        }
        return parts.joined(separator: " ")
    }

    private func list(_ tools: [String]) -> String { ToolList.words(tools) }
}

/// What people did by hand in a run: an attempt that came to nothing is not told of beside what was done in its place.
struct HandWorkDone {
    private struct Call: Hashable {
        let tool: String
        let arguments: BodyReference
    }
    private var forms: Set<UInt32> = []
    private var calls: Set<Call> = []

    init(_ state: RunState) {
        for past in state.history where past.hand != nil && past.end == .done && !past.isError {
            if let form = past.hand?.form { forms.insert(form) }
            calls.insert(Call(tool: past.tool, arguments: past.arguments))
        }
    }

    /// The attempt was not done, and this was in its place.
    func standsFor(_ past: ActionSummary) -> Bool {
        guard !calls.isEmpty, past.end != .done else { return false }
        return forms.contains(past.ordinal) || calls.contains(Call(tool: past.tool, arguments: past.arguments))
    }
}

extension ActionStage {
    /// Sent, or about to be, and no answer yet.
    fileprivate var mayBeUnderWay: Bool {
        switch self {
        case .started, .foreign: true
        case .retrying(let progress, _): progress.mayHaveHappened
        default: false
        }
    }
}
