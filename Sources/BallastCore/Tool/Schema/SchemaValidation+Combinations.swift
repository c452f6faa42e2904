/// Rules that combine the answers of other schemas on the same value.
extension SchemaValidation {
    mutating func applyCombination(
        _ rule: SchemaRule, _ value: JSONValue, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        switch rule {
        case .all(let nodes): return checkAll(nodes, value, &evaluation)
        case .any(let nodes): return checkAny(nodes, value, &evaluation)
        case .one(let nodes): return checkOne(nodes, value, &evaluation)
        case .not(let node): return checkNot(node, value)
        case .conditional(let rule): return checkConditional(rule, value, &evaluation)
        default: return true
        }
    }

    private mutating func checkAll(
        _ nodes: [Int], _ value: JSONValue, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        var isValid = true
        for node in nodes where !checkInPlace(node, value, &evaluation) {
            isValid = false
            if isDone { break }
        }
        return isValid
    }

    private mutating func checkAny(
        _ nodes: [Int], _ value: JSONValue, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        var isValid = false
        for node in nodes where probe(node, value, &evaluation) {
            isValid = true
            // The other schemas may still look at more members.
            if !tracksEvaluation { break }
        }
        return isValid || violateAlternatives("anyOf", nodes, value)
    }

    private mutating func checkOne(
        _ nodes: [Int], _ value: JSONValue, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        var matches: [Int] = []
        for (index, node) in nodes.enumerated() where probe(node, value, &evaluation) {
            matches.append(index)
            if matches.count > 1 { break }
        }
        guard matches.count > 1 else { return matches.count == 1 || violateAlternatives("oneOf", nodes, value) }
        return violate(
            "oneOf", "fits alternatives \(matches[0] + 1) and \(matches[1] + 1) of \(nodes.count); it must fit one only"
        )
    }

    private mutating func checkNot(_ node: Int, _ value: JSONValue) -> Bool {
        var evaluation = SchemaEvaluation()
        // A check that gave up has not shown that the value is different.
        guard probe(node, value, &evaluation) else { return charge(0) }
        return violate("not", "has a form that is excluded, got \(SchemaWording.found(value)); send a different value")
    }

    private mutating func checkConditional(
        _ rule: SchemaConditional, _ value: JSONValue, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        let holds = probe(rule.condition, value, &evaluation)
        guard let node = holds ? rule.then : rule.otherwise else { return charge(0) }
        return checkInPlace(node, value, &evaluation)
    }

    // MARK: Alternatives

    /// Reports that no alternative fits: with the reasons of the one that was clearly meant, when there is one.
    private mutating func violateAlternatives(_ keyword: String, _ nodes: [Int], _ value: JSONValue) -> Bool {
        guard !isDone else { return false }
        if let meant = meantAlternative(nodes, value) { return report(meant) }
        let kinds = nodes.flatMap(typeNames)
        let distinct = kinds.indices.filter { kinds.firstIndex(of: kinds[$0]) == $0 }.map { kinds[$0] }
        let hint = distinct.isEmpty ? "" : " (\(SchemaWording.list(distinct)))"
        return violate(
            keyword, "fits none of \(nodes.count) alternatives\(hint), got \(SchemaWording.found(value))")
    }

    /// The violations of the only alternative that the value does not already miss by its own kind or choice.
    private mutating func meantAlternative(_ nodes: [Int], _ value: JSONValue) -> [JSONSchemaViolation]? {
        let place = location.pointer
        var meant: [[JSONSchemaViolation]] = []
        for node in nodes.prefix(50) {
            let found = trial(node, value)
            let isOther = found.contains { isMismatch($0, at: place) }
            if !isOther, !found.isEmpty { meant.append(found) }
        }
        return meant.count == 1 ? meant[0] : nil
    }

    /// Whether a violation shows that another alternative was meant: the wrong kind here, or the wrong constant in a
    /// member, which is how alternatives are told apart.
    private func isMismatch(_ violation: JSONSchemaViolation, at place: String) -> Bool {
        switch violation.keyword {
        case "type", "false": violation.pointer == place
        case "const", "enum": true
        default: false
        }
    }

    private func typeNames(_ node: Int) -> [String] {
        for rule in nodes[node].rules {
            if case .type(let types) = rule { return types.names }
        }
        return []
    }
}
