import BallastCore

/// Collects every question that rules, statements and invariants ask about one tool, and makes cells of the facts.
struct FactSurvey {
    private struct Argument {
        var tests: [ValueTest] = []
        var money: [MoneyField] = []
        var bounds: [Int64] = []
        var hasLabel = false
        /// Attributes that it is compared with.
        var attributes: Set<String> = []
        /// True where a number spelled like the attribute is as good as the text.
        var isOwned = false
        /// Policies that let it through only from a trusted source.
        var groundings = 0
    }

    let settings: ProofSettings
    let schema: JSONValue?
    private var arguments: [FieldPath: Argument] = [:]
    private var attributes: [String: [ValueTest]] = [:]
    private var principal: [ValueTest] = []
    private var tenant: [ValueTest] = []
    private var environment: [ValueTest] = []
    private var role: [ValueTest] = []
    private var agents: Set<String> = []
    private var expiries: Set<Timestamp> = []
    private var entries = 0
    private var relaxations = 0
    private(set) var ownerChoices: [[String: String]] = [[:]]
    private(set) var obstacle: String?

    private static let mostChoices = 2000

    init(settings: ProofSettings, schema: JSONValue?) {
        self.settings = settings
        self.schema = schema
    }

    // MARK: Questions

    mutating func add(_ entry: ToolEntry) {
        for rule in entry.raising + entry.relaxing {
            for condition in rule.conditions { add(condition, entry.rules) }
            agents.formUnion(rule.scope.agents ?? [])
        }
        expiries.formUnion(entry.relaxing.compactMap(\.expires))
        entries += 1
        relaxations = max(relaxations, entry.relaxing.count)
        add(entry.rules)
        add(entry.rules.flow, entry.rules)
    }

    mutating func add(_ invariant: Invariant, rules: ToolRules) {
        for condition in invariant.conditions { add(condition, rules) }
        agents.formUnion(invariant.scope.agents ?? [])
    }

    private mutating func add(_ condition: Condition, _ rules: ToolRules) {
        switch condition {
        case .argument(let path, let test):
            arguments[path, default: Argument()].tests.append(test)
            if let money = rules.money(at: path) { add(money) }
        case .argumentIsAttribute(let path, let attribute, _): link(path, attribute)
        case .label(let path, _): arguments[path, default: Argument()].hasLabel = true
        case .principal(let test): principal.append(test)
        case .attribute(let name, let test): attributes[name, default: []].append(test)
        case .role(let test): role.append(test)
        case .tenant(let test): tenant.append(test)
        case .environment(let test): environment.append(test)
        case .confidence, .readUntrusted, .grounded: break
        }
    }

    private mutating func link(_ path: FieldPath, _ attribute: String) {
        arguments[path, default: Argument()].attributes.insert(attribute)
        attributes[attribute, default: []] += []
    }

    private mutating func add(_ money: MoneyField) {
        if arguments[money.path]?.money.contains(money) != true {
            arguments[money.path, default: Argument()].money.append(money)
        }
        if case .argument(let path, let expected) = money.source {
            arguments[path, default: Argument()].tests.append(.equals(JSONValue(expected.code)))
        }
    }

    private mutating func add(_ rules: ToolRules) {
        for money in rules.money { add(money) }
        for path in rules.explicitScope + rules.neededPaths { arguments[path, default: Argument()].tests += [] }
        for magnitude in rules.magnitudes {
            guard case .argument(let path) = magnitude.subject else { continue }
            arguments[path, default: Argument()].bounds.append(magnitude.atMost.units)
        }
        for limit in rules.limits {
            if case .sum(let path) = limit.measure { arguments[path, default: Argument()].bounds.append(0) }
        }
        for entitlement in rules.entitlements {
            guard case .argument(let path) = entitlement.owner else { continue }
            link(path, entitlement.attribute)
            arguments[path, default: Argument()].isOwned = true
        }
    }

    private mutating func add(_ flow: FlowRules, _ rules: ToolRules) {
        for destination in flow.destinations {
            arguments[destination.argument, default: Argument()].tests += []
            for condition in destination.conditions { add(condition, rules) }
        }
        for path in flow.untainted { arguments[path, default: Argument()].hasLabel = true }
        for grounding in flow.groundings { arguments[grounding.argument, default: Argument()].groundings += 1 }
    }

    // MARK: Cells

    mutating func facts() -> [FactCells] {
        let texts = attributeTexts()
        choose(texts)
        var facts = arguments.keys.sorted().compactMap { path in
            arguments[path].map { cells(of: path, $0, texts) }
        }
        facts += attributes.keys.sorted().map { name in
            guard let texts = texts[name] else {
                return single(.attribute(name), attributes[name] ?? [], hint: nil, canBeAbsent: true)
            }
            return single(.attribute(name), [], texts: texts, canBeAbsent: true)
        }
        facts.append(single(.principal, principal, hint: "customer:ana"))
        facts.append(single(.tenant, tenant, hint: TenantID.default.name))
        facts.append(single(.environment, environment, hint: "production"))
        let agent = settings.agent.map { [$0] }
        let named: [ValueTest] = agents.isEmpty ? [] : [.isIn(agents.sorted().map { JSONValue($0) })]
        facts.append(
            agent.map { single(.agent, [], texts: $0) } ?? single(.agent, named, hint: "assistant"))
        facts.append(roles())
        facts.append(
            FactCells(
                .confidence,
                cells: [FactCell(.band(nil))]
                    + [.high, .medium, .low, .veryLow].map { FactCell(.band($0), isPlain: $0 == .high) }))
        facts.append(
            FactCells(
                .readUntrusted,
                cells: [FactCell(.flag(false)), FactCell(.flag(true)), FactCell(.flag(nil), isPlain: false)]))
        facts.append(FactCells(.grounded, cells: [FactCell(.flag(true)), FactCell(.flag(false))]))
        facts.append(FactCells(.license, cells: IntentLicense.allCases.map { FactCell(.license($0)) }))
        facts.append(FactCells(.isRepeat, cells: [FactCell(.flag(false)), FactCell(.flag(true))]))
        let moments = [settings.now] + expiries.filter { $0 > settings.now }.sorted()
        facts.append(FactCells(.time, cells: moments.map { FactCell(.moment($0)) }))
        for side in 0...1 {
            facts.append(
                FactCells(
                    .relaxation(side: side), cells: (0..<max(1, relaxations)).map { FactCell(.relaxation($0)) }))
        }
        return facts
    }

    private func single(
        _ name: FactName, _ tests: [ValueTest], hint: String? = nil, texts: [String]? = nil, canBeAbsent: Bool = false
    ) -> FactCells {
        let elements = texts?.map { FactElement(JSONValue($0), isPlain: true) } ?? self.elements(tests, hint: hint)
        var cells = elements.indices.map { FactCell(.single($0), isWitnessed: elements[$0].value != nil) }
        if canBeAbsent { cells.append(FactCell(.absent)) }
        return FactCells(name, elements: elements, cells: cells)
    }

    private func elements(_ tests: [ValueTest], hint: String?) -> [FactElement] {
        TextClasses(tests, hints: hint.map { [$0] } ?? []).members.map { member in
            switch member {
            case .example(let text): FactElement(JSONValue(text), isPlain: true)
            case .shape(let shape): FactElement(shape)
            }
        }
    }

    private func roles() -> FactCells {
        let elements = elements(role, hint: "members")
        let cells =
            [FactCell(.list([]))]
            + elements.indices.map { FactCell(.list([$0]), isWitnessed: elements[$0].value != nil) }
        return FactCells(.role, elements: elements, cells: cells, allowsLists: true)
    }

    private func cells(of path: FieldPath, _ argument: Argument, _ texts: [String: [String]]) -> FactCells {
        let shape = schema.map { FieldShape(of: path, in: $0) } ?? FieldShape()
        guard !shape.isForbidden else { return FactCells(.argument(path), cells: [FactCell(.absent)]) }
        let isList = shape.isInList || shape.types == ["array"]
        let allowsLists = isList || shape.types == nil || shape.allows("array")
        let leaf = shape.types == ["array"] ? shape.element : shape
        let hints =
            [path.value(in: settings.examples)].compactMap(\.self)
            + [SchemaExample.shown(in: leaf.schema).map { JSONValue($0) }].compactMap(\.self)
        let found = ArgumentElements(
            tests: argument.tests, money: argument.money, bounds: argument.bounds, shape: leaf, hints: hints,
            attributeTexts: argument.attributes.sorted().flatMap { texts[$0] ?? [] },
            isLinked: !argument.attributes.isEmpty)
        var elements = found.elements
        if shape.isInList { elements.append(FactElement(.null, isPlain: false)) }
        // An example that the schema refuses (by a pattern, say) is none, and the class may have others.
        let check = leaf.schema.object == nil ? nil : try? JSONSchema(compiling: leaf.schema)
        let isExample = elements.map { element in
            element.value.map { check?.validate($0).isEmpty ?? true } ?? false
        }
        // What is grounded has the label of its source; what is not is denied by all of them.
        let isFree = argument.hasLabel && argument.groundings < entries
        let origins: [FactCell.Origin] = isFree ? FactCell.Origin.allCases : [.trusted]
        func cells(_ form: FactCell.Form, isPlain: Bool, isWitnessed: Bool = true) -> [FactCell] {
            origins.map {
                FactCell(form, origin: $0, isPlain: isPlain && $0 != .unknown, isWitnessed: isWitnessed)
            }
        }
        let order = elements.indices.filter { elements[$0].isPlain } + elements.indices.filter { !elements[$0].isPlain }
        var all = order.flatMap { index in
            cells(
                isList ? .list([index]) : .single(index), isPlain: elements[index].isPlain,
                isWitnessed: isExample[index])
        }
        if shape.canBeAbsent {
            let plain = all.firstIndex { !$0.isPlain } ?? all.count
            all.insert(FactCell(.absent), at: plain)
        }
        if allowsLists, shape.leastItems == 0 { all += cells(.list([]), isPlain: isList) }
        if found.isIncomplete || shape.values?.contains(where: { $0.array != nil }) == true {
            all += cells(.anything, isPlain: false, isWitnessed: false)
        }
        let canBeLonger = allowsLists && (shape.mostItems > 1 || shape.isInList)
        return FactCells(.argument(path), elements: elements, cells: all, allowsLists: canBeLonger)
    }

    // MARK: Attributes that arguments are compared with

    /// For each such attribute a text of every class that its tests and those of the arguments tell apart.
    private mutating func attributeTexts() -> [String: [String]] {
        var texts: [String: [String]] = [:]
        let linked = Set(arguments.values.flatMap(\.attributes))
        for attribute in linked.sorted() {
            let compared = arguments.values.filter { $0.attributes.contains(attribute) }
            let numerals = compared.filter(\.isOwned).flatMap { argument in
                ArgumentElements(
                    tests: argument.tests, money: argument.money, bounds: argument.bounds, shape: FieldShape(),
                    hints: [], attributeTexts: [], isLinked: false
                ).rawCuts.flatMap(ArgumentElements.around).map { String($0) }
            }
            let tests = (attributes[attribute] ?? []) + compared.flatMap(\.tests)
            // Two attributes of one argument may be equal to it at once, so they share their texts.
            let classes = TextClasses(tests, constants: Set(numerals).sorted(), examples: 1)
            if classes.unwitnessed > 0 || classes.isTooMany {
                obstacle = "the texts that \(attribute) of a principal may be are too many to tell apart"
            }
            texts[attribute] = classes.members.compactMap { if case .example(let text) = $0 { text } else { nil } }
        }
        return texts
    }

    /// Every combination of texts; an attribute that a principal does not have is left out of it.
    private mutating func choose(_ texts: [String: [String]]) {
        var choices: [[String: String]] = [[:]]
        for (attribute, texts) in texts.sorted(by: { $0.key < $1.key }) {
            choices = choices.flatMap { choice in
                texts.map { text in choice.merging([attribute: text]) { $1 } } + [choice]
            }
            if choices.count > FactSurvey.mostChoices {
                obstacle = "arguments are compared with more attributes than can be tried together"
                choices = [[:]]
            }
        }
        ownerChoices = choices
    }
}

extension ToolRules {
    /// Arguments that the guard's calls and limits need.
    var neededPaths: [FieldPath] {
        let references =
            entitlements.map(\.owner) + magnitudes.map(\.subject) + limits.compactMap(\.reference)
        let called = references.flatMap(\.callPaths) + (dryRun.map { $0.with.compactMap(\.path) } ?? [])
        let scopes = limits.compactMap { limit in
            if case .argument(let path) = limit.scope { path } else { nil }
        }
        return called + scopes
    }
}

extension ValueReference {
    /// Arguments of the action without which the call cannot be made.
    var callPaths: [FieldPath] {
        guard case .lookup(_, let arguments, _) = self else { return [] }
        return arguments.compactMap(\.path)
    }
}

extension BoundArgument {
    fileprivate var path: FieldPath? { if case .argument(let path) = source { path } else { nil } }
}
