package import BallastCore

/// What was taken back of a run, what is left, and what cannot be, effect by effect: what happened last comes first.
package struct RollbackReport: Sendable {
    package enum State: String, Sendable, Hashable, CaseIterable {
        /// Nothing stands of it any more.
        case undone
        /// It is being taken back.
        case underWay = "under_way"
        /// People are asked about taking it back.
        case waiting
        /// Nobody knows whether it happened, or whether taking it back did.
        case inDoubt = "in_doubt"
        /// It was to be taken back, and was not.
        case failed
        case left
        case impossible
    }

    /// What the guard says of an undo now.
    package struct Rehearsed: Sendable, Hashable {
        package let outcome: Outcome
        package let code: String
        package let sentence: String
    }

    package struct Item: Sendable {
        package let effect: EffectID
        package let tool: String
        package let agent: String
        package var state: State
        /// The call that takes it back, with exactly these arguments.
        package var undo: (tool: String, arguments: JSONValue)?
        package var code: String?
        package var why: String?
        /// The effect that took it back, or is to.
        package var through: EffectID?
        package var approval: ApprovalID?
        package var rehearsed: Rehearsed?
    }

    package let run: RunID
    /// The run that takes it back, or did so last.
    package internal(set) var rollback: RunID?
    package internal(set) var status: RunStatus?
    /// What it said at its end.
    package internal(set) var text: BodyReference?
    /// Why nothing can be taken back now; nil when it can.
    package internal(set) var obstacle: String?
    package internal(set) var items: [Item] = []

    package init(run: RunID) { self.run = run }

    package func items(_ states: State...) -> [Item] { items.filter { states.contains($0.state) } }
    /// Something could be taken back.
    package var hasWork: Bool { items.contains { [.left, .failed, .inDoubt].contains($0.state) } }
}

/// The end of a rollback in plain words.
struct RollbackAccount {
    let progress: RollbackProgress
    /// The step that stopped it, and why.
    let stopped: (effect: EffectID, why: String)?
    /// The undo that was done and is not as it should be afterwards.
    var unexpected: String?
    /// The words of bodies.
    let text: (BodyReference) -> String

    var isComplete: Bool { progress.left.isEmpty && progress.impossible.isEmpty && unexpected == nil }

    /// Why it stopped may be in the words of the tool that would not take it back.
    var label: Label { Label(stopped == nil ? [.configuration] : [.configuration, .untrustedTool]) }

    var sentences: String {
        var parts: [String] = []
        let (undone, never) = (closed { $0 != .neverHappened }, closed { $0 == .neverHappened })
        parts.append(undone.isEmpty ? "I took back nothing." : "I took back: \(ToolList.words(undone)).")
        if !never.isEmpty { parts.append("It turned out not to have happened: \(ToolList.words(never)).") }
        if let unexpected { parts.append("Done, but not as it should be afterwards: \(unexpected).") }
        var refused = progress.impossible.map { step in
            if case .impossible(_, let why) = step.way { "\(step.tool) (\(text(why)))" } else { step.tool }
        }
        if let stopped, let step = progress.step(of: stopped.effect) {
            refused.insert("\(step.tool) (\(stopped.why))", at: 0)
        }
        if !refused.isEmpty { parts.append("I could not take back: \(ToolList.words(refused)).") }
        let left = progress.left.filter { $0.effect != stopped?.effect }.map(\.tool)
        if !left.isEmpty { parts.append("Not taken back yet: \(ToolList.words(left)).") }
        return parts.joined(separator: " ")
    }

    private func closed(_ isWanted: (EffectCompensated.How) -> Bool) -> [String] {
        progress.closed.filter { isWanted($0.how) }.compactMap { progress.step(of: $0.effect)?.tool }
    }
}

/// Names of tools in a sentence, each once.
enum ToolList {
    static func words(_ tools: [String]) -> String {
        var counts: [(String, Int)] = []
        for tool in tools {
            if let index = counts.firstIndex(where: { $0.0 == tool }) {
                counts[index].1 += 1
            } else {
                counts.append((tool, 1))
            }
        }
        return counts.map { $0.1 == 1 ? $0.0 : "\($0.0) (\($0.1) times)" }.joined(separator: ", ")
    }
}
