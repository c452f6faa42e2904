/// Times and bounds of the gateway, in milliseconds and counts, and whose pages may call it.
package struct MCPPace: Sendable {
    /// How long a call waits for people when they cannot be asked over its own connection.
    package var wait: Int64 = 30_000
    /// How long a question waits for what else of its run may come to be asked in it.
    package var gather: Int64 = 50
    /// Until then an answer may still come whole, with a status of its own.
    package var commit: Int64 = 10_000
    /// Between comments on a stream that has nothing to say.
    package var heartbeat: Int64 = 15_000
    /// Between looks at whether the tools have changed.
    package var watch: Int64 = 1_000
    /// How long a call is kept for a client that was asked and has not come back.
    package var question: Int64 = 600_000
    /// A session that is not used for so long is over.
    package var session: Int64 = 1_800_000
    package var sessionsOfCaller = 64
    package var sessions = 10_000
    /// Calls open at once, in one session and of one key.
    package var callsOfSession = 64
    package var callsOfKey = 512
    /// Streams that listen for changes, of one key.
    package var listenersOfKey = 64
    /// Bytes of a body.
    package var body = 4 << 20

    /// Origins beside those of this machine, such as `https://console.example`.
    package var origins: Set<String> = []

    package init() {}
}
