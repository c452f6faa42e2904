package import BallastConfiguration
package import BallastCore
package import BallastRuntime
package import BallastServer
package import Logging
import Synchronization

/// Keeps the configuration in force: what is read in its place is taken as a whole or not at all, one reading after
/// another, and the desk says how it stands.
package final class ConfigurationKeeper: Sendable {
    /// Makes of a configuration what the runtime works with.
    package typealias Make = @Sendable (Configuration) throws -> Deployment

    private struct State {
        var current: Configuration
        /// The reading that came last; the next one waits for it.
        var last: Task<ConfigurationDesk.Outcome, Never>?
        var watch = ConfigurationWatch()
        /// What the last reading referred to.
        var references: Set<String> = []
    }

    private let folder: ConfigurationFolder?
    private let runtime: AgentRuntime
    private let tools: ToolDirectory
    private let desk: ConfigurationDesk
    private let make: Make
    private let logger: Logger
    private let state: Mutex<State>

    /// Milliseconds between two looks at the files.
    static let pace: Int64 = 2_000

    /// - Parameter folder: nil for a configuration that is not read again.
    package init(
        _ configuration: Configuration, folder: ConfigurationFolder?, runtime: AgentRuntime, tools: ToolDirectory,
        desk: ConfigurationDesk, logger: Logger, make: @escaping Make
    ) {
        self.folder = folder
        self.runtime = runtime
        self.tools = tools
        self.desk = desk
        self.make = make
        self.logger = logger
        state = Mutex(State(current: configuration))
        if folder != nil { desk.connect { [weak self] person in await self?.reload(by: person) ?? .refused } }
    }

    package var current: Configuration { state.withLock { $0.current } }

    /// Reads the files and puts them in force. When this returns, no effect starts any more under what was before.
    package func reload(by person: Principal) async -> ConfigurationDesk.Outcome {
        guard let folder else { return .unchanged }
        let task = state.withLock { state in
            let before = state.last
            let task = Task {
                _ = await before?.value
                return await self.take(folder.read(), by: person)
            }
            state.last = task
            return task
        }
        return await task.value
    }

    // MARK: Watching

    /// Looks at the files until the task is cancelled, unless `reload: manual` is in force.
    func watch() async {
        while (try? await runtime.clock.sleep(milliseconds: ConfigurationKeeper.pace)) != nil {
            guard !Task.isCancelled else { return }
            if folder != nil, current.server.reload == .auto { await look() }
        }
    }

    /// One look; what changed is read once it stands still.
    package func look() async {
        guard let folder else { return }
        let stamp = folder.stamp(state.withLock { $0.references })
        guard state.withLock({ $0.watch.notice(stamp) }) else { return }
        let reading = folder.read()
        guard folder.stamp(state.withLock { $0.references }) == stamp else {
            return state.withLock { $0.watch.forget() }
        }
        // What was refused is said once.
        let refused = desk.standing.refusal
        guard refused == nil || refused?.hash != reading.hash?.description else { return }
        _ = await reload(by: .ballast)
    }

    // MARK: Taking

    private func take(_ reading: ConfigurationReading, by person: Principal) async -> ConfigurationDesk.Outcome {
        state.withLock { $0.references = reading.references }
        if let hash = reading.hash, hash == current.hash {
            desk.update { $0.refusal = nil }
            return .unchanged
        }
        let next: Configuration
        let deployment: Deployment
        do {
            next = try reading.result.get()
            let restarts = next.restarts(after: current)
            guard restarts.isEmpty else { throw ConfigurationError(restarts) }
            deployment = try make(next)
            try check(next, over: deployment.offering(runtime.deployment.now.catalog).catalog)
        } catch let error as ConfigurationError {
            return refuse(reading, error.diagnostics.filter { $0.severity == .error })
        } catch {
            return refuse(
                reading,
                [
                    Diagnostic(
                        SourcePosition(file: "ballast.yaml"), problem: "it cannot be put together: \(error)",
                        advice: "correct it")
                ])
        }
        await runtime.deploy { deployment.offering($0.catalog) }
        state.withLock { $0.current = next }
        let now = runtime.clock.now
        desk.update { $0 = next.standing(at: now) }
        logger.notice(
            "configuration loaded",
            metadata: [
                "hash": "\(next.hash.short)", "by": "\(person)",
                "agents": "\(next.agents.keys.sorted().joined(separator: ", "))",
            ])
        for warning in next.warnings { logger.warning("\(warning)") }
        return .loaded
    }

    /// A configuration that loads is not taken when it names what the tools do not have; what is wrong with the one in
    /// force too keeps nothing back.
    private func check(_ next: Configuration, over catalog: ToolCatalog) throws(ConfigurationError) {
        let known = Set(current.complaints(catalog, tools).map(\.problem))
        let faults = next.complaints(catalog, tools).filter { !known.contains($0.problem) && $0.severity == .error }
        guard faults.isEmpty else { throw ConfigurationError(faults) }
    }

    private func refuse(_ reading: ConfigurationReading, _ faults: [Diagnostic]) -> ConfigurationDesk.Outcome {
        let refusal = ConfigurationDesk.Refusal(
            hash: reading.hash?.description, at: runtime.clock.now,
            complaints: faults.map { .init(place: "\($0.position)", text: $0.description) })
        desk.update { $0.refusal = refusal }
        logger.error(
            "the configuration was not taken; what was in force before still is",
            metadata: ["in_force": "\(current.hash.short)", "faults": "\(faults.count)"])
        for fault in faults { logger.error("\(fault)") }
        return .refused
    }
}

extension Configuration {
    /// How it stands when it has just been put in force.
    package func standing(at moment: Timestamp) -> ConfigurationDesk.Standing {
        ConfigurationDesk.Standing(
            hash: hash.description, loadedAt: moment, isAutomatic: server.reload == .auto,
            warnings: warnings.map(\.description))
    }
}

extension Digest {
    /// Enough to tell two configurations apart in a log.
    fileprivate var short: String { String(description.prefix(12)) }
}
