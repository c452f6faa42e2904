import BallastCore
import BallastInstallation
import BallastRuntime
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The running server: what starts together, what it says, and the signals that stop it.
struct Server {
    let installation: Installation
    let host: String
    let port: Int
    /// Seconds that calls under way have at shutdown.
    let grace: Int
    let logger: Logger

    func run() async throws {
        let start = StartBlock(
            installation: installation, host: host, firstKey: try await installation.makeFirstKey(),
            keyFile: installation.keyFile?.path)
        let isListening = Flag()
        let report: @Sendable (InstallationNews) -> Void = { news in
            if case .listening = news { isListening.raise() }
            if case .stopped = news, !isListening.isRaised { return }
            Server.say(news, start)
        }
        let services = installation.services(grace: Int64(grace) * 1000, report: report)
        let application = try installation.apiService(host: host, port: port, report: report)
        var configuration = ServiceGroupConfiguration(
            services: (services + [application]).map { .init(service: $0) }, logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(grace + 10)
        let group = ServiceGroup(configuration: configuration)
        let watching = Task { await Signals(group: group, installation: installation).watch() }
        defer { watching.cancel() }
        do {
            try await Installation.onWorkers { try await group.run() }
        } catch {
            await installation.close()
            throw Installation.explain(error, host: host, port: port)
        }
        await installation.close()
    }

    private static func say(_ news: InstallationNews, _ start: StartBlock) {
        switch news {
        case .listening(let port): start.listening(port: port)
        case .toolsListed: start.tools()
        case .recovered(let count):
            if count > 0 { Output.line("  \(count) \(count == 1 ? "run goes" : "runs go") on") }
        case .recoveryFailed(let failure): Output.complain("runs could not be recovered: \(failure)")
        case .waitingFor(let runs):
            let names = runs.prefix(5).map(\.description).joined(separator: ", ")
            Output.line("waiting for \(runs.count) \(runs.count == 1 ? "run" : "runs"): \(names)")
        case .stopped: Output.line("stopped; nothing acknowledged is lost")
        }
    }
}

/// The first SIGTERM or SIGINT lets everything rest; a second one ends the process at once, which loses nothing that
/// was acknowledged either. SIGHUP reads the configuration again.
private struct Signals {
    let group: ServiceGroup
    let installation: Installation

    func watch() async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sigusr1, .sighup)
        var isStopping = false
        for await signal in signals {
            if signal == .sigusr1 {
                await halt()
                continue
            }
            if signal == .sighup {
                _ = await installation.configurations.reload(by: Signals.person)
                continue
            }
            if isStopping { _exit(128 + signal.rawValue) }
            isStopping = true
            Output.line("stopping (\(signal)); once more stops at once")
            await group.triggerGracefulShutdown()
        }
    }

    /// Whoever is on the host and may send signals.
    private static let person = Principal("operator:host")

    /// SIGUSR1 is the kill switch for whoever is on the host and has no key at hand.
    private func halt() async {
        let receipt = await installation.runtime.halt(
            .everything, reason: "SIGUSR1 on the host", by: Signals.person)
        let sent = receipt.alreadySent.map(\.description).joined(separator: ", ")
        Output.line(
            "everything is halted (\(receipt.halt.id)); already sent: \(sent.isEmpty ? "nothing" : sent). "
                + "After review: ballast resume \(receipt.halt.id) --reason TEXT")
    }
}

/// Raised once, seen by all.
private final class Flag: Sendable {
    private let state = Mutex(false)
    func raise() { state.withLock { $0 = true } }
    var isRaised: Bool { state.withLock { $0 } }
}
