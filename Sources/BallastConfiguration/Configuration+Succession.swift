import BallastCore

extension Configuration {
    /// What this configuration, compared with the one in force, changes that a running server cannot take over; empty when
    /// it can be put in its place.
    package func restarts(after current: Configuration) -> [Diagnostic] {
        let changes = [
            ("listen", server.host != current.server.host || server.port != current.server.port),
            ("store", server.store != current.server.store), ("dead_man", server.deadMan != current.server.deadMan),
            ("breakers", server.breaker != current.server.breaker),
            ("gateway", server.gateway != current.server.gateway),
            ("tools", providers != current.providers),
        ]
        return changes.filter(\.1).map { key, _ in
            Diagnostic(
                places.server[key] ?? SourcePosition(file: "ballast.yaml"),
                problem: "`\(key)` is not what the server was started with",
                reason: "it cannot change while the server runs, and nothing is taken in part",
                advice: "restart the server, or put `\(key)` back")
        }
    }
}
