/// What the run may do at all was stated before it did anything: by whoever called, or with its agent.
package struct ContractStated: EntryPayload {
    package static let version: UInt8 = 1

    package var by: Principal
    /// Canonical JSON, as it was stated.
    package var contract: BodyReference
    /// `principal` where the caller may vouch for the principal's words, `configuration` for the agent's own, and
    /// `claimed` for what only tightens.
    package var label: Label

    package init(by: Principal, contract: BodyReference, label: Label) {
        self.by = by
        self.contract = contract
        self.label = label
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(by.name)
        writer.body(contract)
        writer.label(label)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        by = Principal(try reader.text())
        contract = try reader.body()
        label = try reader.label()
    }
}

/// Something in the answer of an action was written by an earlier run that nobody vouches for: what came with it is that
/// run's, whatever tool it is read with.
package struct LabelsRecalled: EntryPayload {
    package static let version: UInt8 = 1

    package var action: UInt32
    /// Canonical JSON: `values` says that the answer holds written values, `records` names written records.
    package var recalled: BodyReference

    package init(action: UInt32, recalled: BodyReference) {
        self.action = action
        self.recalled = recalled
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.body(recalled)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        recalled = try reader.body()
    }
}
