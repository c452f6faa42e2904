import BallastCore
import BallastPolicy

/// Reads what a policy states of one tool.
struct ToolRulesReader {
    let file: MappingReader
    var list: DiagnosticList { file.list }

    init(file: MappingReader) { self.file = file }

    func read() -> ToolRules {
        var rules = ToolRules()
        rules.money = list.entries(file["money"], "`money`", "{ amount: USD }").compactMap(money)
        rules.repeatability = repeatability(file["repeat"])
        rules.verification = verification(file["verify"])
        rules.undo = undo(file["undo"])
        rules.entitlements = list.entries(
            file["entitled"], "`entitled`", "{ order_id: lookup_order(order_id).customer_id = principal.customer_id }"
        ).compactMap(entitlement)
        rules.businessKey = list.paths(file["business_key"], "`business_key`")
        rules.timeout = list.duration(file["timeout"], "`timeout`")
        rules.retry = list.retry(file["retry"])
        rules.fallbacks = fallbacks(file["fallback"])
        rules.freshness = list.duration(file["fresh"], "`fresh`")
        rules.explicitScope = list.paths(file["scope"], "`scope`")
        rules.dryRun = dryRun(file["dry_run"])
        rules.isSequential = list.bool(file["sequential"], "`sequential`") ?? false
        rules.trust = trust(file["trusted"])
        rules.flow = FlowRulesReader(file: file).read()
        rules.confidence = confidence(file["confidence"])
        rules.autonomy = AutonomyReader(list: list).read(file["autonomy"])
        rules.postConditions = list.elements(
            file["after"], "`after`", "{ check: find_refund, with: { key: $idempotency_key }, expect: { found: true } }"
        ).compactMap(postCondition)
        for limit in list.elements(file["limits"], "`limits`", "{ count: at_most 5, per: principal, every: hour }") {
            read(limit: limit, into: &rules)
        }
        return rules
    }

    // MARK: Money

    private func money(_ entry: YAMLEntry) -> MoneyField? {
        guard let path = FieldPath(entry.key) else {
            list.add(entry.position, "`\(entry.key)` is no field", "write the name of an argument")
            return nil
        }
        if entry.value.text != nil { return currency(entry.value).map { MoneyField(path: path, source: .fixed($0)) } }
        guard let reader = MappingReader(entry.value, .money, list),
            let currency = currency(reader.required("currency", "USD"))
        else { return nil }
        let forms = MoneyField.Form.allCases.map(\.rawValue)
        let form = list.word(reader["form"], "form of money", of: forms).flatMap(MoneyField.Form.init) ?? .minor
        let named = list.path(reader["currency_field"], "`currency_field`")
        let low = bound(reader["min"], currency) ?? 0
        let high = max(low, bound(reader["max"], currency) ?? .max)
        return MoneyField(
            path: path, form: form, source: named.map { .argument($0, expected: currency) } ?? .fixed(currency),
            range: low...high)
    }

    private func currency(_ node: YAMLNode?) -> Currency? {
        guard let node, let text = list.text(node, "a currency") else { return nil }
        guard let currency = Currency(code: text) else {
            let nearest = NearestWord.of(text, among: Currency.codes)
            list.add(
                node.position, "`\(text)` is no currency", why: "currencies have three letters (ISO 4217)",
                nearest.map { "did you mean `\($0)`?" } ?? "write a code such as `USD`")
            return nil
        }
        return currency
    }

    private func bound(_ node: YAMLNode?, _ currency: Currency) -> Int64? {
        guard let node, case .money(let money)? = list.quantity(node, "a bound") else { return nil }
        if money.currency == currency { return money.minorUnits }
        list.add(node.position, "the field is in \(currency), and this is \(money.currency)", "write it in \(currency)")
        return nil
    }

    // MARK: Repetition, proof and undo

    private func repeatability(_ node: YAMLNode?) -> Repeatability? {
        guard let node, let text = list.text(node, "`repeat`") else { return nil }
        switch text {
        case "never": return .never
        case "naturally": return .naturally
        default:
            if text.hasPrefix("by_key for "), let span = DurationText.milliseconds(String(text.dropFirst(11))) {
                return .byKey(milliseconds: span)
            }
            list.add(
                node.position, "`\(text)` does not say how the tool may be repeated",
                "write `never`, `naturally` or `by_key for 24h`")
            return nil
        }
    }

    private func verification(_ node: YAMLNode?) -> Verification? {
        guard let node, let reader = MappingReader(node, .verify, list) else { return nil }
        let tool = list.text(reader.required("tool", "find_refund"), "`tool`")
        let with = list.bound(reader["with"], "`with`")
        let span = list.duration(reader.required("lands_within", "30s"), "`lands_within`")
        var tests: [FieldPath: ValueTest] = [:]
        for entry in list.entries(
            reader.required("happened_when", "{ found: true }"), "`happened_when`", "{ found: true }")
        {
            guard let path = FieldPath(entry.key) else { continue }
            tests[path] = list.tests(entry.value, "`\(entry.key)`").first
        }
        guard let tool, let span else { return nil }
        return Verification(tool: tool, with: with, landsWithin: span, happenedWhen: tests)
    }

    private func undo(_ node: YAMLNode?) -> Undo? {
        guard let node, let reader = MappingReader(node, .undo, list),
            let tool = list.text(reader.required("tool", "void_refund"), "`tool`")
        else { return nil }
        return Undo(tool: tool, with: list.bound(reader["with"], "`with`", isUndo: true))
    }

    // MARK: How sure, and what afterwards

    /// `rules` alone, or who else is asked.
    private func confidence(_ node: YAMLNode?) -> ConfidenceRule? {
        guard let node else { return nil }
        if node.text != nil {
            guard list.word(node, "estimate of confidence", of: ["rules", "stated"]) != nil else { return nil }
            return ConfidenceRule(takesStated: node.text == "stated")
        }
        guard let reader = MappingReader(node, .confidence, list) else { return nil }
        return ConfidenceRule(
            takesStated: list.bool(reader["stated"], "`stated`") ?? true,
            verifier: list.text(reader["verifier"], "`verifier`"))
    }

    private func postCondition(_ node: YAMLNode) -> PostCondition? {
        guard let reader = MappingReader(node, .after, list), let (kind, value) = reader.oneOf(["result", "check"])
        else { return nil }
        if kind == "result" { return .result(expectations(value, "`result`")) }
        let expect = expectations(reader.required("expect", "{ found: true }"), "`expect`")
        guard let tool = list.text(value, "`check`"), !expect.isEmpty else { return nil }
        return .check(tool: tool, with: list.bound(reader["with"], "`with`", isUndo: true), expect: expect)
    }

    private func expectations(_ node: YAMLNode?, _ what: String) -> [FieldPath: ValueTest] {
        var tests: [FieldPath: ValueTest] = [:]
        for entry in list.entries(node, what, "{ status: done }") {
            guard let path = FieldPath(entry.key) else {
                list.add(entry.position, "`\(entry.key)` is no field", "write the name of a field of the answer")
                continue
            }
            tests[path] = list.tests(entry.value, "`\(entry.key)`").first
        }
        return tests
    }

    // MARK: Whose, how much

    private func entitlement(_ entry: YAMLEntry) -> Entitlement? {
        guard let text = list.text(entry.value, "`\(entry.key)`") else { return nil }
        let sides = text.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
        let left = sides.first.map { String($0).trimmingSuffix(" ") }
        if sides.count == 2, let owner = left.flatMap(ValueReference.init), sides[1].hasPrefix("principal."),
            let argument = FieldPath(entry.key)
        {
            let attribute = String(sides[1].dropFirst("principal.".count))
            if FieldPath.isName(attribute) {
                return Entitlement(argument: argument, owner: owner, attribute: attribute)
            }
        }
        list.add(
            entry.value.position, "`\(text)` does not say whose the record is",
            "write `lookup_order(order_id).customer_id = principal.customer_id`")
        return nil
    }

    private func dryRun(_ node: YAMLNode?) -> DryRun? {
        guard let node, let reader = MappingReader(node, .dryRun, list) else { return nil }
        let with = list.bound(reader.required("with", "{ dry_run: true }"), "`with`")
        let count = list.path(reader.required("count", "count"), "`count`")
        let most = list.integer(reader.required("at_most", "100"), "`at_most`", in: 0...Int64.max)
        guard let count, let most, !with.isEmpty else { return nil }
        return DryRun(with: with, count: count, atMost: most)
    }

    private func trust(_ node: YAMLNode?) -> ResultTrust {
        guard let node else { return .none }
        if node.elements != nil { return .fields(list.paths(node, "`trusted`")) }
        return list.bool(node, "`trusted`") ?? false ? .all : .none
    }

    // MARK: Limits

    private func read(limit node: YAMLNode, into rules: inout ToolRules) {
        guard let reader = MappingReader(node, .limit, list),
            let (kind, value) = reader.oneOf(["count", "sum", "number_of", "each"])
        else { return }
        switch kind {
        case "each":
            guard let subject = list.reference(value, "`each`"),
                let most = list.quantity(reader.required("at_most", "500.00 USD"), "`at_most`")
            else { return }
            rules.magnitudes.append(MagnitudeRule(subject: subject, atMost: most))
        case "sum":
            guard let path = list.path(value, "`sum`"), let cap = cap(reader.required("at_most", "2000.00 USD"))
            else { return }
            add(.sum(path), cap, reader, to: &rules)
        case "number_of":
            guard let path = list.path(value, "`number_of`"), let cap = cap(reader.required("at_most", "20"))
            else { return }
            add(.elements(path), cap, reader, to: &rules)
        default:
            guard let cap = count(value) else { return }
            add(.count, cap, reader, to: &rules)
        }
    }

    private func add(
        _ measure: LimitRule.Measure, _ cap: LimitRule.Cap, _ reader: MappingReader, to rules: inout ToolRules
    ) {
        guard let per = reader.required("per", "principal"), let word = list.text(per, "`per`") else { return }
        guard let scope = LimitScope(word) else {
            list.add(
                per.position, "`\(word)` is nobody that a limit counts for",
                "use \(LimitScope.words.joined(separator: ", ")), or the name of an argument")
            return
        }
        guard let window = window(reader["every"]) else { return }
        rules.limits.append(
            LimitRule(measure: measure, cap: cap, per: scope, every: window, asks: asksBeyond(reader["beyond"])))
    }

    /// Without `every` the limit counts for ever.
    func window(_ node: YAMLNode?) -> LimitWindow? {
        guard let node else { return .total }
        guard let text = list.text(node, "`every`"), let window = LimitWindow(text) else {
            list.add(
                node.position, "`\(node.text ?? "")` is no window",
                "use \(LimitWindow.words.joined(separator: ", ")), or a span such as `24h`")
            return nil
        }
        return window
    }

    /// Whether a reviewer is asked about what goes beyond the limit; unless given it is denied.
    func asksBeyond(_ node: YAMLNode?) -> Bool {
        guard let node else { return false }
        return list.word(node, "answer to what goes beyond a limit", of: ["deny", "ask"]) == "ask"
    }

    /// `at_most 5`.
    func count(_ node: YAMLNode) -> LimitRule.Cap? {
        guard let text = list.text(node, "`count`") else { return nil }
        guard text.hasPrefix("at_most "), let value = Int64(text.dropFirst(8)), value >= 0 else {
            list.add(node.position, "`\(text)` is no bound of a count", "write `count: at_most 5`")
            return nil
        }
        return .fixed(.integer(value))
    }

    private func cap(_ node: YAMLNode?) -> LimitRule.Cap? {
        guard let node, let text = list.text(node, "`at_most`") else { return nil }
        guard text.contains("(") else { return list.quantity(node, "`at_most`").map { .fixed($0) } }
        return list.reference(node, "`at_most`").map { .reference($0) }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self[...]
        while text.last == character { text = text.dropLast() }
        return String(text)
    }
}
