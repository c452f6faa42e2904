/// Rules about arrays and their items.
extension SchemaValidation {
    mutating func applyToArray(
        _ rule: SchemaRule, _ elements: [JSONValue], _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        switch rule {
        case .itemCount(let counts): checkCount(elements.count, counts, "item")
        case .uniqueItems: checkUnique(elements)
        case .items(let prefix, let rest): checkItems(elements, prefix: prefix, rest: rest, &evaluation)
        case .contains(let node, let counts): checkContains(elements, node, counts, &evaluation)
        case .unevaluatedItems(let node): checkUnevaluated(elements, node, &evaluation)
        default: true
        }
    }

    private mutating func checkUnique(_ elements: [JSONValue]) -> Bool {
        var places: [JSONValue: Int] = [:]
        for (index, element) in elements.enumerated() {
            guard chargeSize(of: element) else { return false }
            if let first = places.updateValue(index, forKey: element.withNormalizedNumbers) {
                return violate("uniqueItems", "items \(first) and \(index) are equal; each must be different")
            }
        }
        return true
    }

    private mutating func checkItems(
        _ elements: [JSONValue], prefix: [Int], rest: Int?, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        var isValid = true
        for (index, element) in elements.enumerated() {
            guard let node = index < prefix.count ? prefix[index] : rest else { break }
            if !checkItem(node, element, index, "items") { isValid = false }
            if tracksEvaluation { evaluation.insert(item: index) }
            if !isValid, isDone { break }
        }
        return isValid
    }

    private mutating func checkItem(_ node: Int, _ element: JSONValue, _ index: Int, _ keyword: String) -> Bool {
        guard nodes[node].allowsNothing else { return check(node, element, at: .item(index)) }
        location.push(.item(index))
        defer { location.pop() }
        return violate(keyword, "no item is allowed here, got \(SchemaWording.found(element)); leave it out")
    }

    private mutating func checkContains(
        _ elements: [JSONValue], _ node: Int, _ counts: SchemaCounts, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        var found = 0
        for (index, element) in elements.enumerated() {
            var inner = SchemaEvaluation()
            location.push(.item(index))
            let isMatch = probe(node, element, &inner)
            location.pop()
            guard isMatch else { continue }
            found += 1
            if tracksEvaluation { evaluation.insert(item: index) }
        }
        if let least = counts.least, found < least {
            let rule = "must contain at least \(SchemaWording.count(least, "item")) of the kind that contains asks for"
            return violate(counts.leastKeyword, "\(rule), found \(found)")
        }
        if let most = counts.most, found > most {
            let rule = "must contain at most \(SchemaWording.count(most, "item")) of the kind that contains asks for"
            return violate(counts.mostKeyword, "\(rule), found \(found)")
        }
        return true
    }

    private mutating func checkUnevaluated(
        _ elements: [JSONValue], _ node: Int, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        var isValid = true
        for (index, element) in elements.enumerated() where !evaluation.items.contains(index) {
            if !checkItem(node, element, index, "unevaluatedItems") { isValid = false }
            evaluation.insert(item: index)
            if !isValid, isDone { break }
        }
        return isValid
    }
}
