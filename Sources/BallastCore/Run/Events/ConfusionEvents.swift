/// The agent goes round in circles; what is done about it follows as an entry of its own.
package struct ConfusionNoticed: EntryPayload {
    package static let version: UInt8 = 1

    package var kind: ConfusionKind
    package var response: ConfusionResponse
    /// The tool that it is about; empty where it is about none.
    package var tool: String
    /// How often the same was done.
    package var count: Int

    package init(kind: ConfusionKind, response: ConfusionResponse, tool: String, count: Int) {
        self.kind = kind
        self.response = response
        self.tool = tool
        self.count = count
    }

    package func encode(into writer: inout EntryWriter) {
        writer.byte(kind.rawValue)
        writer.byte(response.rawValue)
        writer.text(tool)
        writer.count(count)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        kind = try reader.value("the kind of a confusion")
        response = try reader.value("what is done about a confusion")
        tool = try reader.text()
        count = try reader.count()
    }
}

/// From here on the model is shown what was said, the calls that came to something, each once, and this summary.
package struct ContextReset: EntryPayload {
    package static let version: UInt8 = 1

    /// What is done and what is pending, in the runtime's words.
    package var summary: BodyReference

    package init(summary: BodyReference) { self.summary = summary }

    package func encode(into writer: inout EntryWriter) { writer.body(summary) }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) { summary = try reader.body() }
}
