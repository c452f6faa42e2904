import BallastCore

extension Policy {
    /// Decides about one action. Total and pure: the same facts give the same decision, and a fact that a raising rule
    /// needs and does not find denies.
    package func decide(_ facts: PolicyFacts) -> PolicyDecision { endorsed(judge(facts), on: facts) }

    /// The decision as it is without any endorsement.
    func judge(_ facts: PolicyFacts) -> PolicyDecision {
        guard let entry = entries[facts.tool] else {
            return flowDecision(facts) ?? entitlementDecision(facts) ?? .unclassified(facts.tool)
        }
        let isGrounding = !entry.rules.flow.groundings.isEmpty
        var deliberation = Deliberation(facts: isGrounding ? facts.grounded(by: entry.rules) : facts, entry: entry)
        if let refusal = entitlementRefusal(facts) { deliberation.add(refusal) }
        deliberation.considerIntent(intent)
        deliberation.considerStatements()
        deliberation.considerRaisingRules()
        deliberation.considerConfidence()
        deliberation.considerRepetition()
        deliberation.considerFloor()
        return deliberation.decision()
    }

    /// The refusal of what may not flow into the tool or out with it; nil when it may. It needs nothing fetched, so it
    /// comes before the guard asks anything.
    package func flowDecision(_ facts: PolicyFacts) -> PolicyDecision? {
        guard let rules = tools[facts.tool] ?? (classes[facts.tool] == nil ? nil : ToolRules()) else { return nil }
        let refusals = ArgumentFlow(facts: facts.grounded(by: rules), rules: rules).refusals()
        let check = IntentCheck(facts: facts, rules: rules)
        let unasked = [
            check.outsideContract(classes[facts.tool]), intent.asksForUnlicensed ? nil : check.refusal(.deny),
        ]
        return .denied(facts.tool, refusals + unasked.compactMap(\.self), toolClass: classes[facts.tool])
    }

    /// The refusal for want of entitlement, once `entitlementCalls` are answered; nil when the principal is entitled.
    package func entitlementDecision(_ facts: PolicyFacts) -> PolicyDecision? {
        .denied(facts.tool, entitlementRefusal(facts).map { [$0] } ?? [], toolClass: classes[facts.tool])
    }

    /// True when `PolicyFacts.evidence` is needed for this tool.
    package func asksForEvidence(of tool: String) -> Bool {
        guard let flow = tools[tool]?.flow else { return asksForGrounds(of: tool) }
        return !flow.groundings.isEmpty || !flow.acts.isEmpty || asksForGrounds(of: tool)
    }
}

extension PolicyDecision {
    /// A denial for these reasons, the first of which names it; nil without any.
    fileprivate static func denied(
        _ tool: String, _ reasons: [PolicyReason], toolClass: ToolClass?
    ) -> PolicyDecision? {
        guard let first = reasons.first else { return nil }
        return PolicyDecision(
            tool: tool, outcome: .deny, toolClass: toolClass, code: first.code, rule: first.rule, reasons: reasons,
            approvals: [], confirmer: .principal, within: ApprovalRequirement.defaultWait, next: nil, demands: [])
    }

    fileprivate static func unclassified(_ tool: String) -> PolicyDecision {
        let reason = PolicyReason(
            rule: "class", outcome: .deny, code: .unclassified,
            sentence: "\(tool) stands in no class of the policy, and an action that nobody classified does not run.")
        return PolicyDecision(
            tool: tool, outcome: .deny, toolClass: nil, code: .unclassified, rule: "class", reasons: [reason],
            approvals: [], confirmer: .principal, within: ApprovalRequirement.defaultWait, next: nil, demands: [])
    }
}

/// One decision in the making: what spoke so far.
struct Deliberation {
    let facts: PolicyFacts
    let entry: ToolEntry
    private var reasons: [PolicyReason] = []
    private var requirements: [ApprovalRequirement] = []
    private var within: Int64?
    private var isRaised = false
    private var isRelaxed = false
    private var next: NextStep?
    private var demands: [LimitDemand] = []

    init(facts: PolicyFacts, entry: ToolEntry) {
        self.facts = facts
        self.entry = entry
    }

    /// A raising reason; from now on no relaxation applies.
    mutating func add(_ reason: PolicyReason) {
        isRaised = true
        reasons.append(reason)
    }

    /// Whether the principal's words ask for an act of this kind.
    mutating func considerIntent(_ intent: IntentRules) {
        guard !facts.contracts.isEmpty || !entry.rules.flow.acts.isEmpty else { return }
        let outcome: Outcome = intent.asksForUnlicensed ? .approve : .deny
        let check = IntentCheck(facts: facts, rules: entry.rules)
        if let refusal = check.outsideContract(entry.toolClass) { add(refusal) }
        guard let refusal = check.refusal(outcome) else { return }
        if outcome == .approve { requirements.append(ApprovalRequirement()) }
        add(refusal)
    }

    /// What the operator stated of the tool: money, scope, magnitude, limits.
    mutating func considerStatements() {
        let flow = ArgumentFlow(facts: facts, rules: entry.rules)
        for refusal in flow.refusals() + ToolStatements(facts: facts, rules: entry.rules).refusals()
            + flow.ungrounded()
        { add(refusal) }
        let all =
            entry.rules.limits.map { $0.demand(facts, rules: entry.rules) } + entry.limits.map { $0.demand(facts) }
        for demand in all {
            switch demand {
            case .success(let demand): demands.append(contentsOf: demand)
            case .failure(let refusal): add(refusal.reason)
            }
        }
    }

    mutating func considerRaisingRules() {
        for candidate in entry.gates.candidates(for: facts.arguments) {
            let place = candidate.rule
            switch candidate.isKnown
                ? .yes : entry.raising[place].matches(facts, entry: entry, quantifier: .any)
            {
            case .no: continue
            case .yes: apply(entry.raising[place].action, entry.sayings[place])
            case .unknown: add(entry.raising[place].undecided(facts, entry: entry))
            }
        }
    }

    private mutating func apply(_ action: RuleAction, _ saying: PolicyReason) {
        add(saying)
        switch action {
        case .requireApproval(let requirement):
            requirements.append(requirement)
            narrow(requirement.within)
        case .requireConfirm(let wait): narrow(wait)
        case .deny, .relax: break
        }
    }

    private mutating func narrow(_ wait: Int64) { within = min(within ?? wait, wait) }

    /// The bands speak only where an estimate was made; a class or rule that asks for one gets it from the guard.
    mutating func considerConfidence() {
        guard let band = facts.confidence, entry.toolClass != .safe, band != .high else { return }
        let outcome: Outcome = band == .medium ? .confirm : .deny
        if band == .low { next = .askUser }
        if band == .veryLow { next = .escalate }
        add(
            PolicyReason(
                rule: "confidence", outcome: outcome, code: .confidence,
                sentence: "The model's confidence in this action is \(band.name).",
                remedy: "the model is sure, for example after asking what is meant"))
    }

    mutating func considerRepetition() {
        guard facts.isRepeat, entry.toolClass != .safe else { return }
        requirements.append(ApprovalRequirement())
        add(
            PolicyReason(
                rule: "repeat", outcome: .approve, code: .repeated,
                sentence: "An equal action was done before; a person decides whether it is meant again."))
    }

    /// The class's floor, or what the strictest relaxation makes of it where nothing raised.
    mutating func considerFloor() {
        let floor = entry.toolClass.floor
        let relaxing = isRaised ? [] : entry.relaxing.filter { $0.applies(facts, entry: entry) }
        let target = relaxing.compactMap(\.relaxTarget).max() ?? floor
        guard target < floor else {
            if floor == .approve { requirements.append(ApprovalRequirement()) }
            reasons.append(entry.floorReason(facts.tool, lacking: facts.grounds?.gaps ?? []))
            return
        }
        isRelaxed = true
        reasons.append(contentsOf: relaxing.filter { $0.relaxTarget == target }.map { $0.matched() })
    }

    func decision() -> PolicyDecision {
        let sorted = PolicyReason.sorted(reasons)
        let outcome = sorted.first?.outcome ?? .deny
        let code = sorted.first?.code ?? .cannotEvaluate
        let approvals = outcome == .approve ? ApprovalRequirement.joined(requirements) : []
        let isRelaxedDangerous = isRelaxed && entry.toolClass == .dangerous
        return PolicyDecision(
            tool: facts.tool, outcome: outcome, toolClass: entry.toolClass, code: code, rule: sorted.first?.rule ?? "",
            reasons: sorted, approvals: approvals, confirmer: isRelaxedDangerous ? .operatorSide : .principal,
            within: (approvals.map(\.within) + [within ?? ApprovalRequirement.defaultWait]).min() ?? 0,
            next: outcome == .deny ? next : nil, demands: outcome == .deny ? [] : demands)
    }
}

extension PolicyReason {
    /// Strictest first, then by the guard's order, then by rule.
    fileprivate static func sorted(_ reasons: [PolicyReason]) -> [PolicyReason] {
        let order = reasons.indices.map {
            (key: (4 - Int(reasons[$0].outcome.rawValue)) << 8 | reasons[$0].rank, at: $0)
        }
        return order.sorted { a, b in
            a.key == b.key ? reasons[a.at].rule < reasons[b.at].rule : a.key < b.key
        }.map { reasons[$0.at] }
    }

    /// Which of several equally strict reasons names the decision: the one that the guard's order has first.
    fileprivate var rank: Int {
        switch code {
        case .flow: 0
        case .destination: 1
        case .secret: 2
        case .personal: 3
        case .contract: 4
        case .intent: 5
        case .entitlement: 6
        case .money, .scope: 7
        case .magnitude: 8
        case .groundTruth: 9
        case .grounding: 10
        case .denied, .required, .relaxed: 11
        case .cannotEvaluate: 12
        case .repeated: 13
        case .confidence: 14
        default: 15
        }
    }
}

extension ApprovalRequirement {
    /// The least that satisfies all of them: the largest quorum and the shortest wait of each group. A requirement
    /// that anybody may satisfy is left out where a named group covers it.
    static func joined(_ requirements: [ApprovalRequirement]) -> [ApprovalRequirement] {
        var byGroup: [String?: ApprovalRequirement] = [:]
        for requirement in requirements {
            let other = byGroup[requirement.group] ?? requirement
            byGroup[requirement.group] = ApprovalRequirement(
                group: requirement.group, quorum: max(other.quorum, requirement.quorum),
                within: min(other.within, requirement.within))
        }
        let named = byGroup.values.filter { $0.group != nil }
        if let open = byGroup[nil], named.contains(where: { $0.quorum >= open.quorum }) { byGroup[nil] = nil }
        return byGroup.values.sorted { ($0.group ?? "") < ($1.group ?? "") }
    }
}
