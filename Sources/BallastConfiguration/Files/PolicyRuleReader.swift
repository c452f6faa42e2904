import BallastCore
import BallastPolicy

/// Reads one rule of a policy.
struct PolicyRuleReader {
    let list: DiagnosticList

    func read(_ node: YAMLNode, into draft: inout PolicyDraft) {
        guard let reader = MappingReader(node, .rule, list),
            let id = list.name(reader.required("id", "no-outside-mail"), "the id of a rule")
        else { return }
        if draft.positions["rules/\(id)"] != nil {
            list.add(
                reader.position(of: "id"), "a rule `\(id)` stands in this file already",
                why: "reasons and records name rules by their id", "give each rule an id of its own")
        }
        draft.positions["rules/\(id)"] = reader.position(of: "id")
        for entry in node.entries ?? [] { draft.positions["rules/\(id)/\(entry.key)"] = entry.position }
        for entry in reader["when"]?.entries ?? [] {
            draft.positions["rules/\(id)/when/\(entry.key)"] = entry.position
        }
        guard let (action, named) = action(reader, &draft) else { return }
        var scope = named
        var conditions: [Condition] = []
        for entry in list.entries(reader["when"], "`when`", "{ amount: { above: 50.00 USD } }") {
            read(entry, into: &conditions, scope: &scope, &draft)
        }
        if case .requireConfirm = action, scope.tools == nil, scope.classes == nil, conditions.isEmpty {
            list.warn(node.position, "the rule holds for every tool", "name tools or classes under `when`")
        }
        draft.rules.append(
            PolicyRule(
                id: id, action: action, scope: scope, conditions: conditions,
                owner: list.text(reader["owner"], "`owner`"), reason: list.text(reader["reason"], "`reason`"),
                expires: date(reader["expires"])))
        draft.written["rule/\(id)"] = node.json
    }

    private func date(_ node: YAMLNode?) -> Timestamp? {
        guard let node, let text = list.text(node, "`expires`") else { return nil }
        guard let milliseconds = DateText.milliseconds(text) else {
            list.add(node.position, "`\(text)` is no date", "write a day such as `2027-03-01`")
            return nil
        }
        return Timestamp(milliseconds: milliseconds)
    }

    // MARK: Actions

    private func action(_ reader: MappingReader, _ draft: inout PolicyDraft) -> (RuleAction, RuleScope)? {
        guard let (kind, value) = reader.oneOf(["relax", "require", "deny"]) else { return nil }
        switch kind {
        case "relax": return relax(value)
        case "deny":
            if value.text == "any" { return (.deny, RuleScope()) }
            let tools = list.someNames(value, "`deny`").map(\.name)
            return tools.isEmpty ? nil : (.deny, RuleScope(tools: Set(tools)))
        default: return requirement(value, &draft).map { ($0, RuleScope()) }
        }
    }

    /// `issue_refund to confirm`, `create_event, share_file to allow`.
    private func relax(_ node: YAMLNode) -> (RuleAction, RuleScope)? {
        let words = (list.text(node, "`relax`") ?? "").split(whereSeparator: { $0.isWhitespace || $0 == "," })
        let targets: [Substring: Outcome] = ["allow": .allow, "confirm": .confirm]
        guard words.count >= 3, words[words.count - 2] == "to", let target = targets[words[words.count - 1]] else {
            list.add(
                node.position, "`\(node.text ?? "")` does not say what is relaxed to what",
                "write `TOOL to allow` or `TOOL, TOOL to confirm`")
            return nil
        }
        return (.relax(to: target), RuleScope(tools: Set(words.dropLast(2).map { String($0) })))
    }

    private func requirement(_ node: YAMLNode, _ draft: inout PolicyDraft) -> RuleAction? {
        if node.text != nil {
            let word = list.word(node, "requirement", of: ["confirm", "approve"])
            guard let word else { return nil }
            return word == "confirm"
                ? .requireConfirm(within: ApprovalRequirement.defaultWait) : .requireApproval(ApprovalRequirement())
        }
        guard let reader = MappingReader(node, .requirement, list),
            let (kind, value) = reader.oneOf(["approve", "confirm"])
        else { return nil }
        let within = list.duration(reader["within"], "`within`") ?? ApprovalRequirement.defaultWait
        if kind == "confirm" {
            _ = list.word(value, "person who confirms", of: ["principal"])
            return .requireConfirm(within: within)
        }
        guard let group = list.text(value, "`approve`") else { return nil }
        if group != "anybody" { draft.groups.append((group, value.position)) }
        let quorum = list.integer(reader["quorum"], "`quorum`", in: 1...20) ?? 1
        return .requireApproval(
            ApprovalRequirement(group: group == "anybody" ? nil : group, quorum: Int(quorum), within: within))
    }

    // MARK: Conditions

    func read(
        _ entry: YAMLEntry, into conditions: inout [Condition], scope: inout RuleScope, _ draft: inout PolicyDraft
    ) {
        switch entry.key {
        case "tool":
            let tools = Set(list.someNames(entry.value, "`tool`").map(\.name))
            let both = scope.tools.map { $0.intersection(tools) } ?? tools
            if both.isEmpty, !tools.isEmpty {
                list.add(
                    entry.position, "the rule names other tools above", why: "it would hold for none", "remove `tool`")
            }
            scope.tools = both
        case "agent":
            let agents = list.someNames(entry.value, "`agent`")
            draft.agents += agents
            scope.agents = Set(agents.map(\.name))
        case "class": scope.classes = classes(entry.value)
        case "confidence": conditions += confidence(entry.value)
        case "arguments":
            if let word = list.word(entry.value, "state of the arguments", of: ["grounded", "ungrounded"]) {
                conditions.append(.grounded(word == "grounded"))
            }
        case "untrusted_read":
            if let wanted = list.bool(entry.value, "`untrusted_read`") { conditions.append(.readUntrusted(wanted)) }
        default: conditions += facts(entry)
        }
    }

    private func classes(_ node: YAMLNode) -> Set<ToolClass> {
        let names = ToolClass.allCases.map(\.name)
        _ = list.someNames(node, "`class`")
        return Set(
            (node.elements ?? [node]).compactMap { element in
                list.word(element, "class", of: names).flatMap { name in ToolClass.allCases.first { $0.name == name } }
            })
    }

    private func confidence(_ node: YAMLNode) -> [Condition] {
        if node.entries?.isEmpty ?? false { _ = list.tests(node, "`confidence`") }
        let bands = ConfidenceBand.allCases.map(\.name)
        return list.entries(node, "`confidence`", "{ below: high }").compactMap { entry in
            let comparison = Comparison(rawValue: entry.key)
            if comparison == nil {
                list.add(
                    entry.position, "`\(entry.key)` is no test of confidence", "use at_most, above, at_least or below")
            }
            let band = list.word(entry.value, "band of confidence", of: bands).flatMap { ConfidenceBand(name: $0) }
            guard let comparison, let band else { return nil }
            return .confidence(comparison, band)
        }
    }

    private func facts(_ entry: YAMLEntry) -> [Condition] {
        let tests = { self.list.tests(entry.value, "`\(entry.key)`") }
        switch entry.key {
        case "principal": return tests().map { .principal($0) }
        case "role": return tests().map { .role($0) }
        case "tenant": return tests().map { .tenant($0) }
        case "environment": return tests().map { .environment($0) }
        default: break
        }
        if entry.key.hasPrefix("principal.") {
            return tests().map { .attribute(String(entry.key.dropFirst("principal.".count)), $0) }
        }
        let name = entry.key.hasPrefix("argument.") ? String(entry.key.dropFirst("argument.".count)) : entry.key
        if name.hasSuffix(".label") { return label(name, entry.value) }
        guard let path = FieldPath(name) else {
            list.add(
                entry.position, "`\(entry.key)` is no argument",
                "write a name such as `amount`, or a path such as `customer.id`")
            return []
        }
        if let own = ownership(path, entry.value) { return [own] }
        return tests().map { .argument(path, $0) }
    }

    /// `to: { equals: $principal.email }`, or `not_equals`.
    func ownership(_ path: FieldPath, _ node: YAMLNode) -> Condition? {
        guard let entries = node.entries, entries.count == 1, let entry = entries.first,
            ["equals", "not_equals"].contains(entry.key), let text = entry.value.text,
            text.hasPrefix("$principal.")
        else { return nil }
        let attribute = String(text.dropFirst("$principal.".count))
        return .argumentIsAttribute(path, attribute: attribute, isEqual: entry.key == "equals")
    }

    private func label(_ name: String, _ node: YAMLNode) -> [Condition] {
        guard let path = FieldPath(String(name.dropLast(".label".count))),
            let word = list.word(node, "label", of: ["untrusted", "trusted"])
        else { return [] }
        return [.label(path, isUntrusted: word == "untrusted")]
    }
}
