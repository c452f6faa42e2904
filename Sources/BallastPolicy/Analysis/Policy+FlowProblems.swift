import BallastCore

extension Policy {
    /// Sources that nobody vouches for: an argument grounded there would be decided by whoever wrote the text.
    func flowProblems(_ tool: String, _ stated: ToolRules) -> [PolicyDiagnostic] {
        stated.flow.groundings.flatMap { grounding in
            grounding.sources.compactMap { source -> PolicyDiagnostic? in
                guard case .field(let name, let path) = source else { return nil }
                let place = ["tools", tool, "grounded", grounding.argument.text]
                if classes[name] == nil {
                    return PolicyDiagnostic(
                        place: place, problem: "`\(name)` stands in no class, so it never answers anything",
                        advice: NearestWord.of(name, among: classes.keys).map { "did you mean `\($0)`?" }
                            ?? "add it to `classes`")
                }
                guard !vouches(for: path, of: name) else { return nil }
                return PolicyDiagnostic(
                    place: place, problem: "nobody vouches for `\(path)` of what `\(name)` answers",
                    advice: "add `trusted: [\(path)]` under `tools: \(name):` if what it says is the truth")
            }
        }
    }

    private func vouches(for path: FieldPath, of tool: String) -> Bool {
        switch rules(for: tool).trust {
        case .all: true
        case .fields(let fields): fields.contains(path)
        case .none: false
        }
    }
}

extension FlowRules {
    /// The arguments that it speaks of, by the key that does.
    var arguments: [(key: String, path: FieldPath)] {
        groundings.map { ("grounded", $0.argument) } + destinations.map { ("destinations", $0.argument) }
            + untainted.map { ("untainted", $0) }
    }
}
