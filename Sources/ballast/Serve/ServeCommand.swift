import ArgumentParser
import BallastConfiguration
import BallastInstallation
import BallastRuntime
import Foundation
import Logging

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
            configuration, folder: folder, store: try location(configuration.server),
            options: try options(configuration.server),
            logger: logger)
        try await Server(installation: installation, host: host, port: port, grace: grace, logger: logger).run()
    }

    private var folder: ConfigurationFolder {
        ConfigurationFolder(
            path: URL(filePath: config).standardizedFileURL.path, environment: ProcessInfo.processInfo.environment)
    }

    private func load() throws -> Configuration {
        do throws(ConfigurationError) {
            let configuration = try folder.read().result.get()
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
        if store.hasPrefix("postgres") { return .postgres(Secret(store)) }
        guard store.hasPrefix("sqlite:"), store.count > 7 else {
            throw CommandFailure.usage("--store takes sqlite:PATH or memory.")
        }
        return .sqlite(path: URL(filePath: String(store.dropFirst(7))).path)
    }

    private func options(_ settings: ServerSettings) throws -> RuntimeOptions {
        var options = RuntimeOptions()
        options.deadMan = settings.deadMan
        options.breaker = settings.breaker
        options.take(settings.gateway)
        switch durability {
        case "by-need": options.durability = .byNeed
        case "strict": options.durability = .strict
        default: throw CommandFailure.usage("--durability takes by-need or strict.")
        }
        return options
    }
}
