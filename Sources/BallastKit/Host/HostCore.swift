import BallastConfiguration
import BallastInstallation
import BallastRuntime
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// What the views of one host share: the installation, what runs in it, and its end.
final class HostCore: Sendable {
    private struct State {
        /// Runs and tools.
        var engine: RunningServices?
        /// The API, each time it was served.
        var servers: [RunningServices] = []
        /// Ends what waits for events, by token.
        var stops: [Int: @Sendable () -> Void] = [:]
        var lastStop = 0
        var closing: Task<Void, Never>?
    }

    let installation: Installation
    private let grace: Int64
    private let logger: Logger
    private let state = Mutex(State())

    private init(installation: Installation, grace: Int64, logger: Logger) {
        self.installation = installation
        self.grace = grace
        self.logger = logger
    }

    static func open(
        _ configuration: Configuration, tools: [NativeTool], store: AgentHost.Store, grace: Duration, logger: Logger
    ) async throws -> HostCore {
        if !tools.isEmpty, configuration.providers[NativeFunction.provider] != nil {
            throw AgentError(
                .configuration, "ballast.yaml has a provider of tools named `\(NativeFunction.provider)`.",
                advice: "Rename it: native tools have this name.")
        }
        let installation = try await Composition.make(
            configuration, store: store.location(configuration.server.store), native: tools.map(\.function),
            logger: logger)
        let core = HostCore(installation: installation, grace: max(0, grace.milliseconds), logger: logger)
        do {
            try await core.start()
            return core
        } catch {
            await core.close()
            throw error
        }
    }

    private func start() async throws {
        let (news, report) = AsyncStream.makeStream(of: InstallationNews.self)
        let services = installation.services(grace: grace) { report.yield($0) }
        let engine = RunningServices(services, grace: grace, logger: logger) { report.finish() }
        state.withLock { $0.engine = engine }
        for warning in installation.configuration.warnings { logger.warning("\(warning)") }
        for await item in news {
            switch item {
            case .recovered:
                for complaint in installation.complaints { logger.warning("\(complaint)") }
                return
            case .recoveryFailed(let failure): throw failure
            case .listening, .toolsListed, .waitingFor, .stopped: break
            }
        }
        try Task.checkCancellation()
        throw AgentError(.unavailable, "The host ended while it was opened.", advice: "The log says why.")
    }

    // MARK: Use

    func checkOpen() throws(AgentError) {
        if state.withLock({ $0.closing != nil }) { throw .closed }
    }

    func using<Value>(_ body: (Installation) async throws -> Value) async throws(AgentError) -> Value {
        try checkOpen()
        return try await AgentError.wrapping { try await body(installation) }
    }

    /// Does `body`, which `stop` ends early, and has it ended when the host is closed.
    func untilClosed<Value>(
        _ stop: @escaping @Sendable () -> Void, _ body: () async throws -> Value
    ) async throws -> Value {
        let token = state.withLock { state -> Int? in
            guard state.closing == nil else { return nil }
            state.lastStop += 1
            state.stops[state.lastStop] = stop
            return state.lastStop
        }
        guard let token else { throw AgentError.closed }
        defer { state.withLock { state in state.stops[token] = nil } }
        return try await body()
    }

    // MARK: HTTP

    func serve(host: String, port: Int) async throws -> AgentHost.API {
        try checkOpen()
        guard (0...65_535).contains(port) else {
            throw AgentError(.invalid, "\(port) is no port.", advice: "Take 0 to 65535.")
        }
        let firstKey = try await installation.makeFirstKey()
        let (news, report) = AsyncStream.makeStream(of: InstallationNews.self)
        let api = try installation.apiService(host: host, port: port) { report.yield($0) }
        let server = RunningServices([api], grace: grace, logger: logger) { report.finish() }
        for await case .listening(let port) in news {
            let isKept = state.withLock { state in
                guard state.closing == nil else { return false }
                state.servers.append(server)
                return true
            }
            guard isKept else {
                await server.stop()
                throw AgentError.closed
            }
            return AgentHost.API(address: "http://\(host):\(port)", firstKey: firstKey)
        }
        let failure = await server.stop()
        throw failure.map { Installation.explain($0, host: host, port: port) } ?? AgentError.closed
    }

    // MARK: End

    func close() async {
        let (closing, stops) = state.withLock { state in
            if let closing = state.closing { return (closing, [Int: @Sendable () -> Void]()) }
            let (servers, engine) = (state.servers, state.engine)
            let closing = Task {
                for server in servers { await server.stop() }
                await engine?.stop()
                await self.installation.close()
            }
            state.closing = closing
            defer { state.stops = [:] }
            return (closing, state.stops)
        }
        for stop in stops.values { stop() }
        await closing.value
    }
}

/// Services that run beside the program's own work until they are stopped.
private final class RunningServices: Sendable {
    private let group: ServiceGroup
    private let task: Task<(any Error)?, Never>

    /// - Parameters:
    ///   - grace: milliseconds for a stop, before tasks are cancelled.
    ///   - onEnd: called when they ended, whatever the reason.
    init(_ services: [any Service], grace: Int64, logger: Logger, onEnd: @escaping @Sendable () -> Void) {
        var configuration = ServiceGroupConfiguration(
            services: services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }, logger: logger)
        configuration.maximumGracefulShutdownDuration = .milliseconds(grace) + .seconds(10)
        let group = ServiceGroup(configuration: configuration)
        self.group = group
        task = Task {
            defer { onEnd() }
            do {
                try await group.run()
                return nil
            } catch {
                return error
            }
        }
    }

    /// Waits for the end; answers why they ended, when that was an error.
    @discardableResult
    func stop() async -> (any Error)? {
        await group.triggerGracefulShutdown()
        return await task.value
    }
}

extension AgentHost.Store {
    func location(_ configured: StoreLocation) -> StoreLocation {
        switch self {
        case .configured: configured
        case .memory: .memory
        case .sqlite(let path): .sqlite(path: URL(filePath: path).path)
        }
    }
}
