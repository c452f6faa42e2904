import BallastCore
import BallastRuntime
import BallastServer
import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The running server: what starts together, and in which order it stops.
struct Server {
    let installation: Composition.Installation
    let host: String
    let port: Int
    /// Seconds that calls under way have at shutdown.
    let grace: Int
    let logger: Logger

    func run() async throws {
        let isListening = Flag()
        let start = StartBlock(
            installation: installation, host: host, firstKey: try await firstKey(), keyFile: keyFile?.path)
        let application = try APIServer.application(installation.api, host: host, port: port) { port in
            noteKeyFile(port: port)
            isListening.raise()
            start.listening(port: port)
        }
        // Stopped from the last to the first: no request comes in any more, then tools rest, then runs.
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: RuntimeService(installation: installation, grace: grace, isListening: isListening)),
                .init(service: ToolService(installation: installation, start: start)), .init(service: application),
            ], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(grace + 10)
        let group = ServiceGroup(configuration: configuration)
        let watching = Task { await StopSignals(group: group, runtime: installation.runtime).watch() }
        defer { watching.cancel() }
        do {
            try await group.run()
        } catch {
            await installation.close()
            throw failure(error)
        }
        await installation.close()
    }

    private func failure(_ error: any Error) -> CommandFailure {
        switch error {
        case let error as IOError where error.errnoCode == EADDRINUSE:
            .no(
                "\(host):\(port) is in use by another program. Stop it, or choose another with --listen HOST:PORT."
            )
        case let error as IOError where error.errnoCode == EACCES || error.errnoCode == EADDRNOTAVAIL:
            .no(
                "\(host):\(port) cannot be listened on: \(words(error)). Choose another address with --listen HOST:PORT."
            )
        case is SocketAddressError, is SocketAddressError.UnknownHost:
            .usage("\(host) is not a name or address of this machine. Choose another with --listen HOST:PORT.")
        case is ServiceGroupError: .no("A part of the server ended when it should not have. The log above says which.")
        default: .no("The server ended: \(error)")
        }
    }

    private func words(_ error: any Error) -> String {
        (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)"
    }

    // MARK: First key

    /// Shown once; also kept in a file beside the store, so that the commands of this machine find it.
    private func firstKey() async throws -> String? {
        do {
            try await installation.keys.load()
            guard let key = try await installation.keys.makeFirstKey() else { return nil }
            if let file = keyFile { try SecretFile(path: file.path).write(key) }
            return key
        } catch let failure as StoreError {
            throw CommandFailure.no(failure.description)
        }
    }

    private var keyFile: URL? {
        installation.storePath.map { URL(filePath: $0).deletingLastPathComponent().appending(path: "first-key") }
    }

    private func noteKeyFile(port: Int) {
        guard let keyFile, FileManager.default.fileExists(atPath: keyFile.path) else { return }
        KnownServers().note(host: host, port: port, keyFile: keyFile)
    }
}

/// The first SIGTERM or SIGINT lets everything rest; a second one ends the process at once, which loses nothing that
/// was acknowledged either.
private struct StopSignals {
    let group: ServiceGroup
    let runtime: AgentRuntime

    func watch() async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sigusr1)
        var isStopping = false
        for await signal in signals {
            if signal == .sigusr1 {
                await halt()
                continue
            }
            if isStopping { _exit(128 + signal.rawValue) }
            isStopping = true
            Output.line("stopping (\(signal)); once more stops at once")
            await group.triggerGracefulShutdown()
        }
    }

    /// SIGUSR1 is the kill switch for whoever is on the host and has no key at hand.
    private func halt() async {
        let receipt = await runtime.halt(
            .everything, reason: "SIGUSR1 on the host", by: Principal("operator:host"))
        let sent = receipt.alreadySent.map(\.description).joined(separator: ", ")
        Output.line(
            "everything is halted (\(receipt.halt.id)); already sent: \(sent.isEmpty ? "nothing" : sent). "
                + "After review: ballast resume \(receipt.halt.id) --reason TEXT")
    }
}

/// Recovers runs once their tools are known, tends them, and lets them rest at the end.
private struct RuntimeService: Service, CustomStringConvertible {
    let installation: Composition.Installation
    let grace: Int
    let isListening: Flag

    var description: String { "runtime" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskCancellationHandler {
                await installation.readiness.waitForTools()
            } onCancel: {
                installation.readiness.stopping()
            }
            while !Task.isCancelled, await !recover() {
                try? await installation.runtime.clock.sleep(milliseconds: RuntimeService.retry)
            }
            await installation.runtime.tend()
        }
        installation.readiness.stopping()
        await installation.runtime.shutdown(deadline: Int64(grace) * 1000) { runs in
            let names = runs.prefix(5).map(\.description).joined(separator: ", ")
            Output.line("waiting for \(runs.count) \(runs.count == 1 ? "run" : "runs"): \(names)")
        }
        if isListening.isRaised { Output.line("stopped; nothing acknowledged is lost") }
    }

    /// Milliseconds until a store that could not be read is tried again.
    private static let retry: Int64 = 1_000

    private func recover() async -> Bool {
        do throws(StoreError) {
            let count = try await installation.runtime.recover()
            if count > 0 { Output.line("  \(count) \(count == 1 ? "run goes" : "runs go") on") }
            installation.readiness.recovered()
            return true
        } catch {
            installation.readiness.recoveryFailed(error)
            Output.complain("runs could not be recovered: \(error)")
            return false
        }
    }
}

/// Raised once, seen by all.
private final class Flag: Sendable {
    private let state = Mutex(false)
    func raise() { state.withLock { $0 = true } }
    var isRaised: Bool { state.withLock { $0 } }
}

/// Lists the tools of every provider, and says what cannot be offered.
private struct ToolService: Service, CustomStringConvertible {
    let installation: Composition.Installation
    let start: StartBlock

    var description: String { "tools" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await installation.tools.tend {
                start.tools()
                installation.readiness.toolsListed()
            }
        }
    }
}
