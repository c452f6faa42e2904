extension JSONValue {
    /// Reads one JSON text, strictly: a duplicate member, a lone surrogate or a byte too many is an error.
    ///
    /// - Throws: `AgentError` with the code `invalid`, which says where and why.
    public init(parsing text: String) throws(AgentError) {
        do throws(JSONError) {
            self = try JSONReader.read(text)
        } catch {
            throw AgentError(.invalid, "\(error)", advice: "")
        }
    }

    /// JSON text without spaces, members in their order, numbers as they were spelled.
    public var text: String { String(decoding: JSONWriter.compact(self), as: UTF8.self) }

    /// JSON text for people: one member a line.
    public var prettyText: String { JSONWriter.pretty(self) }
}
