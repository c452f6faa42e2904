import BallastCore

/// Why a limit cannot be reckoned: the action is denied with this reason.
struct LimitRefusal: Error {
    let reason: PolicyReason
}

extension LimitRule {
    /// What must be reserved for this action; empty when it adds nothing to what is counted.
    func demand(_ facts: PolicyFacts, rules: ToolRules) -> Result<[LimitDemand], LimitRefusal> {
        guard let amount = amount(facts, rules: rules) else {
            return .failure(refusal("How much this adds to the limit cannot be told."))
        }
        guard amount != 0 else { return .success([]) }
        guard let cap = capUnits(facts) else {
            return .failure(refusal("The bound of the limit cannot be told."))
        }
        guard let subject = subject(facts) else {
            return .failure(refusal("Whom the limit counts for cannot be told: \(scope) is missing."))
        }
        let name = "\(facts.tool)/\(self.name)"
        return .success([
            LimitDemand(name: name, subject: subject, window: window, amount: amount, cap: cap, words: words)
        ])
    }

    /// Negative amounts take nothing from a counter: a correction never makes room for more.
    private func amount(_ facts: PolicyFacts, rules: ToolRules) -> Int64? {
        guard case .sum(let path) = measure else { return 1 }
        guard let value = path.value(in: facts.arguments) else { return 0 }
        var total: Int64 = 0
        for element in value.array ?? [value] {
            let field = rules.money(at: path)
            guard let units = field == nil ? element.integer : field?.minorUnits(of: element) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(max(0, units))
            guard !overflow else { return nil }
            total = sum
        }
        return total
    }

    private func capUnits(_ facts: PolicyFacts) -> Int64? {
        switch cap {
        case .fixed(let quantity): return quantity.units
        case .reference(let reference):
            return reference.value(arguments: facts.arguments, groundTruth: facts.groundTruth)?.integer
        }
    }

    private func subject(_ facts: PolicyFacts) -> String? {
        switch scope {
        case .tenant: ""
        case .principal: facts.principal.name
        case .agent: facts.agent
        case .conversation: facts.conversation.isEmpty ? nil : facts.conversation
        case .run: facts.run.isEmpty ? nil : facts.run
        case .argument(let path): path.value(in: facts.arguments).map(JSONWriter.canonicalString)
        }
    }

    /// Such as `at most 2000.00 USD per tenant and day`.
    package var words: String {
        let bound =
            switch cap {
            case .fixed(let quantity): quantity.description
            case .reference(let reference): reference.description
            }
        let what = if case .sum(let path) = measure { " of \(path)" } else { " times" }
        let span =
            switch window {
            case .total: ""
            case .rolling: " in \(window)"
            default: " and \(window)"
            }
        return "at most \(bound)\(what) per \(scope)\(span)"
    }

    private func refusal(_ sentence: String) -> LimitRefusal {
        LimitRefusal(
            reason: PolicyReason(
                rule: "limit:\(name)", outcome: .deny, code: .groundTruth, sentence: "\(sentence) (\(words))"))
    }
}
