/// What became of a draft of the run's contract.
package enum DraftOutcome: UInt8, Sendable, Hashable, CaseIterable {
    case drafted = 0
    /// The answer could not be used; it is tried once more.
    case unusable = 1
    /// The run goes on without.
    case none = 2

    package var name: String { ["drafted", "unusable", "none"][Int(rawValue)] }
}

/// A model was to draft from the principal's words alone what the run may do.
package struct ContractDrafted: EntryPayload {
    package static let version: UInt8 = 1

    /// The configured model.
    package var model: String
    package var outcome: DraftOutcome
    /// Canonical JSON. It binds nothing until it is stated.
    package var contract: BodyReference?
    /// Why there is none.
    package var detail: BodyReference?
    /// What the call cost.
    package var tokens: Int64
    package var microdollars: Int64

    package init(
        model: String, outcome: DraftOutcome, contract: BodyReference? = nil, detail: BodyReference? = nil,
        tokens: Int64 = 0, microdollars: Int64 = 0
    ) {
        self.model = model
        self.outcome = outcome
        self.contract = contract
        self.detail = detail
        self.tokens = tokens
        self.microdollars = microdollars
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(model)
        writer.byte(outcome.rawValue)
        writer.optional(contract) { $0.body($1) }
        writer.optional(detail) { $0.body($1) }
        writer.signed(tokens)
        writer.signed(microdollars)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        model = try reader.text()
        outcome = try reader.value("what became of a draft")
        contract = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
        detail = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
        tokens = try reader.signed()
        microdollars = try reader.signed()
    }
}
