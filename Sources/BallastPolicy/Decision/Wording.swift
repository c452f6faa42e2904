import BallastCore

/// Sentences that decisions are explained with, in one place.
enum Wording {
    /// `a`, `a and b`, `a, b and c`.
    static func list(_ items: [String], last: String) -> String {
        guard let end = items.last, items.count > 1 else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " \(last) " + end
    }

    static func wouldBeAllowed(
        _ tool: String, outcome: Outcome, reasons: [PolicyReason], approvals: [ApprovalRequirement]
    ) -> String {
        switch outcome {
        case .allow: return "\(tool) runs as it is."
        case .confirm: return "\(tool) runs after a confirmation."
        case .approve:
            return "\(tool) runs after approval by \(list(approvals.map(\.words), last: "and"))."
        case .deny: return afterDenial(tool, reasons.filter { $0.outcome == .deny })
        }
    }

    private static func afterDenial(_ tool: String, _ denials: [PolicyReason]) -> String {
        let remedies = denials.map(\.remedy)
        guard !remedies.contains(nil) else { return "No form of this action is allowed here." }
        return "\(tool) can go ahead if \(list(remedies.compactMap(\.self), last: "and"))."
    }
}

extension ToolEntry {
    /// The reason that the class itself gives.
    func floorReason(_ tool: String, lacking gaps: [Groundedness.Gap]) -> PolicyReason {
        let why = gaps.isEmpty ? "" : " Not as asked: \(Wording.list(gaps.prefix(3).map(\.words), last: "and"))."
        let sentence =
            switch toolClass {
            case .safe: "\(tool) is safe: it runs without asking."
            case .risky: "\(tool) is risky: the principal confirms it.\(why)"
            case .dangerous: "\(tool) is dangerous: a reviewer approves it every time.\(why)"
            }
        return PolicyReason(
            rule: "class:\(toolClass.name)", outcome: toolClass.floor,
            code: toolClass == .safe ? .allowed : .classFloor, sentence: sentence)
    }
}
