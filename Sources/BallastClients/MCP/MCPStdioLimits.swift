/// Bounds of one MCP server that runs as a child process.
package struct MCPStdioLimits: Sendable, Hashable {
    /// Bytes of one line from the server; a longer result is thrown away and its call settled as unknown.
    package let maxLineBytes: Int
    /// Milliseconds until a server that says nothing to `server/discover` is asked to `initialize`.
    package let discoverTimeout: Int64
    /// Milliseconds from the start of the process until it must have opened the conversation.
    package let startTimeout: Int64
    /// Milliseconds for the whole list of tools.
    package let listTimeout: Int64
    /// Milliseconds that the server may leave its input unread before it counts as stuck and is ended.
    package let writeDeadline: Int64
    /// Milliseconds between closing the server's input, SIGTERM and SIGKILL.
    package let stopGrace: Int64
    /// Bytes of the server's standard error that are kept for messages.
    package let errorTextBytes: Int

    /// Each bound is clamped to its range: times to a day, lines to 16 MiB, kept text to 1 MiB.
    package init(
        maxLineBytes: Int = 16 << 20, discoverTimeout: Int64 = 5_000, startTimeout: Int64 = 30_000,
        listTimeout: Int64 = 15_000, writeDeadline: Int64 = 10_000, stopGrace: Int64 = 2_000,
        errorTextBytes: Int = 8_192
    ) {
        self.maxLineBytes = min(max(maxLineBytes, 1), 16 << 20)
        self.discoverTimeout = Self.time(discoverTimeout)
        self.startTimeout = Self.time(startTimeout)
        self.listTimeout = Self.time(listTimeout)
        self.writeDeadline = Self.time(writeDeadline)
        self.stopGrace = Self.time(stopGrace)
        self.errorTextBytes = min(max(errorTextBytes, 0), 1 << 20)
    }

    /// Between a millisecond and a day.
    private static func time(_ milliseconds: Int64) -> Int64 { min(max(milliseconds, 1), 86_400_000) }
}

extension ContinuousClock.Instant {
    /// So many milliseconds from now, at least one and at most a day.
    static func inMilliseconds(_ count: Int64) -> ContinuousClock.Instant {
        .now + .milliseconds(min(max(count, 1), 86_400_000))
    }
}
