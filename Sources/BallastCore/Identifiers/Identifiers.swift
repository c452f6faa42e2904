package enum RunKind: IDKind {
    package static let prefix = "run"
    package static let noun = "run"
}
package enum ConversationKind: IDKind {
    package static let prefix = "conv"
    package static let noun = "conversation"
}
package enum HaltKind: IDKind {
    package static let prefix = "halt"
    package static let noun = "halt"
}
package enum InboxKind: IDKind {
    package static let prefix = "msg"
    package static let noun = "inbox message"
}
package enum KeyKind: IDKind {
    package static let prefix = "key"
    package static let noun = "API key"
}
package enum ActionKind: IDKind {
    package static let prefix = "act"
    package static let noun = "action"
}
package enum EffectKind: IDKind {
    package static let prefix = "eff"
    package static let noun = "effect"
}
package enum ApprovalKind: IDKind {
    package static let prefix = "apr"
    package static let noun = "approval"
}

/// One task, from request to outcome.
package typealias RunID = TypedID<RunKind>
/// Messages of one principal with one agent across runs.
package typealias ConversationID = TypedID<ConversationKind>
package typealias HaltID = TypedID<HaltKind>
package typealias InboxID = TypedID<InboxKind>
/// An API key's public part.
package typealias KeyID = TypedID<KeyKind>

/// A tool call that was proposed, numbered within its run.
package typealias ActionID = RunScopedID<ActionKind>
/// An allowed action that was started; it has the ordinal of its action and is the idempotency key the tool receives.
package typealias EffectID = RunScopedID<EffectKind>
/// A request for a person's decision, numbered within its run.
package typealias ApprovalID = RunScopedID<ApprovalKind>

/// An identifier inside a run: the run and an ordinal from 1 on, such as `eff_01jd…_3`.
///
/// It is derived, never drawn: recovery and replay give the same one, and it names its run without a look-up.
package struct RunScopedID<Kind: IDKind>: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let run: RunID
    package let ordinal: UInt32

    @inlinable package init(run: RunID, ordinal: UInt32) {
        self.run = run
        self.ordinal = ordinal
    }

    @inlinable package static func < (a: Self, b: Self) -> Bool { (a.run, a.ordinal) < (b.run, b.ordinal) }

    package var description: String {
        Kind.prefix + "_" + Base32.encode(high: run.high, low: run.low) + "_" + String(ordinal)
    }

    package init(parsing text: String) throws(IDParsingError) {
        let failure = IDParsingError(text: text, noun: Kind.noun, prefix: Kind.prefix)
        let (prefix, rest) = IDParsingError.split(text)
        guard prefix == Kind.prefix, let underscore = rest.firstIndex(of: "_") else { throw failure }
        let digits = rest[rest.index(after: underscore)...]
        guard let (high, low) = Base32.decode(rest[..<underscore]), let ordinal = UInt32(digits),
            digits.utf8.allSatisfy({ (48...57).contains($0) })
        else { throw failure }
        self.init(run: RunID(high: high, low: low), ordinal: ordinal)
    }
}

/// The kinds by prefix, so that a wrong identifier can be named for what it is.
enum IDKinds {
    private static let all: [any IDKind.Type] = [
        RunKind.self, ConversationKind.self, HaltKind.self, InboxKind.self, KeyKind.self, ActionKind.self,
        EffectKind.self, ApprovalKind.self,
    ]

    static func noun(ofPrefix prefix: String) -> String? { all.first { $0.prefix == prefix }?.noun }
    static func article(_ noun: String) -> String { "aeiouAEIOU".contains(noun.first ?? "x") ? "an" : "a" }
}
