package import BallastCore

/// What every implementation of `RunStore` must decide alike; written once, so that they cannot differ.
package enum StoreRules {
    /// Milliseconds after which an `Idempotency-Key` that was claimed and never answered may be claimed again: the
    /// request's server died.
    package static let unansweredKeyLifetime: Int64 = 300_000
    /// Milliseconds for which the answer to an `Idempotency-Key` is kept.
    package static let answeredKeyLifetime: Int64 = 86_400_000
    /// Keys of marks that a tenant keeps at one length. The oldest quarter of more is kept in fewer bytes, under which
    /// more keys look alike: what was written is never forgotten, and in the end others count as written, too.
    package static let marksKept = 200_000
    package static let markLengths = [16, 4, 2]
    /// The inbox kind of a timer that fell due; the payload is the timer's own kind as UTF-8.
    package static let timerInboxKind = "timer"
}

extension InboxItem {
    /// The row that a timer becomes when it falls due. The same timer gives the same row, whoever fires it.
    package static func fired(timer kind: String, due: Timestamp, run: RunID, now: Timestamp) -> InboxItem {
        let key = "timer/\(kind)/\(due.milliseconds)"
        let random = Digest.lengthPrefixed(domain: "ballast.timer.v1", [run.bytes, Array(key.utf8)]).bytes
        let low = random.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let high = random.dropFirst(8).prefix(2).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return InboxItem(
            id: InboxID(at: due, random: (high, low)), run: run, uniqueKey: key, kind: StoreRules.timerInboxKind,
            payload: Array(kind.utf8), receivedAt: now)
    }
}

extension EffectRecord {
    /// True while a proposal of the same action is answered with this effect instead of being started.
    package var isStanding: Bool { state.isOpen || isBusinessKeyDeclared && state == .settled }

    /// True when `other` must not start because this effect stands for the same action: nobody knows whether this one
    /// happened, or the operator declared what makes the two the same, or one run would do it twice.
    package func bars(_ other: EffectRecord) -> Bool {
        isStanding && id != other.id && tool == other.tool && businessKey == other.businessKey
            && (state == .inDoubt || isBusinessKeyDeclared || id.run == other.id.run)
    }
}

extension StoreError {
    package static let closed = StoreError(
        code: .closed, message: "The store is closed.", advice: "Open it again; nothing acknowledged is lost.")
}
