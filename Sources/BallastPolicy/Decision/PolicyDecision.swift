package import BallastCore

/// Why the policy decided as it did: one rule, or one of its fixed parts, in a sentence.
package struct PolicyReason: Sendable, Hashable {
    /// A rule's id, or the fixed part that spoke: `class:dangerous`, `money`, `confidence`, …
    package let rule: String
    package let outcome: Outcome
    package let code: DecisionCode
    package let sentence: String
    /// What would not have met this reason, in words; nil where nothing would.
    package let remedy: String?

    package init(rule: String, outcome: Outcome, code: DecisionCode, sentence: String, remedy: String? = nil) {
        self.rule = rule
        self.outcome = outcome
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
    }
}

/// Room that must be reserved before the action starts.
package struct LimitDemand: Sendable, Hashable {
    /// The limit, stable over reloads: `issue_refund/sum.amount/tenant/day`.
    package let name: String
    /// For whom it counts: the principal's name, the order's id, …; empty for the tenant.
    package let subject: String
    package let window: LimitWindow
    package let amount: Int64
    package let cap: Int64
    /// True when it counts calls, and not what they touch.
    package let isRate: Bool
    /// A reviewer may let it go beyond the cap.
    package let asks: Bool
    /// The limit in words: `at most 2000.00 USD per tenant and day`.
    package let words: String

    package init(
        name: String, subject: String, window: LimitWindow, amount: Int64, cap: Int64, isRate: Bool = false,
        asks: Bool = false, words: String
    ) {
        self.name = name
        self.subject = subject
        self.window = window
        self.amount = amount
        self.cap = cap
        self.isRate = isRate
        self.asks = asks
        self.words = words
    }
}

/// Whom an outcome of `confirm` asks.
package enum Confirmer: UInt8, Sendable, Hashable {
    case principal = 0
    /// Somebody on the operator's side: no principal confirms their own benefit from a relaxed dangerous tool.
    case operatorSide = 1
}

/// What should follow a denial for want of confidence.
package enum NextStep: UInt8, Sendable, Hashable {
    case askUser = 0
    case escalate = 1
    package var name: String { ["ask_user", "escalate"][Int(rawValue)] }
}

/// The policy's answer about one action. The same facts always give the same answer.
package struct PolicyDecision: Sendable, Hashable {
    package let tool: String
    package let outcome: Outcome
    /// nil for a tool without a class.
    package let toolClass: ToolClass?
    package let code: DecisionCode
    /// The rule that decided, or the fixed part such as `class:dangerous`.
    package let rule: String
    /// All that spoke, strictest first, then by rule.
    package let reasons: [PolicyReason]
    /// For `approve`: all of these must be satisfied, sorted by group. Empty otherwise.
    package let approvals: [ApprovalRequirement]
    /// For `confirm`: whom to ask.
    package let confirmer: Confirmer
    /// Milliseconds that a person has to answer.
    package let within: Int64
    package let next: NextStep?
    /// To be reserved when the action goes ahead. Empty for a denial.
    package let demands: [LimitDemand]

    /// The requirement to approve. The loader refuses policies that ask two groups about one tool, so there is one.
    package var approval: ApprovalRequirement? { approvals.first }
    /// What would be allowed instead, or what is needed, in a sentence that the model and people can use; put together
    /// for whoever reads it.
    package var wouldBeAllowed: String {
        code == .unclassified
            ? "Nothing, until the operator puts \(tool) into a class of the policy."
            : Wording.wouldBeAllowed(tool, outcome: outcome, reasons: reasons, approvals: approvals)
    }
    /// The reason for a denial that no answer of a tool takes away.
    package var standingDenial: PolicyReason? {
        let depending: [DecisionCode] = [.entitlement, .groundTruth, .magnitude]
        return reasons.first { $0.outcome == .deny && !depending.contains($0.code) }
    }
    /// The sentences of all reasons.
    package var explanation: String { reasons.map(\.sentence).joined(separator: " ") }
}
