/// The action may now be sent to its tool. Durable before the first byte leaves.
package struct EffectStarted: EntryPayload {
    package static let version: UInt8 = 2

    package var action: UInt32
    /// From 1 on; later attempts of the same effect carry the same idempotency key.
    package var attempt: Int
    package var repeatability: Repeatability
    /// The approval that was consumed, if one was needed.
    package var approval: UInt32?
    /// What the first attempt took of limits, in the same commit; later attempts take nothing.
    package var reservations: [LimitReservation]

    package init(
        action: UInt32, attempt: Int, repeatability: Repeatability, approval: UInt32? = nil,
        reservations: [LimitReservation] = []
    ) {
        self.action = action
        self.attempt = attempt
        self.repeatability = repeatability
        self.approval = approval
        self.reservations = reservations
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.count(attempt)
        switch repeatability {
        case .never: writer.byte(0)
        case .naturally: writer.byte(1)
        case .byKey(let milliseconds):
            writer.byte(2)
            writer.signed(milliseconds)
        }
        writer.optional(approval) { $0.unsigned(UInt64($1)) }
        writer.list(reservations) { writer, reservation in
            writer.text(reservation.key.name)
            writer.moment(reservation.key.window)
            writer.signed(reservation.amount)
            writer.flag(reservation.isRate)
        }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        attempt = try reader.count()
        switch try reader.byte() {
        case 0: repeatability = .never
        case 1: repeatability = .naturally
        case 2: repeatability = .byKey(milliseconds: try reader.signed())
        default: throw reader.failure("a repeatability")
        }
        approval = try reader.optional { reader throws(EntryDecodingError) in try reader.ordinal() }
        reservations = try reader.list { reader throws(EntryDecodingError) in
            LimitReservation(
                key: LimitKey(name: try reader.text(), window: try reader.moment()), amount: try reader.signed(),
                isRate: try reader.flag())
        }
    }
}

/// An attempt ended without an answer and may be made again, at `retryAt` at the earliest.
package struct EffectRetried: EntryPayload {
    package static let version: UInt8 = 1

    package var action: UInt32
    /// The attempt that failed.
    package var attempt: Int
    package var code: String
    package var detail: BodyReference
    package var retryAt: Timestamp
    /// Bytes of the attempt left: it may have happened, or may still.
    package var wasSent: Bool

    package init(
        action: UInt32, attempt: Int, code: String, detail: BodyReference, retryAt: Timestamp, wasSent: Bool
    ) {
        self.wasSent = wasSent
        self.action = action
        self.attempt = attempt
        self.code = code
        self.detail = detail
        self.retryAt = retryAt
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.count(attempt)
        writer.text(code)
        writer.body(detail)
        writer.moment(retryAt)
        writer.flag(wasSent)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        attempt = try reader.count()
        code = try reader.text()
        detail = try reader.body()
        retryAt = try reader.moment()
        wasSent = try reader.flag()
    }
}

/// The outcome of an effect is known.
package struct EffectSettled: EntryPayload {
    package static let version: UInt8 = 2

    package var action: UInt32
    /// The tool answered that it failed, or its answer did not pass validation.
    package var isError: Bool
    package var result: BodyReference
    package var label: Label
    /// Milliseconds from the first attempt to the answer.
    package var duration: Int64
    /// How many declared conditions are looked at before the action is over.
    package var checks: Int

    package init(
        action: UInt32, isError: Bool, result: BodyReference, label: Label, duration: Int64, checks: Int = 0
    ) {
        self.action = action
        self.isError = isError
        self.result = result
        self.label = label
        self.duration = duration
        self.checks = checks
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.flag(isError)
        writer.body(result)
        writer.label(label)
        writer.signed(duration)
        writer.count(checks)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        isError = try reader.flag()
        result = try reader.body()
        label = try reader.label()
        duration = try reader.signed()
        checks = try reader.count()
    }
}

/// The call was sent and nobody knows whether it happened.
package struct EffectInDoubt: EntryPayload {
    package static let version: UInt8 = 1

    package var action: UInt32
    /// Such as `crash`, `timeout`, `connection_lost`, `halted`.
    package var code: String
    package var detail: BodyReference
    /// When the tool is asked what happened; nil when only a person can say.
    package var verifyAt: Timestamp?

    package init(action: UInt32, code: String, detail: BodyReference, verifyAt: Timestamp?) {
        self.action = action
        self.code = code
        self.detail = detail
        self.verifyAt = verifyAt
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.text(code)
        writer.body(detail)
        writer.optional(verifyAt) { $0.moment($1) }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        code = try reader.text()
        detail = try reader.body()
        verifyAt = try reader.optional { reader throws(EntryDecodingError) in try reader.moment() }
    }
}

/// Somebody answered whether an effect in doubt happened.
package struct EffectVerified: EntryPayload {
    package static let version: UInt8 = 1

    package enum Answer: UInt8, Sendable, Hashable {
        case happened = 0
        /// It did not and cannot any more.
        case didNot = 1
        case unknown = 2

        package var name: String { ["happened", "did_not", "unknown"][Int(rawValue)] }
    }

    package var action: UInt32
    package var answer: Answer
    /// The verify tool's provider, or the person who settled it.
    package var by: Principal
    /// What was learned; the result for `happened`.
    package var detail: BodyReference
    package var label: Label
    /// When to ask again after `unknown`; nil when a person must say.
    package var verifyAt: Timestamp?

    package init(
        action: UInt32, answer: Answer, by: Principal, detail: BodyReference, label: Label, verifyAt: Timestamp? = nil
    ) {
        self.action = action
        self.answer = answer
        self.by = by
        self.detail = detail
        self.label = label
        self.verifyAt = verifyAt
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.byte(answer.rawValue)
        writer.text(by.name)
        writer.body(detail)
        writer.label(label)
        writer.optional(verifyAt) { $0.moment($1) }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        answer = try reader.value("an answer")
        by = Principal(try reader.text())
        detail = try reader.body()
        label = try reader.label()
        verifyAt = try reader.optional { reader throws(EntryDecodingError) in try reader.moment() }
    }
}

/// Known never to have been sent, and not to be sent any more.
package struct EffectWithdrawn: EntryPayload {
    package static let version: UInt8 = 1

    package var action: UInt32
    /// Such as `cancelled`, `halted`, `gave_up`.
    package var code: String
    /// What the model or the playbook reads.
    package var detail: BodyReference

    /// Failures whose words may be those of the other side: nobody vouches for them.
    private static let quoting: Set<String> = [
        "unreachable", "connection_lost", "refused", "rate_limited", "protocol_error", "server_error",
    ]
    /// Whose words the detail is.
    package var label: Label {
        Label(Self.quoting.contains(code) ? [.configuration, .untrustedTool] : [.configuration])
    }

    package init(action: UInt32, code: String, detail: BodyReference) {
        self.action = action
        self.code = code
        self.detail = detail
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.text(code)
        writer.body(detail)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        code = try reader.text()
        detail = try reader.body()
    }
}
