/// The guard's decision about one action.
package struct ActionDecided: EntryPayload {
    package static let version: UInt8 = 1

    package var action: UInt32
    package var outcome: Outcome
    /// From the registry of codes, such as `policy.class_floor`.
    package var code: String
    /// The rule that decided, if one did.
    package var rule: String?
    /// First 16 bytes of the policy's content hash.
    package var policy: [UInt8]
    /// Sentences for people; kept when the outcome is not simply allow.
    package var reasons: BodyReference?
    /// The effect that stands for the same action, when that is why.
    package var standing: EffectID?

    package init(
        action: UInt32, outcome: Outcome, code: String, rule: String?, policy: [UInt8], reasons: BodyReference? = nil,
        standing: EffectID? = nil
    ) {
        self.action = action
        self.outcome = outcome
        self.code = code
        self.rule = rule
        self.policy = policy
        self.reasons = reasons
        self.standing = standing
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.byte(outcome.rawValue)
        writer.text(code)
        writer.optional(rule) { $0.text($1) }
        writer.raw(policy)
        writer.optional(reasons) { $0.body($1) }
        writer.optional(standing) { writer, effect in
            writer.id(effect.run)
            writer.unsigned(UInt64(effect.ordinal))
        }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        outcome = try reader.value("an outcome")
        code = try reader.text()
        rule = try reader.optional { reader throws(EntryDecodingError) in try reader.text() }
        policy = try reader.raw()
        reasons = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
        standing = try reader.optional { reader throws(EntryDecodingError) in
            EffectID(run: try reader.id(), ordinal: try reader.ordinal())
        }
    }
}

/// The guard fetched a fact for its decision: which tool it asked, with what, and what it learned.
package struct GuardChecked: EntryPayload {
    package static let version: UInt8 = 1

    /// The purpose of a look at what an effect left behind.
    package static let after = "after"
    /// The purpose of a call whose answer is a fact for the policy.
    package static let groundTruth = "ground_truth"
    /// The purpose of a call whose answer is a fact for a shadow policy alone.
    package static let shadow = "shadow"

    package var action: UInt32
    /// Such as `ground_truth`.
    package var purpose: String
    package var tool: String
    package var arguments: BodyReference
    package var result: BodyReference
    package var passed: Bool

    package init(
        action: UInt32, purpose: String, tool: String, arguments: BodyReference, result: BodyReference, passed: Bool
    ) {
        self.action = action
        self.purpose = purpose
        self.tool = tool
        self.arguments = arguments
        self.result = result
        self.passed = passed
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.text(purpose)
        writer.text(tool)
        writer.body(arguments)
        writer.body(result)
        writer.flag(passed)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        purpose = try reader.text()
        tool = try reader.text()
        arguments = try reader.body()
        result = try reader.body()
        passed = try reader.flag()
    }
}

/// An action waits for a person.
package struct ApprovalRequested: EntryPayload {
    package static let version: UInt8 = 1

    package var approval: UInt32
    package var action: UInt32
    package var gate: Gate
    package var group: String?
    package var quorum: Int
    package var expiresAt: Timestamp
    /// The review document: what the person is shown and the decision is bound to.
    package var review: BodyReference
    package var binding: Digest

    package init(
        approval: UInt32, action: UInt32, gate: Gate, group: String?, quorum: Int, expiresAt: Timestamp,
        review: BodyReference, binding: Digest
    ) {
        self.approval = approval
        self.action = action
        self.gate = gate
        self.group = group
        self.quorum = quorum
        self.expiresAt = expiresAt
        self.review = review
        self.binding = binding
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(approval))
        writer.unsigned(UInt64(action))
        writer.byte(gate.rawValue)
        writer.optional(group) { $0.text($1) }
        writer.count(quorum)
        writer.moment(expiresAt)
        writer.body(review)
        writer.digest(binding)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        approval = try reader.ordinal()
        action = try reader.ordinal()
        gate = try reader.value("a gate")
        group = try reader.optional { reader throws(EntryDecodingError) in try reader.text() }
        quorum = try reader.count()
        expiresAt = try reader.moment()
        review = try reader.body()
        binding = try reader.digest()
    }
}

/// One person's decision, or the end of an approval without one.
package struct ApprovalResolved: EntryPayload {
    package static let version: UInt8 = 1

    package var approval: UInt32
    package var status: ApprovalStatus
    package var by: Principal
    package var reason: BodyReference?
    /// New arguments; they make a new proposal that is judged again.
    package var edited: BodyReference?

    package init(
        approval: UInt32, status: ApprovalStatus, by: Principal, reason: BodyReference? = nil,
        edited: BodyReference? = nil
    ) {
        self.approval = approval
        self.status = status
        self.by = by
        self.reason = reason
        self.edited = edited
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(approval))
        writer.byte(status.rawValue)
        writer.text(by.name)
        writer.optional(reason) { $0.body($1) }
        writer.optional(edited) { $0.body($1) }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        approval = try reader.ordinal()
        status = try reader.value("an approval status")
        by = Principal(try reader.text())
        reason = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
        edited = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
    }
}
