package import BallastRuntime

/// Where runs are kept.
package enum StoreLocation: Sendable, Hashable {
    /// In memory; gone when the server stops.
    case memory
    /// A file, by absolute path.
    case sqlite(path: String)
    /// A connection string, which may hold a password.
    case postgres(Secret)
}

/// When files that changed are read again.
package enum ReloadMode: String, Sendable, Hashable, CaseIterable {
    case auto
    /// When somebody asks for it.
    case manual
}

/// What ballast.yaml says of the server itself.
package struct ServerSettings: Sendable, Hashable {
    package var host: String
    /// 1 to 65535.
    package var port: Int
    package var store: StoreLocation
    /// Such as `development` or `production`; a fact that policies can look at.
    package var environment: String
    /// Starter, principal and reviewer may be one person; only on loopback, and shown as a deviation.
    package var allowsSelfReview: Bool
    /// Milliseconds after which a store that cannot be written halts everything; nil for never.
    package var deadMan: Int64?
    package var breaker = BreakerRule()
    package var gateway = GatewaySettings()
    /// Whether files that changed are read again by themselves.
    package var reload = ReloadMode.auto

    package init(
        host: String = "127.0.0.1", port: Int = 7340, store: StoreLocation = .memory,
        environment: String = "development", allowsSelfReview: Bool = false
    ) {
        self.host = host
        self.port = port
        self.store = store
        self.environment = environment
        self.allowsSelfReview = allowsSelfReview
    }

    /// True when nobody outside this machine can reach the server.
    package var isLoopback: Bool { ServerSettings.isLoopback(host) }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host == "[::1]" || host.hasPrefix("127.")
    }
}

/// A customer of the installation.
package struct TenantSettings: Sendable, Hashable {
    package var name: String
    /// IANA name of the zone that days and months of limits are counted in.
    package var zone: String

    package init(name: String, zone: String = "UTC") {
        self.name = name
        self.zone = zone
    }
}
