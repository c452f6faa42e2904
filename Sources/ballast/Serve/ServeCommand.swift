import ArgumentParser
import BallastConfiguration
import BallastCore
import BallastRuntime
import BallastServer
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the server.")

    @Option(help: "The configuration's folder.") var config = "."
    @Option(help: "Address and port, such as 127.0.0.1:7340.") var listen: String?
    @Option(help: "sqlite:PATH, or memory.") var store: String?
    @Option(help: "by-need, or strict: a commit for every step.") var durability = "by-need"
    @Option(help: "trace, debug, info, notice, warning, error or critical.") var logLevel = "notice"
    @Option(help: "Seconds that calls under way have at shutdown.") var grace = 20

    func run() async throws {
        let configuration = try load()
        let logger = try makeLogger()
        let (host, port) = try address(configuration.server)
        let installation = try await Composition.make(
            configuration, store: try location(configuration.server), options: try options(), logger: logger)
        try await Server(installation: installation, host: host, port: port, grace: grace, logger: logger).run()
    }

    private func load() throws -> Configuration {
        do throws(ConfigurationError) {
            let configuration = try Configuration.load(
                folder: config, environment: ProcessInfo.processInfo.environment)
            for warning in configuration.warnings { Output.complain(warning.description) }
            return configuration
        } catch {
            throw CommandFailure.usage(
                "the configuration in \(config) does not load:\n  "
                    + error.diagnostics.map(\.description).joined(separator: "\n  "))
        }
    }

    private func makeLogger() throws -> Logger {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw CommandFailure.usage("--log-level takes trace, debug, info, notice, warning, error or critical.")
        }
        var logger = Logger(label: "ballast") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }

    private func address(_ settings: ServerSettings) throws -> (String, Int) {
        guard let listen else { return (settings.host, settings.port) }
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw CommandFailure.usage("--listen takes HOST:PORT, such as 127.0.0.1:7340.") }
        return (String(listen[..<colon]), port)
    }

    private func location(_ settings: ServerSettings) throws -> StoreLocation {
        guard let store else { return settings.store }
        if store == "memory" { return .memory }
        guard store.hasPrefix("sqlite:"), store.count > 7 else {
            throw CommandFailure.usage("--store takes sqlite:PATH or memory.")
        }
        return .sqlite(path: URL(filePath: String(store.dropFirst(7))).path)
    }

    private func options() throws -> RuntimeOptions {
        var options = RuntimeOptions()
        switch durability {
        case "by-need": options.durability = .byNeed
        case "strict": options.durability = .strict
        default: throw CommandFailure.usage("--durability takes by-need or strict.")
        }
        return options
    }
}

/// The running server: what starts together, and in which order it stops.
struct Server {
    let installation: Composition.Installation
    let host: String
    let port: Int
    let grace: Int
    let logger: Logger

    func run() async throws {
        let firstKey = try await firstKey()
        let application = try APIServer.application(installation.api, host: host, port: port) { port in
            announce(port: port, firstKey: firstKey)
        }
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: RuntimeService(installation: installation, grace: grace)),
                .init(service: ToolService(installation: installation)), .init(service: application),
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(grace + 10)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            await installation.close()
            throw CommandFailure.no("The server ended: \(error)")
        }
        await installation.close()
    }

    /// Shown once; also kept in a file beside the store, so that the commands of this machine find it.
    private func firstKey() async throws -> String? {
        do {
            try await installation.keys.load()
            guard let key = try await installation.keys.makeFirstKey() else { return nil }
            if let path = installation.storePath {
                try SecretFile(path: URL(filePath: path).deletingLastPathComponent().appending(path: "first-key").path)
                    .write(key)
            }
            return key
        } catch let failure as StoreError {
            throw CommandFailure.no(failure.description)
        }
    }

    private func announce(port: Int, firstKey: String?) {
        Output.line("\(Output.toned("ballast \(BuildVersion.text)", .strong))  http://\(host):\(port)")
        Output.line("  store   \(installation.storePath.map { "sqlite:" + $0 } ?? "memory (gone when it stops)")")
        Output.line("  agents  \(installation.configuration.agents.keys.sorted().joined(separator: ", "))")
        if let firstKey { Output.line("  key     \(firstKey)   (shown once: export BALLAST_KEY=…)") }
        if installation.configuration.server.allowsSelfReview {
            Output.line(Output.toned("  deviation: self_review is allowed; starter and reviewer may be one person", .warning))
        }
    }
}

/// Recovers runs at start, tends them, and lets them rest at the end.
private struct RuntimeService: Service {
    let installation: Composition.Installation
    let grace: Int

    func run() async throws {
        do throws(StoreError) {
            let count = try await installation.runtime.recover()
            if count > 0 { Output.line("  \(count) runs go on where they were") }
            installation.readiness.recovered()
        } catch {
            installation.readiness.recoveryFailed(error)
        }
        await cancelWhenGracefulShutdown { await installation.runtime.tend() }
        installation.readiness.stopping()
        await installation.runtime.shutdown(deadline: Int64(grace) * 1000) { runs in
            Output.line("waiting for \(runs.count) runs: \(runs.prefix(5).map(\.description).joined(separator: ", "))")
        }
        Output.line("stopped; nothing acknowledged is lost")
    }
}

/// Lists the tools of every provider, and says what cannot be offered.
private struct ToolService: Service {
    let installation: Composition.Installation

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await installation.tools.tend {
                report()
                installation.readiness.toolsListed()
            }
        }
    }

    private func report() {
        var unreachable: Set<String> = []
        for (provider, standing) in installation.tools.standings.sorted(by: { $0.key < $1.key }) {
            switch standing {
            case .offering(let tools): Output.line("  tools   \(provider): \(tools.joined(separator: ", "))")
            case .asked:
                unreachable.insert(provider)
                Output.line(Output.toned("  tools   \(provider): no answer yet", .warning))
            case .failed(let failure):
                unreachable.insert(provider)
                Output.line(Output.toned("  tools   \(provider): not available: \(failure)", .bad))
            }
        }
        let definitions = installation.runtime.deployment.now.catalog.definitions
        for complaint in installation.configuration.check(tools: definitions, unreachable: unreachable) {
            Output.complain(complaint.description)
        }
    }
}
