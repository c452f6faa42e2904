import BallastCore
import BallastPolicy

/// Readings of the policy language's small texts.
extension DiagnosticList {
    func path(_ node: YAMLNode?, _ what: String) -> FieldPath? {
        guard let node, let text = text(node, what) else { return nil }
        guard let path = FieldPath(text) else {
            add(
                node.position, "`\(text)` is no field",
                "write a name such as `order_id`, or a path such as `customer.id`")
            return nil
        }
        return path
    }

    func paths(_ node: YAMLNode?, _ what: String) -> [FieldPath] {
        guard let node else { return [] }
        return (node.elements ?? [node]).compactMap { path($0, "each of \(what)") }
    }

    /// An amount, or a whole number.
    func quantity(_ node: YAMLNode?, _ what: String) -> Quantity? {
        guard let node, let text = text(node, what) else { return nil }
        if let money = Money(text) { return .money(money) }
        if let integer = Int64(text) { return .integer(integer) }
        let advice: String
        if let plain = text.split(separator: " ").first, Decimal.minorUnits(plain, exponent: 4) != nil {
            advice = "write an amount with its currency, such as `\(plain) USD`"
        } else {
            advice = "write `50.00 USD`, or a whole number"
        }
        add(
            node.position, "`\(text)` is no amount",
            why: "amounts are exact: no thousands, no more digits than the currency has", advice)
        return nil
    }

    func reference(_ node: YAMLNode?, _ what: String) -> ValueReference? {
        guard let node, let text = text(node, what) else { return nil }
        guard let reference = ValueReference(text) else {
            add(
                node.position, "`\(text)` names no value",
                "write an argument such as `order_id`, or a tool's answer such as `lookup_order(order_id).total_cents`"
            )
            return nil
        }
        return reference
    }

    /// Arguments of a call that the guard makes. `isUndo` allows fields of the action's result.
    func bound(_ node: YAMLNode?, _ what: String, isUndo: Bool = false) -> [BoundArgument] {
        entries(node, what, "{ key: $idempotency_key }").compactMap { entry in
            source(entry.value, isUndo: isUndo).map { BoundArgument(name: entry.key, source: $0) }
        }
    }

    private func source(_ node: YAMLNode, isUndo: Bool) -> ValueSource? {
        guard let text = node.text, text.hasPrefix("$") else { return .literal(node.json) }
        if text == "$idempotency_key" { return .idempotencyKey }
        let parts = text.dropFirst().split(separator: ".", maxSplits: 1)
        if parts.count == 2, let path = FieldPath(String(parts[1])) {
            if parts[0] == "arguments" { return .argument(path) }
            if parts[0] == "result", isUndo { return .result(path) }
        }
        let choices =
            isUndo
            ? "`$result.FIELD`, `$arguments.NAME` or `$idempotency_key`" : "`$arguments.NAME` or `$idempotency_key`"
        add(node.position, "`\(text)` names no value here", "write \(choices), or a fixed value without `$`")
        return nil
    }

    /// Tests of one value: a value to equal, a list to be in, or a mapping of tests that must all hold. None at all is
    /// an error: a condition that is dropped silently would change what its rule says.
    func tests(_ node: YAMLNode, _ what: String) -> [ValueTest] {
        if node.isEmpty || node.elements?.isEmpty ?? false || node.entries?.isEmpty ?? false {
            add(
                node.position, "\(what) is tested for nothing",
                "write a value, a list, or a test such as `{ at_most: 5 }`")
            return []
        }
        switch node.content {
        case .scalar: return [.equals(node.json)]
        case .sequence(let elements): return [.isIn(elements.map(\.json))]
        case .mapping(let entries): return entries.compactMap { test($0, what) }
        }
    }

    private func test(_ entry: YAMLEntry, _ what: String) -> ValueTest? {
        let value = entry.value
        if let comparison = Comparison(rawValue: entry.key) {
            return quantity(value, "`\(entry.key)`").map { .compares(comparison, $0) }
        }
        switch entry.key {
        case "equals": return .equals(value.json)
        case "not_equals": return .isNotIn([value.json])
        case "in": return some(value, what).map { .isIn($0.map(\.json)) }
        case "not_in": return some(value, what).map { .isNotIn($0.map(\.json)) }
        case "prefix": return text(value, "`prefix`").map { .hasPrefix($0) }
        case "suffix": return text(value, "`suffix`").map { .hasSuffix($0) }
        case "domain_in": return some(value, what).map { .domainIn(domains($0)) }
        case "domain_not_in": return some(value, what).map { .domainNotIn(domains($0)) }
        case "exists": return bool(value, "`exists`").map { .exists($0) }
        default:
            let nearest = NearestWord.of(entry.key, among: ValueTest.words).map { "did you mean `\($0)`?" }
            add(
                entry.position, "`\(entry.key)` is no test of \(what)",
                nearest ?? "use one of \(ValueTest.words.joined(separator: ", "))")
            return nil
        }
    }

    /// At least one value; a single one may stand without brackets.
    private func some(_ node: YAMLNode, _ what: String) -> [YAMLNode]? {
        let elements = node.elements ?? [node]
        if !elements.isEmpty, !node.isEmpty { return elements }
        add(node.position, "\(what) is compared with an empty list", "name at least one value")
        return nil
    }

    private func domains(_ nodes: [YAMLNode]) -> [DomainPattern] {
        nodes.compactMap { element in
            guard let text = element.text, let domain = DomainPattern(text) else {
                add(
                    element.position, "`\(element.text ?? "")` is no domain",
                    "write `example.com`, or `*.example.com` for those under it")
                return nil
            }
            return domain
        }
    }
}
