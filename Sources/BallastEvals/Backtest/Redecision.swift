package import BallastCore
package import BallastPolicy

/// What making a recorded decision again gives.
package enum Redecision: Sendable {
    case decided(PolicyDecision, PolicyFacts)
    /// The guard refused before or beside the policy; no policy decides otherwise.
    case beyondPolicy
    case impossible(Impossibility)
}

/// Why a decision cannot be made again.
package enum Impossibility: Sendable, Hashable, CustomStringConvertible {
    /// The key that sealed the content is gone, or the content is.
    case contentGone
    /// What was judged cannot be read as JSON any more.
    case unreadable
    /// The policy needs a fact that nobody asked for then.
    case notAsked(tool: String)
    case noSuchAgent(String)
    case unknownCode(String)
    /// The journal of its run is damaged, or newer than this program.
    case damagedJournal

    package var code: String {
        switch self {
        case .contentGone: "content_gone"
        case .unreadable: "unreadable"
        case .notAsked: "not_asked"
        case .noSuchAgent: "no_such_agent"
        case .unknownCode: "unknown_code"
        case .damagedJournal: "damaged_journal"
        }
    }

    package var description: String {
        switch self {
        case .contentGone: "its content is gone: erased, or sealed under another key"
        case .unreadable: "its arguments cannot be read"
        case .notAsked(let tool): "it needs an answer of \(tool), which nobody asked for then"
        case .noSuchAgent(let agent): "the new configuration has no agent \(agent)"
        case .unknownCode(let code): "it was decided with the code \(code), which this version does not know"
        case .damagedJournal: "the journal of its run cannot be read"
        }
    }
}

/// Makes recorded decisions again. Total and pure, but for the people it asks the configuration about.
package struct Redecider {
    private let candidate: Candidate
    private var people: [Principal: DecisionSurroundings] = [:]
    private static let peopleKept = 10_000
    /// The records of runs under way, as far as their acts were taken.
    private var indexes: [RunID: (taken: Int, index: RecordIndex)] = [:]
    private static let runsKept = 256

    package init(_ candidate: Candidate) { self.candidate = candidate }

    /// - Parameter content: The plaintext of a body; nil when it cannot be had.
    package mutating func decide(
        _ recorded: RecordedDecision, content: @escaping (BodyReference) -> [UInt8]?
    ) -> Redecision {
        guard let code = DecisionCode(rawValue: recorded.decided.code) else {
            return .impossible(.unknownCode(recorded.decided.code))
        }
        guard code.origin != .surroundings else { return .beyondPolicy }
        guard let policy = candidate.policies[recorded.origin.agent] else {
            return .impossible(.noSuchAgent(recorded.origin.agent))
        }
        guard let bytes = content(recorded.proposal.arguments) else { return .impossible(.contentGone) }
        guard let arguments = try? JSONReader.read(bytes), case .object = arguments else {
            return .impossible(.unreadable)
        }
        let tool = recorded.proposal.tool
        var evidence = Evidence()
        if policy.asksForEvidence(of: tool) {
            guard let found = recorded.evidence.opened(policy.groundingTools(of: tool), content) else {
                return .impossible(.contentGone)
            }
            evidence = found
            if policy.asksForRecords(of: tool) {
                guard let records = records(of: recorded, under: policy, content) else {
                    return .impossible(.contentGone)
                }
                evidence.records = records
            }
        }
        var judged = JudgedAction(
            tool: tool, arguments: arguments, label: recorded.proposal.label,
            hasReadUntrusted: recorded.hasReadUntrusted, mostConfidentialRead: recorded.mostConfidentialRead,
            evidence: evidence,
            isRepeat: recorded.isEqualToEarlier && policy.toolClass(of: tool) != .safe,
            agent: recorded.origin.agent, tenant: recorded.origin.tenant, principal: recorded.origin.principal,
            run: recorded.origin.run, conversation: recorded.origin.conversation)
        judged.isUndo = recorded.origin.isRollback
        judged.uses = recorded.uses
        if !recorded.endorsements.isEmpty {
            guard let endorsements = recorded.endorsed(content) else { return .impossible(.contentGone) }
            judged.endorsements = endorsements
        }
        for stated in recorded.contracts {
            guard let bytes = content(stated.contract) else { return .impossible(.contentGone) }
            // What cannot be read permits nothing, then as now.
            judged.contracts.append(
                StatedContract(bytes: bytes, label: stated.label)
                    ?? StatedContract(TaskContract(permits: []), .claimed))
        }
        let facts = judged.facts(in: surroundings(of: recorded.origin), now: recorded.at, under: policy)
        return decide(facts, under: policy, RecordedAnswers(recorded.checks, content: content), recorded.estimates)
    }

    /// The records of the run by then; what was taken for an earlier decision of the run stays taken.
    private mutating func records(
        of recorded: RecordedDecision, under policy: Policy, _ content: (BodyReference) -> [UInt8]?
    ) -> RecordIndex? {
        let acts = recorded.evidence.acts
        var known = indexes.removeValue(forKey: recorded.origin.run) ?? (taken: 0, index: RecordIndex())
        if known.taken > acts.count { known = (taken: 0, index: RecordIndex()) }
        for act in acts[known.taken...] where policy.isObserved(act.tool) {
            guard let bytes = content(act.arguments) else { return nil }
            var answer: [UInt8]?
            if let result = act.result {
                guard let bytes = content(result) else { return nil }
                answer = bytes
            }
            var recalled: RecalledLabels?
            if let body = act.recalled {
                guard let bytes = content(body) else { return nil }
                recalled = RecalledLabels(bytes: bytes)
            }
            let observed = ObservedAct(
                tool: act.tool, arguments: bytes, result: answer, isError: act.isError, isApproved: act.isApproved,
                recalled: recalled)
            if let observed { known.index.take(observed, under: policy) }
        }
        known.taken = acts.count
        if indexes.count >= Redecider.runsKept { indexes.removeAll() }
        indexes[recorded.origin.run] = known
        return known.index
    }

    /// In the guard's order: what it would not have asked, because it had refused by then, is not missed.
    private func decide(
        _ judged: PolicyFacts, under policy: Policy, _ recorded: RecordedAnswers, _ estimates: [ConfidenceEstimated]
    ) -> Redecision {
        var (facts, answers) = (judged, recorded)
        if let refusal = policy.flowDecision(facts) { return .decided(refusal, facts) }
        let entitling = policy.entitlementCalls(for: facts.tool, arguments: facts.arguments).filter(policy.mayAsk)
        guard answers.learn(entitling, into: &facts) else { return .impossible(.contentGone) }
        if answers.missing.isEmpty, let refusal = policy.entitlementDecision(facts) { return .decided(refusal, facts) }
        let others = policy.askedCalls(for: facts.tool, arguments: facts.arguments).filter { !entitling.contains($0) }
        guard answers.learn(others, into: &facts) else { return .impossible(.contentGone) }
        facts.confidence = confidence(facts, under: policy, estimates)
        let decision = policy.decide(facts)
        if decision.outcome != .deny, let verifier = unasked(facts, under: policy, estimates) {
            return .impossible(.notAsked(tool: verifier))
        }
        guard let missing = answers.missing.first, decision.standingDenial == nil else {
            return .decided(decision, facts)
        }
        return .impossible(.notAsked(tool: missing.tool))
    }

    /// The rules of the new policy estimate anew; what the model or a verifier said then stands.
    private func confidence(
        _ facts: PolicyFacts, under policy: Policy, _ estimates: [ConfidenceEstimated]
    ) -> ConfidenceBand? {
        guard policy.confidenceRule(of: facts.tool) != nil else { return nil }
        let hasAssumptions = estimates.contains { $0.assumptions != nil }
        let said = estimates.filter { $0.source != ConfidenceEstimated.rules }
        return said.compactMap { ConfidenceBand(rawValue: $0.band) }.reduce(
            policy.estimate(facts, hasAssumptions: hasAssumptions).band, min)
    }

    /// The model whose opinion the new policy wants and nobody asked for then.
    private func unasked(
        _ facts: PolicyFacts, under policy: Policy, _ estimates: [ConfidenceEstimated]
    ) -> String? {
        guard let verifier = policy.confidenceRule(of: facts.tool)?.verifier, facts.confidence ?? .high > .low,
            !estimates.contains(where: { $0.source == "verifier:\(verifier)" })
        else { return nil }
        return verifier
    }

    private mutating func surroundings(of origin: RecordedRun) -> DecisionSurroundings {
        var known: DecisionSurroundings
        if let kept = people[origin.principal] {
            known = kept
        } else {
            if people.count >= Redecider.peopleKept { people.removeAll() }
            known = DecisionSurroundings(
                attributes: candidate.attributes(origin.principal), roles: candidate.groups(origin.principal),
                environment: "")
            people[origin.principal] = known
        }
        known.environment = origin.environment
        return known
    }
}

/// What tools answered the guard then.
private struct RecordedAnswers {
    private let checks: [GuardChecked]
    private let content: (BodyReference) -> [UInt8]?
    private(set) var missing: [GuardCall] = []

    init(_ checks: [GuardChecked], content: @escaping (BodyReference) -> [UInt8]?) {
        self.checks = checks.filter { $0.purpose == GuardChecked.groundTruth }
        self.content = content
    }

    /// False when an answer is on record and cannot be opened.
    mutating func learn(_ calls: [GuardCall], into facts: inout PolicyFacts) -> Bool {
        for call in calls {
            let bytes = JSONWriter.canonical(call.arguments)
            guard let check = checks.last(where: { $0.tool == call.tool && content($0.arguments) == bytes }) else {
                missing.append(call)
                continue
            }
            guard let answer = content(check.result) else { return false }
            facts.groundTruth[call] = GuardCall.learned(from: answer, passed: check.passed)
        }
        return true
    }
}

extension RecordedEvidence {
    /// The words and the answers of these tools; nil when one of them cannot be opened.
    fileprivate func opened(_ tools: Set<String>, _ content: (BodyReference) -> [UInt8]?) -> Evidence? {
        var evidence = Evidence()
        for body in words {
            guard let bytes = content(body) else { return nil }
            evidence.words.append(String(decoding: bytes, as: UTF8.self))
        }
        for tool in tools {
            evidence.answers[tool] = []
            for recorded in answers[tool] ?? [] {
                guard let bytes = content(recorded.body) else { return nil }
                guard let answer = try? JSONReader.read(bytes) else { continue }
                guard let body = recorded.recalled else {
                    evidence.answers[tool]?.append(answer)
                    continue
                }
                guard let known = content(body) else { return nil }
                evidence.answers[tool]?.append(RecalledLabels(bytes: known)?.cleaned(answer) ?? .null)
            }
        }
        return evidence
    }
}
