/// What a shadow policy would have said of an action, on the facts that the guard decided on. It decides nothing.
package struct ActionShadowed: EntryPayload {
    package static let version: UInt8 = 1
    /// The code where the shadow needed what it could not have.
    package static let undecided = "shadow.undecided"

    package var action: UInt32
    /// nil when it could not be decided.
    package var outcome: Outcome?
    /// From the registry of codes, or `undecided`.
    package var code: String
    /// The rule that would have decided.
    package var rule: String?
    /// For `approve`: a group of people.yaml, nil for anybody who may approve, and how many of them.
    package var group: String?
    package var quorum: Int
    /// The shadow's name, and the first 16 bytes of its content hash.
    package var name: String
    package var policy: [UInt8]
    /// Sentences for people; kept when the outcome is not simply allow.
    package var reasons: BodyReference?

    package init(
        action: UInt32, outcome: Outcome?, code: String, rule: String?, group: String? = nil, quorum: Int = 0,
        name: String, policy: [UInt8], reasons: BodyReference? = nil
    ) {
        self.action = action
        self.outcome = outcome
        self.code = code
        self.rule = rule
        self.group = group
        self.quorum = quorum
        self.name = name
        self.policy = policy
        self.reasons = reasons
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.optional(outcome) { $0.byte($1.rawValue) }
        writer.text(code)
        writer.optional(rule) { $0.text($1) }
        writer.optional(group) { $0.text($1) }
        writer.count(quorum)
        writer.text(name)
        writer.raw(policy)
        writer.optional(reasons) { $0.body($1) }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        outcome = try reader.optional { reader throws(EntryDecodingError) in try reader.value("an outcome") }
        code = try reader.text()
        rule = try reader.optional { reader throws(EntryDecodingError) in try reader.text() }
        group = try reader.optional { reader throws(EntryDecodingError) in try reader.text() }
        quorum = try reader.count()
        name = try reader.text()
        policy = try reader.raw()
        reasons = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
    }

    /// Whether it says the same as another one; the sentences follow from the rest.
    package func saysSame(as other: ActionShadowed) -> Bool {
        var (mine, theirs) = (self, other)
        (mine.reasons, theirs.reasons) = (nil, nil)
        return mine == theirs
    }
}

/// How what a shadow would have said stands to what was decided.
package enum ShadowStanding: String, Sendable, Hashable, CaseIterable {
    case agreed
    /// It would have asked for more, or denied.
    case stricter
    /// It would have asked for less, or allowed.
    case looser
    /// It needed what it could not have.
    case undecided
}

extension ActionShadowed {
    /// Beside the decision on the same facts.
    ///
    /// - Parameters:
    ///   - group: Who was asked to approve, where somebody was; nil for anybody who may.
    ///   - quorum: How many of them; 0 where nobody was asked to approve.
    package func standing(to decided: Outcome, group asked: String?, quorum asking: Int) -> ShadowStanding {
        guard let outcome else { return .undecided }
        guard outcome == decided else { return outcome > decided ? .stricter : .looser }
        guard outcome == .approve, asking > 0 else { return .agreed }
        if quorum != asking { return quorum > asking ? .stricter : .looser }
        if group == asked { return .agreed }
        return group == nil ? .looser : .stricter
    }
}
