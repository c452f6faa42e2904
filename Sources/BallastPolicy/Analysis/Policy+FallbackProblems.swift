import BallastCore

extension Policy {
    /// An equivalent that could never run, or is the tool itself.
    func fallbackProblems(_ tool: String, _ stated: ToolRules) -> [PolicyDiagnostic] {
        let place = ["tools", tool, "fallback"]
        return stated.fallbacks.compactMap { fallback in
            if fallback.tool == tool {
                return PolicyDiagnostic(
                    place: place, problem: "`\(tool)` is named to take its own place", advice: "name another tool")
            }
            guard let other = classes[fallback.tool] else {
                return PolicyDiagnostic(
                    place: place, problem: "`\(fallback.tool)` stands in no class, so it never runs",
                    advice: NearestWord.of(fallback.tool, among: classes.keys).map { "did you mean `\($0)`?" }
                        ?? "add it to `classes`")
            }
            guard classes[tool] == .safe, other != .safe else { return nil }
            return PolicyDiagnostic(
                place: place,
                problem: "`\(tool)` only reads, and `\(fallback.tool)`, which takes its place, is \(other.name)",
                advice: "name a tool that is safe too")
        }
    }
}
