/// How much one schema, and one check against it, may cost; schemas come from servers nobody vouches for.
package struct JSONSchemaLimits: Sendable, Hashable {
    /// Schemas nested in one another in the source, 1 to 256.
    package let maxDepth: Int
    /// Schemas in the source that are compiled, the root included.
    package let maxSubschemas: Int
    /// Instructions of all patterns together, repetitions written out.
    package let maxPatternInstructions: Int
    /// Schemas applied inside one another while checking, references included, 1 to 512.
    package let maxRecursion: Int
    /// Steps of one check: one for each schema applied, more for long texts and large values.
    package let maxWork: Int
    /// Violations that one check reports.
    package let maxViolations: Int

    package static let standard = JSONSchemaLimits()

    /// Each bound is clamped to at least one; the depths also to what fits a thread's stack.
    package init(
        maxDepth: Int = 64, maxSubschemas: Int = 5_000, maxPatternInstructions: Int = 100_000,
        maxRecursion: Int = 256, maxWork: Int = 4_000_000, maxViolations: Int = 16
    ) {
        self.maxDepth = min(max(maxDepth, 1), 256)
        self.maxSubschemas = max(maxSubschemas, 1)
        self.maxPatternInstructions = max(maxPatternInstructions, 1)
        self.maxRecursion = min(max(maxRecursion, 1), 512)
        self.maxWork = max(maxWork, 1)
        self.maxViolations = max(maxViolations, 1)
    }
}
