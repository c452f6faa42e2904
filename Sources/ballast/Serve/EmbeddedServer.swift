import BallastConfiguration
import BallastInstallation
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// A server in this process, for as long as something uses it. It says nothing on standard output.
struct EmbeddedServer {
    let config: String
    /// Where it listens, as clients name it.
    let address: String

    /// `body` is given the first key, when there was none before.
    func whileRunning(_ body: @escaping @Sendable (_ firstKey: String?) async throws -> Void) async throws {
        let (host, port) = try place()
        let installation = try await makeInstallation()
        let firstKey = try await installation.makeFirstKey()
        let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
        let report: @Sendable (InstallationNews) -> Void = { if case .toolsListed = $0 { isReady.finish() } }
        let services =
            installation.services(grace: 10_000, report: report) + [
                try installation.apiService(host: host, port: port, report: report)
            ]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
                logger: installation.logger))
        let using = Task {
            for await _ in ready {}
            defer { Task { await group.triggerGracefulShutdown() } }
            try await body(firstKey)
        }
        do {
            try await Installation.onWorkers { try await group.run() }
        } catch {
            using.cancel()
            await installation.close()
            throw Installation.explain(error, host: host, port: port)
        }
        isReady.finish()
        await installation.close()
        using.cancel()
        try await using.value
    }

    private func place() throws -> (String, Int) {
        guard let url = URL(string: address), let host = url.host(), KnownServers.isLoopback(host) else {
            throw CommandFailure.unreachable(
                "No server answers at \(address), and one in this process listens on this machine only. Set BALLAST_URL "
                    + "to an address such as http://127.0.0.1:7340.")
        }
        return (host, url.port ?? 80)
    }

    private func makeInstallation() async throws -> Installation {
        let folder = ConfigurationFolder(
            path: URL(filePath: config).standardizedFileURL.path, environment: ProcessInfo.processInfo.environment)
        let configuration: Configuration
        do throws(ConfigurationError) {
            configuration = try folder.read().result.get()
        } catch {
            throw CommandFailure.usage(
                "the configuration in \(config) does not load:\n  "
                    + error.diagnostics.map(\.description).joined(separator: "\n  "))
        }
        var logger = Logger(label: "ballast") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return try await Composition.make(
            configuration, folder: folder, store: configuration.server.store, logger: logger)
    }
}
