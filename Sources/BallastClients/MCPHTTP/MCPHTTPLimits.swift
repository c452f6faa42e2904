/// Bounds of one MCP server that is spoken to over HTTP.
package struct MCPHTTPLimits: Sendable, Hashable {
    /// Bytes of one answer, or of one event of a stream.
    package let maxAnswerBytes: Int
    /// Bytes of a whole stream.
    package let maxStreamBytes: Int
    /// Messages of a whole stream.
    package let maxStreamMessages: Int
    /// Milliseconds until a server that says nothing to `server/discover` is asked to `initialize`.
    package let discoverTimeout: Int64
    /// Milliseconds for the whole opening.
    package let openTimeout: Int64
    /// Milliseconds for a whole list.
    package let listTimeout: Int64
    /// Milliseconds that a list is taken to be good, when the server does not say longer.
    package let listLife: Int64

    /// Each bound is clamped to its range: times to a day, bytes to 256 MiB.
    package init(
        maxAnswerBytes: Int = 16 << 20, maxStreamBytes: Int = 64 << 20, maxStreamMessages: Int = 100_000,
        discoverTimeout: Int64 = 5_000, openTimeout: Int64 = 30_000, listTimeout: Int64 = 15_000,
        listLife: Int64 = 10_000
    ) {
        self.maxAnswerBytes = min(max(maxAnswerBytes, 1), 256 << 20)
        self.maxStreamBytes = min(max(maxStreamBytes, 1), 256 << 20)
        self.maxStreamMessages = max(maxStreamMessages, 1)
        self.discoverTimeout = Self.time(discoverTimeout)
        self.openTimeout = Self.time(openTimeout)
        self.listTimeout = Self.time(listTimeout)
        self.listLife = Self.time(listLife)
    }

    /// Between a millisecond and a day.
    private static func time(_ milliseconds: Int64) -> Int64 { min(max(milliseconds, 1), 86_400_000) }
}
