import BallastCore

extension Policy {
    /// Levels that contradict themselves or the terms of a relaxation.
    func autonomyProblems() -> [PolicyDiagnostic] { tools.keys.sorted().flatMap(autonomyProblems) }

    private func autonomyProblems(_ tool: String) -> [PolicyDiagnostic] {
        guard let rule = tools[tool]?.autonomy else { return [] }
        func problem(_ key: String, _ problem: String, _ advice: String) -> PolicyDiagnostic {
            PolicyDiagnostic(place: ["tools", tool, "autonomy", key], problem: problem, advice: advice)
        }
        var found: [PolicyDiagnostic] = []
        if rule.atMost < rule.start {
            found.append(
                problem(
                    "at_most", "`\(tool)` starts at \(rule.start.name), which is wider than the most that it may have",
                    "start at \(rule.atMost.name), or raise `at_most`"))
        }
        if rule.atMost > rule.start, rule.rise == nil {
            found.append(
                problem(
                    "at_most", "`\(tool)` may rise to \(rule.atMost.name), and nothing says on what evidence",
                    "add `rise: { reviewed: 60, errors_at_most: 5%, clean_for: 14d, agreed_by: GROUP }`"))
        }
        if classes[tool] == .dangerous, rule.atMost == .allow {
            found.append(
                problem(
                    "at_most", "a dangerous tool may rise to confirm at most, as no rule may relax it further",
                    "write `at_most: confirm`"))
        }
        if let rise = rule.rise, ErrorBound(reviewed: rise.reviewed, errors: 0).upper > rise.errorsAtMost {
            let bound = ErrorBound(reviewed: rise.reviewed, errors: 0)
            found.append(
                problem(
                    "rise",
                    "\(rise.reviewed) reviews without one error show no less than \(bound.text), and "
                        + "\(ErrorBound.text(rise.errorsAtMost)) is asked for",
                    "ask for more reviews, or for a wider `errors_at_most`"))
        }
        return found
    }
}
