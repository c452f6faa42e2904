/// A person who has the run proposed an action of their own in it, with the tools of its agent.
package struct ActionByHand: EntryPayload {
    package static let version: UInt8 = 1

    package var by: Principal
    package var proposal: ProposedAction
    /// The attempt of the agent whose form it was made with.
    package var form: UInt32?
    /// What the agent reads before it, once it has the run back.
    package var note: BodyReference

    package init(by: Principal, proposal: ProposedAction, form: UInt32? = nil, note: BodyReference) {
        self.by = by
        self.proposal = proposal
        self.form = form
        self.note = note
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(by.name)
        proposal.encode(into: &writer)
        writer.optional(form) { $0.unsigned(UInt64($1)) }
        writer.body(note)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        by = Principal(try reader.text())
        proposal = try ProposedAction(from: &reader)
        form = try reader.optional { reader throws(EntryDecodingError) in try reader.ordinal() }
        note = try reader.body()
    }
}

/// A person took a run that was handed over.
package struct EscalationClaimed: EntryPayload {
    package static let version: UInt8 = 1

    package var by: Principal
    package init(by: Principal) { self.by = by }
    package func encode(into writer: inout EntryWriter) { writer.text(by.name) }
    package init(from reader: inout EntryReader) throws(EntryDecodingError) { by = Principal(try reader.text()) }
}

/// Nobody took it in time: the next of the agent's chain is told.
package struct EscalationPassedOn: EntryPayload {
    package static let version: UInt8 = 1

    package var to: String
    /// The place in the chain, from 0.
    package var step: Int

    package init(to: String, step: Int) {
        self.to = to
        self.step = step
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(to)
        writer.count(step)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        to = try reader.text()
        step = try reader.count()
    }
}
