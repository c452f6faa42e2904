/// The run needs an answer from its principal.
package struct QuestionAsked: EntryPayload {
    package static let version: UInt8 = 1

    package var question: BodyReference
    package var options: [String]
    /// The `ask_user` call that asked, if a model did; the answer becomes its result.
    package var action: UInt32?
    /// What the playbook will do with the answer: the slot it fills, or nil.
    package var slot: String?

    package init(question: BodyReference, options: [String] = [], action: UInt32? = nil, slot: String? = nil) {
        self.question = question
        self.options = options
        self.action = action
        self.slot = slot
    }

    package func encode(into writer: inout EntryWriter) {
        writer.body(question)
        writer.list(options) { $0.text($1) }
        writer.optional(action) { $0.unsigned(UInt64($1)) }
        writer.optional(slot) { $0.text($1) }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        question = try reader.body()
        options = try reader.list { reader throws(EntryDecodingError) in try reader.text() }
        action = try reader.optional { reader throws(EntryDecodingError) in try reader.ordinal() }
        slot = try reader.optional { reader throws(EntryDecodingError) in try reader.text() }
    }
}

/// A person takes over, with why.
package struct RunEscalated: EntryPayload {
    package static let version: UInt8 = 2
    /// The code of a run that only waits to know what became of an effect.
    package static let inDoubt = "in_doubt"

    /// Such as `asked_for`, `no_model`, `model_unusable`, `approval_expired`, `in_doubt`, `quarantined`.
    package var code: String
    package var reason: BodyReference
    /// The group or person who is told first.
    package var to: String?
    package var by: Principal
    /// What the principal is told: what was done, and that a person has it now.
    package var told: BodyReference?

    package init(code: String, reason: BodyReference, to: String?, by: Principal, told: BodyReference? = nil) {
        self.code = code
        self.reason = reason
        self.to = to
        self.by = by
        self.told = told
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(code)
        writer.body(reason)
        writer.optional(to) { $0.text($1) }
        writer.text(by.name)
        writer.optional(told) { $0.body($1) }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        code = try reader.text()
        reason = try reader.body()
        to = try reader.optional { reader throws(EntryDecodingError) in try reader.text() }
        by = Principal(try reader.text())
        told = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
    }
}

/// The person gives the run back to the agent.
package struct RunHandedBack: EntryPayload {
    package static let version: UInt8 = 1

    package var by: Principal
    package init(by: Principal) { self.by = by }
    package func encode(into writer: inout EntryWriter) { writer.text(by.name) }
    package init(from reader: inout EntryReader) throws(EntryDecodingError) { by = Principal(try reader.text()) }
}

/// A halt reached the run; nothing of it moves until it is resumed.
package struct RunHalted: EntryPayload {
    package static let version: UInt8 = 2

    package var halt: HaltID
    /// The operator's words.
    package var reason: String
    /// What the principal is told: what was done, and what is pending.
    package var told: BodyReference?

    package init(halt: HaltID, reason: String, told: BodyReference? = nil) {
        self.halt = halt
        self.reason = reason
        self.told = told
    }
    package func encode(into writer: inout EntryWriter) {
        writer.id(halt)
        writer.text(reason)
        writer.optional(told) { $0.body($1) }
    }
    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        halt = try reader.id()
        reason = try reader.text()
        told = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
    }
}

/// The halt was lifted after a review.
package struct RunResumed: EntryPayload {
    package static let version: UInt8 = 1

    package var halt: HaltID
    package var by: Principal
    package init(halt: HaltID, by: Principal) {
        self.halt = halt
        self.by = by
    }
    package func encode(into writer: inout EntryWriter) {
        writer.id(halt)
        writer.text(by.name)
    }
    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        halt = try reader.id()
        by = Principal(try reader.text())
    }
}

/// Somebody wants the run to end; what is in flight is settled first.
package struct CancelRequested: EntryPayload {
    package static let version: UInt8 = 1

    package var by: Principal
    package var reason: String
    package init(by: Principal, reason: String) {
        self.by = by
        self.reason = reason
    }
    package func encode(into writer: inout EntryWriter) {
        writer.text(by.name)
        writer.text(reason)
    }
    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        by = Principal(try reader.text())
        reason = try reader.text()
    }
}

/// The end. Each effect of the run is settled, withdrawn, or in doubt in the ledger.
package struct RunFinished: EntryPayload {
    package static let version: UInt8 = 1

    package var status: RunStatus
    /// Such as `answered`, `playbook_ended`, `budget.steps`, `cancelled`, `person`.
    package var code: String
    /// The answer to the principal, in plain words.
    package var text: BodyReference
    package var label: Label

    package init(status: RunStatus, code: String, text: BodyReference, label: Label) {
        self.status = status
        self.code = code
        self.text = text
        self.label = label
    }

    package func encode(into writer: inout EntryWriter) {
        writer.byte(status.rawValue)
        writer.text(code)
        writer.body(text)
        writer.label(label)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        status = try reader.value("a run status")
        code = try reader.text()
        text = try reader.body()
        label = try reader.label()
    }
}
