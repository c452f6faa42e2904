package import BallastCore
import BallastPolicy
package import BallastRuntime
package import Logging
import Synchronization

/// Learns from every provider which tools it offers, and puts them into the catalog under their pins.
///
/// The tools of a provider's first listing are pinned; a later definition that differs, and a tool that is new, does not
/// run until a person accepts it. Providers are asked at once and side by side, and again while one does not answer.
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
        /// Providers that are asked out of turn now, and when each was so last, in monotonic milliseconds.
        var isAsked: Set<String> = []
        var askedAt: [String: Int64] = [:]
        /// Tools that cannot be offered, and why.
        var problems: [String: String] = [:]
        /// What was accepted of each tool, for showing what changed.
        var accepted: [String: String] = [:]
        /// Why tools that are offered do not run.
        var quarantine: [String: String] = [:]
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
    /// Why a tool that is offered does not run; nil when it runs.
    package func quarantine(_ tool: String) -> String? { state.withLock { $0.quarantine[tool] } }
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

    /// Asks those providers at once that have not answered, because somebody wants their tools now. Waits a little.
    /// Whoever wants them again and again does not start a broken server again and again.
    package func askMissing() async {
        let now = clock.monotonic
        let missing = state.withLock { state in
            let missing = clients.filter { client in
                if case .offering = state.standings[client.provider] { return false }
                let last = state.askedAt[client.provider].map { now - $0 } ?? .max
                return !state.isAsked.contains(client.provider) && last >= ToolDirectory.betweenAsks
            }
            state.isAsked.formUnion(missing.map(\.provider))
            for client in missing { state.askedAt[client.provider] = now }
            return missing
        }
        for client in missing {
            // In tasks of their own: whoever wants the tools may go, and does not wait for long.
            Task {
                _ = await list(client)
                state.withLock { _ = $0.isAsked.remove(client.provider) }
            }
        }
        for _ in 0..<ToolDirectory.looks {
            guard isWorthWaiting else { return }
            guard (try? await clock.sleep(milliseconds: ToolDirectory.look)) != nil else { return }
        }
    }

    /// Some provider was asked just now and may answer.
    private var isWorthWaiting: Bool {
        let now = clock.monotonic
        return state.withLock { state in
            state.isAsked.contains {
                now - (state.askedAt[$0] ?? now) < ToolDirectory.look * Int64(ToolDirectory.looks)
            }
        }
    }

    private static let look: Int64 = 20
    private static let looks = 100
    /// Milliseconds.
    private static let betweenAsks: Int64 = 5_000

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
        try await take(definitions, from: client, isOwn: true)
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

    private func take(
        _ definitions: [ToolDefinition], from client: any ToolClient, isOwn: Bool = false
    ) async throws {
        var pins = try await store.pins(scope: pinScope)
        let record = ProviderRecord(of: client.provider, in: pins)
        let takesAll = isOwn || client.isStatedByOperator || record?.tools.isEmpty ?? true
        // Else one provider could take the bare name of another's tool, and its acceptance with it.
        let foreign = isOwn ? [] : ProviderRecord.tools(ofOthersThan: client.provider, in: pins)
        var known = record ?? ProviderRecord(provider: client.provider)
        let likeness = likeness(of: definitions, pins, known)
        for definition in definitions where !foreign.contains(definition.name) {
            // Who put the name of a tool into a class said that it may run; not one that hides behind another name.
            let isExpected = isClassed(definition.name) && !likeness.isRenamed(definition)
            if takesAll || isExpected { known.add(definition.name) }
        }
        for definition in definitions where known.tools.contains(definition.name) {
            guard let pin = newPin(definition, standing: pins[definition.name]) else { continue }
            try await store.setPin(pin, scope: pinScope)
            pins[definition.name] = pin
        }
        // Last, so that a first listing that is cut off is a first listing again.
        if known != record { try await store.setPin(known.pin(at: clock.now, by: .ballast), scope: pinScope) }
        put(definitions, of: client, pins, known)
    }

    /// Into the catalog, and what stands against it into the state.
    private func put(
        _ definitions: [ToolDefinition], of client: any ToolClient, _ pins: [String: ToolPin], _ known: ProviderRecord
    ) {
        var problems: [String: String] = [:]
        deployment.update { deployment in
            for definition in definitions {
                let isNew = !known.tools.contains(definition.name)
                let pin = isNew ? nil : pins[definition.name]?.hash
                if let problem = ToolDirectory.add(definition, client, pin, isNew: isNew, &deployment.catalog) {
                    problems[definition.name] = problem
                }
            }
        }
        let offered = definitions.filter { problems[$0.name] == nil }
        let quarantine = quarantine(offered, pins, known)
        let news = state.withLock { [problems] state in
            for definition in definitions { state.problems[definition.name] = problems[definition.name] }
            state.standings[client.provider] = .offering(offered.map(\.name).sorted())
            let news = offered.map(\.name).filter { quarantine[$0] != nil && state.quarantine[$0] != quarantine[$0] }
            for definition in offered {
                let kept = known.tools.contains(definition.name) ? pins[definition.name]?.definition ?? "" : ""
                state.accepted[definition.name] = kept.isEmpty ? nil : kept
                state.quarantine[definition.name] = quarantine[definition.name]
            }
            return news
        }
        for (tool, problem) in problems {
            logger.warning("tool not offered", metadata: ["tool": "\(tool)", "why": "\(problem)"])
        }
        for tool in news {
            logger.warning(
                "tool does not run until its definition is accepted",
                metadata: ["tool": "\(tool)", "why": "\(quarantine[tool] ?? "")"])
        }
    }

    /// The policy of some agent names the tool.
    private func isClassed(_ tool: String) -> Bool {
        deployment.now.agents.values.contains { $0.policy.toolClass(of: tool) != nil }
    }

    private func likeness(
        of definitions: [ToolDefinition], _ pins: [String: ToolPin], _ known: ProviderRecord
    ) -> ToolLikeness {
        let accepted = known.tools.reduce(into: [String: JSONValue]()) { accepted, tool in
            accepted[tool] = pins[tool].flatMap { try? JSONReader.read($0.definition) }
        }
        return ToolLikeness(accepted: accepted, offered: definitions)
    }

    private func quarantine(
        _ definitions: [ToolDefinition], _ pins: [String: ToolPin], _ known: ProviderRecord
    ) -> [String: String] {
        let likeness = likeness(of: definitions, pins, known)
        return definitions.reduce(into: [:]) { reasons, definition in
            guard known.tools.contains(definition.name) else {
                reasons[definition.name] =
                    pins[definition.name] == nil
                    ? likeness.reason(definition) : "accepted as a tool of another provider"
                return
            }
            if pins[definition.name]?.hash != definition.hash {
                reasons[definition.name] = "its definition changed"
            }
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
        _ definition: ToolDefinition, _ client: any ToolClient, _ pin: Digest?, isNew: Bool,
        _ catalog: inout ToolCatalog
    ) -> String? {
        if let owner = catalog[definition.name]?.definition.provider, owner != definition.provider {
            return "\(owner) offers a tool of the same name"
        }
        do throws(JSONSchemaError) {
            try catalog.add(definition, client: client, pin: pin, isNew: isNew)
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
        if var known = ProviderRecord(of: entry.definition.provider, in: try await store.pins(scope: pinScope)) {
            known.add(tool)
            try await store.setPin(known.pin(at: clock.now, by: person), scope: pinScope)
        }
        state.withLock { state in
            state.accepted[tool] = pin.definition
            state.quarantine[tool] = nil
        }
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
