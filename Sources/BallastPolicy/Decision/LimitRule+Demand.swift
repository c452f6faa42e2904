import BallastCore

/// Why a limit cannot be reckoned: the action is denied with this reason.
struct LimitRefusal: Error {
    let reason: PolicyReason
}

extension LimitRule {
    /// What must be reserved for this action; empty when it adds nothing to what is counted.
    ///
    /// - Parameter counted: what is counted; nil for the tool alone.
    func demand(
        _ facts: PolicyFacts, rules: ToolRules, of counted: (name: String, words: String)? = nil
    ) -> Result<[LimitDemand], LimitRefusal> {
        if let foreign = foreignCurrency(rules) { return .failure(foreign) }
        guard let amount = amount(facts, rules: rules) else {
            return .failure(refusal("How much this adds to the limit cannot be told."))
        }
        guard amount != 0 else { return .success([]) }
        guard let cap = capUnits(facts) else {
            return .failure(refusal("The bound of the limit cannot be told."))
        }
        if scope == .action {
            return amount <= cap ? .success([]) : .failure(refusal("This action touches \(amount).", .magnitude))
        }
        guard let subject = subject(facts) else {
            return .failure(refusal("Whom the limit counts for cannot be told: \(scope) is missing."))
        }
        let name = "\(counted?.name ?? facts.tool)/\(self.name)"
        return .success([
            LimitDemand(
                name: name, subject: subject, window: window, amount: amount, cap: cap, isRate: measure == .count,
                asks: asks,
                words: words + (counted.map { " (\($0.words))" } ?? ""))
        ])
    }

    /// Negative amounts take nothing from a counter: a correction never makes room for more. Nor is an absent amount
    /// nothing: many a tool takes it as "all of it".
    private func amount(_ facts: PolicyFacts, rules: ToolRules) -> Int64? {
        if case .elements(let path) = measure {
            return path.value(in: facts.arguments).map { value in
                value.isNull ? 0 : Int64(value.array?.count ?? 1)
            }
        }
        guard case .sum(let path) = measure else { return 1 }
        guard let value = path.value(in: facts.arguments) else { return nil }
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

    /// Amounts of two currencies are not added up: an amount in another one than the limit's is denied.
    private func foreignCurrency(_ rules: ToolRules) -> LimitRefusal? {
        guard case .sum(let path) = measure, case .fixed(let bound) = cap else { return nil }
        let own = rules.money(at: path)?.currency
        guard case .money(let money) = bound else {
            return own.map { refusal("The limit says no currency, and \(path) is in \($0).", .money) }
        }
        if own == money.currency { return nil }
        let what = own.map { "\(path) is in \($0)" } ?? "\(path) is not declared as money"
        return refusal("The limit is in \(money.currency), and \(what).", .money)
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
        case .action: nil
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
        let what =
            switch measure {
            case .count: " times"
            case .sum(let path): " of \(path)"
            case .elements(let path): " elements of \(path)"
            }
        let span =
            switch window {
            case .total: ""
            case .rolling: " in \(window)"
            default: " and \(window)"
            }
        return "at most \(bound)\(what) per \(scope)\(span)" + (asks ? " without being asked" : "")
    }

    private func refusal(_ sentence: String, _ code: DecisionCode = .groundTruth) -> LimitRefusal {
        LimitRefusal(
            reason: PolicyReason(rule: "limit:\(name)", outcome: .deny, code: code, sentence: "\(sentence) (\(words))"))
    }
}
