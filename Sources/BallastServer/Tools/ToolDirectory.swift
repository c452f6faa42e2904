package import BallastCore
package import BallastRuntime
package import Logging
import Synchronization

/// Learns from every provider which tools it offers, and puts them into the catalog under their pins.
///
/// The first definition of a tool that is seen is pinned; a later one that differs does not run until a person accepts
/// it. Providers are asked at once and side by side, and again while one does not answer.
package final class ToolDirectory: Sendable {
    /// How one provider stands.
    package enum Standing: Sendable, Hashable {
        case asked
        /// Offers these tools, by name.
        case offering([String])
        case failed(ToolFailure)
    }

    private struct State {
        var standings: [String: Standing] = [:]
        /// Tools that cannot be offered, and why.
        var problems: [String: String] = [:]
        /// What was accepted of each tool, for showing what changed.
        var accepted: [String: String] = [:]
    }

    private let clients: [any ToolClient]
    private let store: any RunStore
    private let deployment: CurrentDeployment
    private let clock: any RuntimeClock
    private let logger: Logger
    private let state: Mutex<State>
    private let pinScope = TenantScope(.default)

    /// Milliseconds after which start does not wait for a provider any longer.
    package static let patience: Int64 = 5_000
    /// Milliseconds between two listings of the same provider.
    private static let pace: Int64 = 30_000
    private static let firstRetry: Int64 = 1_000

    package init(
        clients: [any ToolClient], store: any RunStore, deployment: CurrentDeployment, clock: any RuntimeClock,
        logger: Logger
    ) {
        self.clients = clients
        self.store = store
        self.deployment = deployment
        self.clock = clock
        self.logger = logger
        state = Mutex(State(standings: Dictionary(clients.map { ($0.provider, .asked) }) { first, _ in first }))
    }

    package var standings: [String: Standing] { state.withLock { $0.standings } }
    package var problems: [String: String] { state.withLock { $0.problems } }
    /// The definition of a tool that was accepted last, as canonical JSON; nil when it was not kept.
    package func accepted(_ tool: String) -> String? { state.withLock { $0.accepted[tool] } }

    /// Asks every provider until the task is cancelled. `onFirst` is told once each has answered or run out of time.
    package func tend(onFirst: @escaping @Sendable () -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            let waiting = FirstAnswers(count: clients.count, tell: onFirst)
            for client in clients {
                group.addTask { await self.tend(client, waiting) }
            }
            // Goes on after the first time, so that this lasts until it is cancelled also where there is no provider.
            group.addTask { [clock] in
                while (try? await clock.sleep(milliseconds: ToolDirectory.patience)) != nil { waiting.giveUp() }
            }
            await group.waitForAll()
        }
    }

    private func tend(_ client: any ToolClient, _ waiting: FirstAnswers) async {
        var pause = ToolDirectory.firstRetry
        while !Task.isCancelled {
            let succeeded = await list(client)
            if Task.isCancelled { return }
            waiting.answered(client.provider)
            pause = succeeded ? ToolDirectory.pace : min(pause * 2, ToolDirectory.pace)
            guard (try? await clock.sleep(milliseconds: pause)) != nil else { return }
        }
    }

    /// Takes one provider's definitions; false when they could not be had.
    package func list(_ client: any ToolClient) async -> Bool {
        do {
            let definitions = try await client.definitions()
            try await take(definitions, from: client)
            return true
        } catch let failure as ToolFailure {
            note(failure, of: client.provider)
        } catch {
            note(ToolFailure(code: .unreachable, message: "\(error)"), of: client.provider)
        }
        return false
    }

    /// Takes the tools of this program itself. They come first, so that no server can take their names, and are accepted
    /// as they are: who could change them could change what judges them.
    package func adopt(_ client: any ToolClient) async throws {
        let definitions = try await client.definitions()
        let pins = try await store.pins(scope: pinScope)
        for definition in definitions where pins[definition.name]?.hash != definition.hash {
            guard let pin = newPin(definition, standing: nil) else { continue }
            try await store.setPin(pin, scope: pinScope)
        }
        try await take(definitions, from: client)
    }

    private func note(_ failure: ToolFailure, of provider: String) {
        // An end of this server's own says nothing of the provider.
        if Task.isCancelled { return }
        let isNew = state.withLock { state in
            let old = state.standings.updateValue(.failed(failure), forKey: provider)
            return old != .failed(failure)
        }
        if isNew { logger.warning("tools not available", metadata: ["provider": "\(provider)", "why": "\(failure)"]) }
    }

    private func take(_ definitions: [ToolDefinition], from client: any ToolClient) async throws {
        var pins = try await store.pins(scope: pinScope)
        var problems: [String: String] = [:]
        for definition in definitions {
            guard let pin = newPin(definition, standing: pins[definition.name]) else { continue }
            try await store.setPin(pin, scope: pinScope)
            pins[definition.name] = pin
        }
        deployment.update { deployment in
            for definition in definitions {
                if let problem = ToolDirectory.add(definition, client, pins[definition.name]?.hash, &deployment.catalog)
                {
                    problems[definition.name] = problem
                }
            }
        }
        state.withLock { [problems, pins] state in
            for definition in definitions {
                let kept = pins[definition.name]?.definition ?? ""
                state.accepted[definition.name] = kept.isEmpty ? nil : kept
            }
            state.standings[client.provider] = .offering(
                definitions.map(\.name).filter { problems[$0] == nil }.sorted())
            for definition in definitions { state.problems[definition.name] = problems[definition.name] }
        }
        for (tool, problem) in problems {
            logger.warning("tool not offered", metadata: ["tool": "\(tool)", "why": "\(problem)"])
        }
    }

    /// The pin of a tool that is seen for the first time, or one that did not keep what was accepted yet.
    private func newPin(_ definition: ToolDefinition, standing pin: ToolPin?) -> ToolPin? {
        guard let pin else {
            return ToolPin(
                tool: definition.name, hash: definition.hash, acceptedBy: .ballast, acceptedAt: clock.now,
                definition: JSONWriter.canonicalString(definition.document))
        }
        guard pin.definition.isEmpty, pin.hash == definition.hash else { return nil }
        return ToolPin(
            tool: pin.tool, hash: pin.hash, acceptedBy: pin.acceptedBy, acceptedAt: pin.acceptedAt,
            definition: JSONWriter.canonicalString(definition.document))
    }

    /// nil when the tool is in the catalog now.
    private static func add(
        _ definition: ToolDefinition, _ client: any ToolClient, _ pin: Digest?, _ catalog: inout ToolCatalog
    ) -> String? {
        if let owner = catalog[definition.name]?.definition.provider, owner != definition.provider {
            return "\(owner) offers a tool of the same name"
        }
        do throws(JSONSchemaError) {
            try catalog.add(definition, client: client, pin: pin)
            return nil
        } catch {
            return "its schema cannot be used: \(error)"
        }
    }

    /// A person accepts the definition that they looked at; nil when there is no such tool, or when it has another
    /// definition now than `expected`.
    package func accept(_ tool: String, expected: Digest, by person: Principal) async throws(StoreError) -> ToolPin? {
        guard let entry = deployment.now.catalog[tool], expected == entry.hash else { return nil }
        let pin = ToolPin(
            tool: tool, hash: entry.hash, acceptedBy: person, acceptedAt: clock.now,
            definition: JSONWriter.canonicalString(entry.definition.document))
        try await store.setPin(pin, scope: pinScope)
        state.withLock { $0.accepted[tool] = pin.definition }
        deployment.update { $0.catalog.setPin(entry.hash, of: tool) }
        return pin
    }
}

/// Waits for the first answer of each provider, or for the end of patience.
private final class FirstAnswers: Sendable {
    private struct State {
        var answered: Set<String> = []
        var isTold = false
    }
    private let count: Int
    private let tell: @Sendable () -> Void
    private let state = Mutex(State())

    init(count: Int, tell: @escaping @Sendable () -> Void) {
        self.count = count
        self.tell = tell
        if count == 0 { giveUp() }
    }

    func answered(_ provider: String) {
        let isComplete = state.withLock { state in
            state.answered.insert(provider)
            return state.answered.count >= count
        }
        if isComplete { giveUp() }
    }

    func giveUp() {
        let isFirst = state.withLock { state in
            defer { state.isTold = true }
            return !state.isTold
        }
        if isFirst { tell() }
    }
}
