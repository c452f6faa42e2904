import AsyncHTTPClient
import NIOCore

/// Connections of HTTP/1.1 to the outside, shared by the clients that are given it.
///
/// Who makes it shuts it down; a debug build stops when that is forgotten.
///
/// Nothing below the caller repeats a request. AsyncHTTPClient has no repetition of requests: one that meets a pooled
/// connection which the server has just closed fails. It would follow redirects, which sends a request again, and
/// try to connect again; both are off here. HTTP/2 is off because one lost connection would then take many calls
/// with it.
package struct HTTPTransport: Sendable {
    package struct Options: Sendable, Hashable {
        /// Milliseconds for name look-up, TCP and TLS together.
        package var connectTimeout: Int64
        /// Calls to one host at a time; further ones wait for as long as a connect may take, then fail unsent.
        package var connectionsPerHost: Int
        /// Milliseconds a connection stays open unused.
        package var keepAlive: Int64

        package init(connectTimeout: Int64 = 10_000, connectionsPerHost: Int = 1024, keepAlive: Int64 = 30_000) {
            self.connectTimeout = max(1, connectTimeout)
            self.connectionsPerHost = max(1, connectionsPerHost)
            self.keepAlive = max(1, keepAlive)
        }
    }

    let client: HTTPClient

    package init(_ options: Options = Options()) { self.init(options, configure: { _ in }) }

    init(_ options: Options, configure: (inout HTTPClient.Configuration) -> Void) {
        _ = HTTPTypes.prepared
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .milliseconds(options.connectTimeout)
        configuration.connectionPool.idleTimeout = .milliseconds(options.keepAlive)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = options.connectionsPerHost
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configure(&configuration)
        client = HTTPClient(configuration: configuration)
    }

    /// Closes all connections; calls in flight fail.
    package func shutdown() async {
        // The only error says that it has been shut down before.
        try? await client.shutdown()
    }
}
