/// An agent that is driven elsewhere proposed actions through the gateway, in this order.
package struct ActionsProposed: EntryPayload {
    package static let version: UInt8 = 1

    package var proposals: [ProposedAction]

    package init(proposals: [ProposedAction]) { self.proposals = proposals }

    package func encode(into writer: inout EntryWriter) { writer.list(proposals) { $1.encode(into: &$0) } }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        proposals = try reader.list { reader throws(EntryDecodingError) in try ProposedAction(from: &reader) }
    }
}
