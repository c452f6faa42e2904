import BallastCore
import BallastPolicy

/// A policy file as it was read, with the place of everything that a later check may complain about.
struct PolicyDraft {
    var classes: [(tool: String, toolClass: ToolClass, position: SourcePosition)] = []
    var tools: [String: ToolRules] = [:]
    var rules: [PolicyRule] = []
    var invariants: [Invariant] = []
    var limits: [ClassLimit] = []
    var records: [RecordKind] = []
    var intent = IntentRules()
    /// What it says of acts that nobody asked for; nil when it says nothing.
    var asksForUnlicensed: Bool?
    /// Places by path: `tools/issue_refund/limits`, `rules/small-refunds/when/amount`, `never/large-refunds`.
    var positions: [String: SourcePosition] = [:]
    /// Groups that rules ask, for the check against people.yaml.
    var groups: [(name: String, position: SourcePosition)] = []
    /// Agents that rules name.
    var agents: [(name: String, position: SourcePosition)] = []
    /// What was written, for the content hash: statements by tool and rules by id.
    var written: [String: JSONValue] = [:]
    var position: SourcePosition
    /// Other files of policies/ that belong to this one.
    var includes: [(name: String, position: SourcePosition)] = []
}

/// Reads one file of policies/.
struct PolicyFile {
    let list: DiagnosticList

    func read(_ node: YAMLNode) -> PolicyDraft? {
        guard let file = MappingReader(node, .policy, list) else { return nil }
        var draft = PolicyDraft(position: node.position)
        _ = list.integer(file["version"], "`version`", in: 1...Int64.max)
        draft.includes = list.names(file["include"], "`include`")
        if let classes = file["classes"] { read(classes: classes, into: &draft) }
        RecordKindReader(list: list).read(file["records"], into: &draft)
        if let intent = file["intent"] { IntentReader(list: list).read(intent, into: &draft) }
        for entry in list.entries(file["tools"], "`tools`", "issue_refund: { money: { amount: USD } }") {
            read(tool: entry, into: &draft)
        }
        for element in list.elements(file["rules"], "`rules`", "id: …") {
            PolicyRuleReader(list: list).read(element, into: &draft)
        }
        for element in list.elements(file["never"], "`never`", "{ tool: issue_refund, outcome: [allow, confirm] }") {
            InvariantReader(list: list).read(element, into: &draft)
        }
        for element in list.elements(file["limits"], "`limits`", "{ class: risky, count: at_most 30, every: hour }") {
            read(limit: element, into: &draft)
        }
        return draft
    }

    private func read(limit node: YAMLNode, into draft: inout PolicyDraft) {
        guard let reader = MappingReader(node, .classLimit, list),
            let limit = ToolRulesReader(file: reader).classLimit()
        else { return }
        draft.limits.append(limit)
        draft.positions["limits"] = draft.positions["limits"] ?? node.position
        draft.written["limit/\(limit.words)"] = node.json
    }

    private func read(classes node: YAMLNode, into draft: inout PolicyDraft) {
        guard let reader = MappingReader(node, .classes, list) else { return }
        var first: [String: SourcePosition] = [:]
        for toolClass in ToolClass.allCases {
            for (tool, position) in list.names(reader[toolClass.name], "`\(toolClass.name)`") {
                if let place = first[tool] {
                    list.add(
                        position, "`\(tool)` stands in two classes; the other is in line \(place.line)",
                        why: "a tool has one class", "keep the one that is meant")
                }
                first[tool] = position
                draft.classes.append((tool, toolClass, position))
                draft.positions["classes/\(toolClass.name)/\(tool)"] = position
            }
        }
    }

    private func read(tool entry: YAMLEntry, into draft: inout PolicyDraft) {
        draft.positions["tools/\(entry.key)"] = entry.position
        for key in entry.value.entries ?? [] {
            draft.positions["tools/\(entry.key)/\(key.key)"] = key.position
            for inner in key.value.entries ?? [] {
                draft.positions["tools/\(entry.key)/\(key.key)/\(inner.key)"] = inner.position
            }
        }
        guard let reader = MappingReader(entry.value, .toolRules, list) else { return }
        draft.tools[entry.key] = ToolRulesReader(file: reader).read()
        AutonomyReader(list: list).note(reader["autonomy"], into: &draft)
        draft.written["tool/\(entry.key)"] = entry.value.json
    }
}

/// Puts the files of one agent's policy together. The strictest class wins; rules add up; what is stated of a tool
/// stands in one file.
struct PolicyAssembly {
    let list: DiagnosticList
    var positions: [String: SourcePosition] = [:]
    var classes: [String: ToolClass] = [:]
    var tools: [String: ToolRules] = [:]
    var limits: [ClassLimit] = []
    private(set) var rules: [String: PolicyRule] = [:]
    private var invariants: [String: Invariant] = [:]
    private var records: [String: RecordKind] = [:]
    private var intent = IntentRules()
    private var asksForUnlicensed: Bool?
    private var written: [String: JSONValue] = [:]

    init(_ drafts: [PolicyDraft], list: DiagnosticList) {
        self.list = list
        for draft in drafts { add(draft) }
    }

    private mutating func add(_ draft: PolicyDraft) {
        for (tool, toolClass, _) in draft.classes { classes[tool] = max(classes[tool] ?? toolClass, toolClass) }
        for (tool, stated) in draft.tools {
            if let place = positions["tools/\(tool)"] {
                list.add(
                    draft.positions["tools/\(tool)"] ?? draft.position,
                    "`\(tool)` is stated here and in \(place) for the same agent",
                    why: "two statements of one tool could contradict each other", "keep them in one file")
            }
            tools[tool] = stated
        }
        limits += draft.limits
        addRules(of: draft)
        add(draft.records, of: draft)
        intent.join(draft.intent)
        // A file that denies wins over one that asks.
        if let asks = draft.asksForUnlicensed { asksForUnlicensed = asks && asksForUnlicensed ?? true }
        positions.merge(draft.positions) { first, _ in first }
        written.merge(draft.written) { first, _ in first }
    }

    private mutating func add(_ kinds: [RecordKind], of draft: PolicyDraft) {
        for kind in kinds {
            if let place = positions["records/\(kind.name)"] {
                list.add(
                    draft.positions["records/\(kind.name)"] ?? draft.position,
                    "the record `\(kind.name)` is described here and in \(place) for the same agent",
                    why: "two descriptions of one kind could contradict each other", "keep one of them")
            }
            records[kind.name] = kind
        }
    }

    /// What only ever adds up.
    mutating func addRules(of draft: PolicyDraft) {
        for rule in draft.rules {
            if let place = positions["rules/\(rule.id)"] {
                list.add(
                    draft.positions["rules/\(rule.id)"] ?? draft.position,
                    "a rule `\(rule.id)` stands in \(place) already", why: "reasons and records name rules by their id",
                    "give each rule an id of its own")
            }
            rules[rule.id] = rule
        }
        for invariant in draft.invariants {
            if let place = positions["never/\(invariant.id)"] {
                list.add(
                    draft.positions["never/\(invariant.id)"] ?? draft.position,
                    "an invariant `\(invariant.id)` stands in \(place) already",
                    why: "proofs name invariants by their id",
                    "give each an id of its own")
            }
            invariants[invariant.id] = invariant
        }
    }

    /// Takes the text of an overlay into the content hash.
    mutating func note(_ overlay: PolicyDraft, named name: String) {
        for (key, value) in overlay.written { written["overlay/\(name)/\(key)"] = value }
        positions.merge(overlay.positions) { first, _ in first }
    }

    /// The policy with its content hash: equal for equal content, whatever the comments, files and order.
    func policy() -> Policy {
        let named = classes.map { JSONMember(JSONString($0.key), JSONValue($0.value.name)) }
        let parts = written.map { JSONMember(JSONString($0.key), $0.value) }
        let document: JSONValue = ["classes": .object(JSONObject(named)), "written": .object(JSONObject(parts))]
        let hash = Digest.lengthPrefixed(domain: "ballast.policy.v1", [JSONWriter.canonical(document)])
        var intent = intent
        intent.asksForUnlicensed = asksForUnlicensed ?? false
        return Policy(
            classes: classes, tools: tools, rules: Array(rules.values), never: Array(invariants.values),
            records: Array(records.values), intent: intent,
            limits: ClassLimit.completing(limits).narrowed(), hash: Array(hash.bytes.prefix(16)))
    }

    /// The place that a diagnostic speaks of, or the nearest one around it.
    static func position(
        of place: [String], in positions: [String: SourcePosition], otherwise: SourcePosition
    ) -> SourcePosition {
        for count in stride(from: place.count, to: 0, by: -1) {
            if let found = positions[place.prefix(count).joined(separator: "/")] { return found }
        }
        return otherwise
    }
}
