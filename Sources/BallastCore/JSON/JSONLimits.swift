/// How much of one JSON text is accepted before the reader gives up; every bound is checked while scanning.
package struct JSONLimits: Sendable, Hashable {
    /// Arrays and objects open at the same time, 1 to 512.
    package let maxDepth: Int
    /// Length of the whole text in bytes, 1 to 1 GiB.
    package let maxBytes: Int
    /// Values in the text, containers and scalars alike; member names do not count.
    package let maxValues: Int

    /// 128 levels, 16 MiB, one million values.
    package static let standard = JSONLimits()

    /// Each bound is clamped to its range.
    ///
    /// The ceiling on depth keeps walks over a tree well inside a thread's stack; the ceiling on bytes lets a
    /// token hold offsets in 32 bits.
    package init(maxDepth: Int = 128, maxBytes: Int = 16 << 20, maxValues: Int = 1_000_000) {
        self.maxDepth = min(max(maxDepth, 1), 512)
        self.maxBytes = min(max(maxBytes, 1), 1 << 30)
        self.maxValues = min(max(maxValues, 1), 1 << 30)
    }
}
