import BallastCore
import BallastPolicy

/// Reads what may flow into a tool, and out with it.
struct FlowRulesReader {
    let file: MappingReader
    private var list: DiagnosticList { file.list }

    func read() -> FlowRules {
        var rules = FlowRules()
        rules.groundings = list.entries(
            file["grounded"], "`grounded`", "{ order_id: [principal, lookup_order.id] }"
        ).compactMap(grounding)
        rules.destinations = list.entries(
            file["destinations"], "`destinations`", "{ to: { domain_in: [example.com] } }"
        ).compactMap(destination)
        rules.untainted = list.paths(file["untainted"], "`untainted`")
        rules.mayCarry = kinds(file["may_carry"])
        rules.deniesPersonal = list.word(file["personal"], "rule about personal data", of: ["allow", "deny"]) == "deny"
        for entry in list.entries(file["arguments"], "`arguments`", "{ recipients: address, body: text }") {
            guard let path = argument(entry), let type = type(entry) else { continue }
            rules.types[path] = type
        }
        rules.acts = acts(file["does"])
        rules.readers = readers(file["readers"], "readers")
        rules.confidentiality = readers(file["confidential"], "confidentiality") ?? .tenant
        return rules
    }

    private func grounding(_ entry: YAMLEntry) -> Grounding? {
        guard let argument = argument(entry) else { return nil }
        let sources = (entry.value.elements ?? [entry.value]).compactMap { node -> GroundSource? in
            guard let text = list.text(node, "a source of `\(entry.key)`") else { return nil }
            let source = GroundSource(text)
            if source == nil {
                list.add(
                    node.position, "`\(text)` is no source of a value",
                    "write `principal` for the principal's own words, or a tool's answer such as `lookup_order.id`")
            }
            return source
        }
        guard !sources.isEmpty else {
            if entry.value.elements?.isEmpty ?? false {
                list.add(
                    entry.value.position, "`\(entry.key)` has no source", why: "no value would ever be accepted",
                    "name at least one, such as `principal`")
            }
            return nil
        }
        return Grounding(argument: argument, sources: sources)
    }

    private func destination(_ entry: YAMLEntry) -> Destination? {
        guard let argument = argument(entry) else { return nil }
        if let own = PolicyRuleReader(list: list).ownership(argument, entry.value) {
            return Destination(argument: argument, conditions: [own])
        }
        let tests = list.tests(entry.value, "`\(entry.key)`")
        return tests.isEmpty
            ? nil : Destination(argument: argument, conditions: tests.map { .argument(argument, $0) })
    }

    /// A built-in type, a kind of record, or a list of harmless values. Kinds are looked up when all files are read.
    private func type(_ entry: YAMLEntry) -> ArgumentType? {
        if let values = entry.value.elements { return .harmless(values.map(\.json)) }
        guard let name = list.name(entry.value, "the type of `\(entry.key)`") else { return nil }
        return ArgumentType.builtIn[name] ?? .record(name)
    }

    private func acts(_ node: YAMLNode?) -> Set<ActKind> {
        guard let node else { return [] }
        let names = ActKind.allCases.map(\.rawValue)
        return Set(
            (node.elements ?? [node]).compactMap { list.word($0, "kind of act", of: names).flatMap(ActKind.init) })
    }

    private func argument(_ entry: YAMLEntry) -> FieldPath? {
        let path = FieldPath(entry.key)
        if path == nil { list.add(entry.position, "`\(entry.key)` is no field", "write the name of an argument") }
        return path
    }

    private func kinds(_ node: YAMLNode?) -> Set<SensitiveKind> {
        guard let node else { return [] }
        let names = SensitiveKind.allCases.filter { $0 != .personal }.map(\.rawValue)
        return Set(
            (node.elements ?? [node]).compactMap {
                list.word($0, "kind of secret", of: names).flatMap(SensitiveKind.init)
            })
    }

    private func readers(_ node: YAMLNode?, _ what: String) -> Label.Confidentiality? {
        let names = Label.Confidentiality.allCases.map(\.name)
        let word = list.word(node, what, of: names)
        return Label.Confidentiality.allCases.first { $0.name == word }
    }
}
