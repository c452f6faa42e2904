package import BallastConfiguration
package import BallastRuntime
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
        case .idle, .resultsKept, .callsOfRun, .sessions, .sessionsOfCaller, .callsOfSession, .callsOfKey,
            .listenersOfKey, .bodyBytes:
            nil
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
        case .callsOfRun, .resultsKept, .wait, .gather, .question, .idle, .session, .heartbeat, .watch, .streamAfter:
            nil
        }
    }
}

extension RuntimeOptions {
    /// What the configuration sets of the gateway's runs.
    package mutating func take(_ settings: GatewaySettings) {
        gatewayIdle = settings.bounds[.idle] ?? gatewayIdle
        gatewayResults = settings.bounds[.resultsKept] ?? gatewayResults
        gatewayCalls = settings.bounds[.callsOfRun].map { Int($0) } ?? gatewayCalls
    }

    /// All of them, by their keys in ballast.yaml.
    package var gatewayValues: [GatewayBound: Int64] {
        [.idle: gatewayIdle, .resultsKept: gatewayResults, .callsOfRun: Int64(gatewayCalls)]
    }
}
