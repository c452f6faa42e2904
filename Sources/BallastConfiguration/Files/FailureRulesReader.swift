import BallastCore
import BallastPolicy
import BallastRuntime

/// What is read of retries, fallbacks, breakers and limits over classes.
extension DiagnosticList {
    /// `{ attempts: 3, backoff: 250ms }`.
    func retry(_ node: YAMLNode?) -> RetryRule? {
        guard let node, let reader = MappingReader(node, .retry, self) else { return nil }
        return RetryRule(
            attempts: integer(reader["attempts"], "`attempts`", in: 1...20).map { Int($0) },
            backoff: duration(reader["backoff"], "`backoff`"))
    }

    func breakers(_ node: YAMLNode?) -> BreakerRule {
        var rule = BreakerRule()
        guard let node, let reader = MappingReader(node, .breakers, self) else { return rule }
        if let failures = integer(reader["failures"], "`failures`", in: 1...1_000) { rule.failures = Int(failures) }
        if let window = duration(reader["window"], "`window`") { rule.window = window }
        if let coolDown = duration(reader["cool_down"], "`cool_down`") {
            rule.coolDown = coolDown
            rule.longestCoolDown = max(rule.longestCoolDown, coolDown)
        }
        return rule
    }
}

extension ToolRulesReader {
    /// Names of tools, or what each is called with.
    func fallbacks(_ node: YAMLNode?) -> [Fallback] {
        guard let node else { return [] }
        return (node.elements ?? [node]).compactMap { element in
            if element.text != nil { return list.name(element, "`fallback`").map { Fallback(tool: $0) } }
            guard let reader = MappingReader(element, .fallback, list),
                let tool = list.name(reader.required("tool", "find_order"), "`tool`")
            else { return nil }
            return Fallback(tool: tool, with: reader["with"].map { list.bound($0, "`with`") })
        }
    }

    /// `{ class: risky, count: at_most 30, per: principal, every: hour }`; the reader stands on it.
    func classLimit() -> ClassLimit? {
        let words = ToolClass.allCases.map(\.name)
        var toolClass: ToolClass?
        if let node = file["class"] {
            guard let word = list.word(node, "class of tools", of: words) else { return nil }
            toolClass = ToolClass.allCases.first { $0.name == word }
        }
        guard let counted = file.required("count", "at_most 30") else { return nil }
        let isUnlimited = counted.text == "unlimited"
        guard let cap = isUnlimited ? .fixed(.integer(.max)) : count(counted), let scope = scope(),
            let window = window(file["every"])
        else { return nil }
        return ClassLimit(
            toolClass,
            LimitRule(
                measure: .count, cap: cap, per: scope, every: window, asks: asksBeyond(file["beyond"])),
            isUnlimited: isUnlimited)
    }

    /// Tools of a class have no argument in common.
    private func scope() -> LimitScope? {
        guard let node = file["per"] else { return .principal }
        return list.word(node, "scope of a limit", of: LimitScope.lasting).flatMap(LimitScope.init)
    }
}

extension [ClassLimit] {
    /// One limit of what is counted: the lowest.
    func narrowed() -> [ClassLimit] {
        var narrowest: [String: ClassLimit] = [:]
        for limit in self {
            let name = "\(limit.toolClass?.name ?? "")/\(limit.rule.name)"
            narrowest[name] = narrowest[name].map { $0.isNarrower(than: limit) ? $0 : limit } ?? limit
        }
        return narrowest.sorted { $0.key < $1.key }.map(\.value)
    }
}

extension ClassLimit {
    fileprivate func isNarrower(than other: ClassLimit) -> Bool {
        guard case .fixed(let mine) = rule.cap, case .fixed(let theirs) = other.rule.cap else { return true }
        return mine.units <= theirs.units
    }
}
