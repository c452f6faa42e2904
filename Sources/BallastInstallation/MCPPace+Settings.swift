package import BallastConfiguration
package import BallastServer

extension MCPPace {
    /// The gateway's own times and bounds with what the configuration sets of them.
    package init(_ settings: GatewaySettings) {
        self.init()
        origins = settings.origins
        for (bound, value) in settings.bounds {
            if let span = MCPPace.span(of: bound) { self[keyPath: span] = value }
            if let count = MCPPace.count(of: bound) { self[keyPath: count] = Int(value) }
        }
    }

    /// All of them, by their keys in ballast.yaml.
    package var values: [GatewayBound: Int64] {
        var values: [GatewayBound: Int64] = [:]
        for bound in GatewayBound.allCases {
            values[bound] =
                MCPPace.span(of: bound).map { self[keyPath: $0] }
                ?? MCPPace.count(of: bound).map { Int64(self[keyPath: $0]) }
        }
        return values
    }

    private static func span(of bound: GatewayBound) -> WritableKeyPath<MCPPace, Int64>? {
        switch bound {
        case .wait: \.wait
        case .gather: \.gather
        case .question: \.question
        case .session: \.session
        case .heartbeat: \.heartbeat
        case .watch: \.watch
        case .streamAfter: \.commit
        case .idle, .sessions, .sessionsOfCaller, .callsOfSession, .callsOfKey, .listenersOfKey, .bodyBytes: nil
        }
    }

    private static func count(of bound: GatewayBound) -> WritableKeyPath<MCPPace, Int>? {
        switch bound {
        case .sessions: \.sessions
        case .sessionsOfCaller: \.sessionsOfCaller
        case .callsOfSession: \.callsOfSession
        case .callsOfKey: \.callsOfKey
        case .listenersOfKey: \.listenersOfKey
        case .bodyBytes: \.body
        case .wait, .gather, .question, .idle, .session, .heartbeat, .watch, .streamAfter: nil
        }
    }
}
