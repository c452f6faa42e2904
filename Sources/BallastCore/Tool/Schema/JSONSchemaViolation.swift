/// One way in which a value breaks its schema, worded so that a model can correct the value.
package struct JSONSchemaViolation: Sendable, Hashable, CustomStringConvertible {
    /// JSON Pointer (RFC 6901) of the place in the value; empty for the whole value.
    package let pointer: String
    /// The schema keyword that was broken; `false` for a schema that allows nothing, `limit` when the check gave up.
    package let keyword: String
    /// Place, rule and what was found: `order_id: expected string, got number 12`.
    package let message: String

    package init(pointer: String, keyword: String, message: String) {
        self.pointer = pointer
        self.keyword = keyword
        self.message = message
    }

    package var description: String { message }
}
