import BallastCore
import BallastPolicy
import Synchronization

/// What is asked of a shadow policy about one action: the facts that the guard decided on, and what only the shadow needs
/// beside them. Pure: it says what to ask next, and what the answer is.
struct ShadowQuestion: Sendable {
    enum Step {
        case ask([GuardCall])
        /// `by` is the reason that decides where others wait for an answer that cannot be had.
        case decided(PolicyDecision, by: PolicyReason?)
        /// It needs what it cannot have.
        case undecided(String)
    }

    let shadow: ShadowPolicy
    private(set) var facts: PolicyFacts
    /// Calls that were made, by the guard or for the shadow, answered or not.
    private var asked: Set<GuardCall>
    /// What only the shadow needs of tools, and did not get.
    private var lacking: Set<GuardCall> = []
    /// The lowest that the model or a verifier said of the action.
    private let said: ConfidenceBand?
    private let hasAssumptions: Bool
    /// Who was asked how sure the action is.
    private let estimators: [String]
    /// A call may be made for the shadow: its tool changes nothing, as the policy in force says, too.
    private let mayAsk: @Sendable (GuardCall) -> Bool

    init(
        _ shadow: ShadowPolicy, facts: PolicyFacts, asked: Set<GuardCall>, estimate: ActionEstimate?,
        mayAsk: @escaping @Sendable (GuardCall) -> Bool
    ) {
        self.shadow = shadow
        self.facts = facts
        self.asked = asked
        said = estimate?.said.flatMap(ConfidenceBand.init(rawValue:))
        hasAssumptions = estimate?.assumptions != nil
        estimators = estimate?.sources ?? []
        self.mayAsk = mayAsk
    }

    /// In the order of the guard: only whether the record is the principal's own is asked before it is known to be.
    mutating func next() -> Step {
        let policy = shadow.policy
        if let refusal = policy.flowDecision(facts) { return .decided(refusal, by: nil) }
        let entitling = policy.entitlementCalls(for: facts.tool, arguments: facts.arguments).filter(policy.mayAsk)
        if let step = open(entitling) { return step }
        if lacking.isEmpty, let refusal = policy.entitlementDecision(facts) { return .decided(refusal, by: nil) }
        if let step = open(policy.askedCalls(for: facts.tool, arguments: facts.arguments)) { return step }
        facts.confidence = confidence
        let decision = policy.decide(facts)
        if let missing = lacking.map(\.tool).min() {
            guard let reason = decision.standingDenial else {
                return .undecided("It needs an answer of \(missing), and there is none.")
            }
            return .decided(decision, by: reason)
        }
        if let verifier = unasked, decision.outcome != .deny {
            return .undecided("It wants \(verifier) to say how sure the action is, and nobody asked.")
        }
        return .decided(decision, by: nil)
    }

    /// What of these is not asked yet and may be; what may not counts as unanswered.
    private mutating func open(_ calls: [GuardCall]) -> Step? {
        let missing = calls.filter { !asked.contains($0) }
        let (may, mayNot) = (missing.filter(mayAsk), missing.filter { !mayAsk($0) })
        asked.formUnion(mayNot)
        lacking.formUnion(mayNot)
        return may.isEmpty ? nil : .ask(may)
    }

    mutating func learn(_ call: GuardCall, _ answer: JSONValue?) {
        asked.insert(call)
        facts.groundTruth[call] = answer
        if answer == nil { lacking.insert(call) }
    }

    /// The shadow's own rules estimate; what was said stands.
    private var confidence: ConfidenceBand? {
        guard shadow.policy.confidenceRule(of: facts.tool) != nil else { return nil }
        let own = shadow.policy.estimate(facts, hasAssumptions: hasAssumptions).band
        return said.map { min($0, own) } ?? own
    }

    /// The model whose opinion it wants and nobody asked for.
    private var unasked: String? {
        guard let verifier = shadow.policy.confidenceRule(of: facts.tool)?.verifier, facts.confidence ?? .high > .low,
            !estimators.contains("verifier:\(verifier)")
        else { return nil }
        return verifier
    }
}

/// One call for a shadow, as it goes on record.
struct ShadowCheck: Sendable {
    let tool: String
    let arguments: [UInt8]
    let answer: [UInt8]
    let passed: Bool
}

/// What only a shadow asks of tools, under way beside the action: nothing waits for it but the run's rest.
final class ShadowInquiry: Sendable {
    private struct State {
        var question: ShadowQuestion
        var checks: [ShadowCheck] = []
        var isAnswered = false
    }
    private let state: Mutex<State>
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ question: ShadowQuestion) { state = Mutex(State(question: question)) }

    func begin(_ task: Task<Void, Never>) { self.task.withLock { $0 = task } }
    func end() { task.withLock { $0 }?.cancel() }

    /// What to ask next; nil when nothing is left to ask.
    var next: [GuardCall]? {
        state.withLock { state in
            if case .ask(let calls) = state.question.next() { return calls }
            state.isAnswered = true
            return nil
        }
    }

    func learn(_ call: GuardCall, _ answer: JSONValue?, _ check: ShadowCheck) {
        state.withLock { state in
            state.question.learn(call, answer)
            state.checks.append(check)
        }
    }

    var isAnswered: Bool { state.withLock { $0.isAnswered } }
    var outcome: (question: ShadowQuestion, checks: [ShadowCheck]) {
        state.withLock { ($0.question, $0.checks) }
    }
}
