import BallastCore

extension Policy {
    /// Sources that nobody vouches for: an argument grounded there would be decided by whoever wrote the text.
    func flowProblems(_ tool: String, _ stated: ToolRules) -> [PolicyDiagnostic] {
        unknownKinds(tool, stated) + unvouchedSources(tool, stated)
    }

    /// Kinds of records that nothing describes: no value of such an argument would ever be grounded.
    private func unknownKinds(_ tool: String, _ stated: ToolRules) -> [PolicyDiagnostic] {
        stated.flow.types.sorted { $0.key < $1.key }.compactMap { path, type in
            guard case .record(let kind) = type, records[kind] == nil else { return nil }
            return PolicyDiagnostic(
                place: ["tools", tool, "arguments", path.text],
                problem: "`\(kind)` is neither a kind of record nor a built-in type", advice: kindAdvice(kind))
        }
    }

    private func kindAdvice(_ kind: String) -> String {
        let known = records.keys.sorted() + ArgumentType.builtIn.keys.sorted()
        return NearestWord.of(kind, among: known).map { "did you mean `\($0)`?" }
            ?? "describe it under `records`, or use \(ArgumentType.builtIn.keys.sorted().joined(separator: ", "))"
    }

    /// What is wrong with the descriptions of records.
    func recordProblems() -> [PolicyDiagnostic] {
        records.values.sorted { $0.name < $1.name }.flatMap { kind in
            let tools = kind.tools.sorted().filter { classes[$0] == nil }.map { tool in
                PolicyDiagnostic(
                    place: ["records", kind.name, "from"],
                    problem: "`\(tool)` stands in no class, so it never answers anything",
                    advice: NearestWord.of(tool, among: classes.keys).map { "did you mean `\($0)`?" }
                        ?? "add it to `classes`, or remove it here")
            }
            let lends = kind.lends.values.sorted().filter { records[$0] == nil }.map { lent in
                PolicyDiagnostic(
                    place: ["records", kind.name, "lends"], problem: "`\(lent)` is no kind of record",
                    advice: kindAdvice(lent))
            }
            return tools + lends
        }
    }

    private func unvouchedSources(_ tool: String, _ stated: ToolRules) -> [PolicyDiagnostic] {
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
    var namedArguments: [(key: String, path: FieldPath)] {
        groundings.map { ("grounded", $0.argument) } + destinations.map { ("destinations", $0.argument) }
            + untainted.map { ("untainted", $0) } + types.keys.sorted().map { ("arguments", $0) }
    }
}
