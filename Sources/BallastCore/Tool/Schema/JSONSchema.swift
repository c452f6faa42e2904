/// A compiled JSON Schema (2020-12, and draft-07 for older servers) that values are checked against.
///
/// Numbers are compared by exact decimal value, strings by bytes and counted in Unicode scalars. `format` is an
/// assertion for the names in `SchemaFormat` and an annotation otherwise. Nothing is ever fetched: a reference
/// that leaves the schema is an error. Compiling and checking are bounded by `JSONSchemaLimits`.
package struct JSONSchema: Sendable, Hashable {
    /// The schema as it was given.
    package let source: JSONValue
    package let limits: JSONSchemaLimits
    let nodes: [SchemaNode]
    /// Whether some rule asks which members and items other rules have looked at.
    let tracksEvaluation: Bool

    package init(compiling source: JSONValue, limits: JSONSchemaLimits = .standard) throws(JSONSchemaError) {
        var compiler = try SchemaCompiler(source, limits)
        try compiler.run()
        self.source = source
        self.limits = limits
        self.nodes = compiler.nodes
        self.tracksEvaluation = compiler.tracksEvaluation
    }

    /// What is wrong with `value`, in the order of the schema's rules; empty when it is valid.
    ///
    /// At most `limits.maxViolations` are reported. A check that runs out of work or depth reports a violation of
    /// the keyword `limit`, so such a value is never valid.
    package func validate(_ value: JSONValue) -> [JSONSchemaViolation] {
        var validation = SchemaValidation(self)
        return validation.run(value)
    }

    package static func == (a: JSONSchema, b: JSONSchema) -> Bool { a.source == b.source && a.limits == b.limits }
    package func hash(into hasher: inout Hasher) { hasher.combine(source) }
}
