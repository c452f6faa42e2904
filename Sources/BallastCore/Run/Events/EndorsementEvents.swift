/// A person who was asked about an action vouched for values of it, or for where these came from, for the rest of the
/// run. It counts once the approval is complete, and ends with the run.
package struct EndorsementGiven: EntryPayload {
    package static let version: UInt8 = 1

    package var approval: UInt32
    package var by: Principal
    package var scope: EndorsementScope
    /// Canonical JSON: what the person was shown as what can be endorsed.
    package var items: BodyReference

    package init(approval: UInt32, by: Principal, scope: EndorsementScope, items: BodyReference) {
        self.approval = approval
        self.by = by
        self.scope = scope
        self.items = items
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(approval))
        writer.text(by.name)
        writer.byte(scope.rawValue)
        writer.body(items)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        approval = try reader.ordinal()
        by = Principal(try reader.text())
        scope = try reader.value("what is endorsed")
        items = try reader.body()
    }
}
