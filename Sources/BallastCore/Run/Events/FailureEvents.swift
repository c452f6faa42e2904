/// A breaker of a tool or a model changed under a call of this run. It says nothing of the run itself: what the call
/// came to is an entry of its own.
package struct BreakerChanged: EntryPayload {
    package static let version: UInt8 = 1

    /// Such as `tool:lookup_order` or `model:main`.
    package var subject: String
    /// The tenant whose calls alone are meant; nil when nobody is served.
    package var tenant: String?
    package var state: BreakerState
    /// The failure that changed it, in the words of codes; empty when an answer did.
    package var code: String
    /// Failures in a row until now.
    package var failures: Int
    /// When the next call is tried.
    package var until: Timestamp?

    package init(
        subject: String, tenant: String? = nil, state: BreakerState, code: String = "", failures: Int = 0,
        until: Timestamp? = nil
    ) {
        self.subject = subject
        self.tenant = tenant
        self.state = state
        self.code = code
        self.failures = failures
        self.until = until
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(subject)
        writer.optional(tenant) { $0.text($1) }
        writer.byte(state.rawValue)
        writer.text(code)
        writer.count(failures)
        writer.optional(until) { $0.moment($1) }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        subject = try reader.text()
        tenant = try reader.optional { reader throws(EntryDecodingError) in try reader.text() }
        state = try reader.value("the state of a breaker")
        code = try reader.text()
        failures = try reader.count()
        until = try reader.optional { reader throws(EntryDecodingError) in try reader.moment() }
    }
}

/// Whether calls are let through.
package enum BreakerState: UInt8, Sendable, Hashable {
    case closed = 0
    /// None, until a moment.
    case open = 1
    /// One, to see.
    case halfOpen = 2

    package var name: String { ["closed", "open", "half_open"][Int(rawValue)] }
}

/// An action certainly was not done, because its tool was not there for it, and a declared equivalent takes its place:
/// a proposal of its own that follows from the first, and is judged from the start.
package struct FallbackChosen: EntryPayload {
    package static let version: UInt8 = 1

    /// The action that was not done; it is over.
    package var action: UInt32
    /// Why it was not done.
    package var code: String
    /// What was tried, as the model would have read it.
    package var detail: BodyReference
    /// What the model is told beside the answer of the other tool.
    package var note: BodyReference
    package var proposal: ProposedAction

    package init(
        action: UInt32, code: String, detail: BodyReference, note: BodyReference, proposal: ProposedAction
    ) {
        self.action = action
        self.code = code
        self.detail = detail
        self.note = note
        self.proposal = proposal
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.text(code)
        writer.body(detail)
        writer.body(note)
        proposal.encode(into: &writer)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        code = try reader.text()
        detail = try reader.body()
        note = try reader.body()
        proposal = try ProposedAction(from: &reader)
    }
}
