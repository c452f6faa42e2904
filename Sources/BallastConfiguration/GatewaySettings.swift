import BallastPolicy

/// A time or bound of the MCP gateway that ballast.yaml may set, by its key there.
package enum GatewayBound: String, Sendable, Hashable, CaseIterable {
    case wait, gather, question, idle, session, heartbeat, watch
    case resultsKept = "results_kept"
    case streamAfter = "stream_after"
    case sessions
    case sessionsOfCaller = "sessions_of_caller"
    case callsOfRun = "calls_of_run"
    case callsOfSession = "calls_of_session"
    case callsOfKey = "calls_of_key"
    case listenersOfKey = "listeners_of_key"
    case bodyBytes = "body_bytes"

    /// What it may be: milliseconds of a span of time, or a count.
    package var range: ClosedRange<Int64> {
        switch self {
        case .wait: 1_000...3_600_000
        case .gather: 1...5_000
        case .question, .resultsKept: 10_000...86_400_000
        case .idle: 60_000...604_800_000
        case .session: 60_000...604_800_000
        case .heartbeat: 1_000...300_000
        case .watch: 100...300_000
        case .streamAfter: 100...60_000
        case .sessions: 1...1_000_000
        case .sessionsOfCaller: 1...100_000
        case .callsOfRun, .callsOfSession: 1...10_000
        case .callsOfKey: 1...100_000
        case .listenersOfKey: 1...10_000
        case .bodyBytes: 65_536...67_108_864
        }
    }

    package var isSpan: Bool {
        switch self {
        case .wait, .gather, .question, .idle, .session, .heartbeat, .watch, .resultsKept, .streamAfter: true
        case .sessions, .sessionsOfCaller, .callsOfRun, .callsOfSession, .callsOfKey, .listenersOfKey, .bodyBytes: false
        }
    }

    /// A value as ballast.yaml writes it.
    package func text(_ value: Int64) -> String { isSpan ? DurationText.text(value) : String(value) }
}

/// What ballast.yaml says of the MCP gateway; what it does not say is as the server has it.
package struct GatewaySettings: Sendable, Hashable {
    package var bounds: [GatewayBound: Int64] = [:]
    /// Whose pages may call, beside those of this machine: `https://console.example`, in lower case.
    package var origins: Set<String> = []

    package init() {}
}
