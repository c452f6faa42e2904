import BallastClients
package import BallastConfiguration
package import BallastCore
package import BallastRuntime
import BallastServer
import BallastStore
import BallastWire
import Crypto
import Foundation
package import Logging

/// Puts an installation together: the only file that names concrete stores and clients.
package enum Composition {
    /// Opens the store and builds everything else around it; `close` gives it all back.
    ///
    /// - Parameters:
    ///   - folder: where the configuration is read again; nil when it stays as it is.
    ///   - native: functions of this process that are tools.
    package static func make(
        _ configuration: Configuration, folder: ConfigurationFolder? = nil, store location: StoreLocation,
        native: [NativeFunction] = [],
        options: RuntimeOptions = RuntimeOptions(), logger: Logger
    ) async throws -> Installation {
        let (store, path) = try await openStore(location)
        let transport = HTTPTransport()
        do {
            let parts = Parts(store: store, path: path, transport: transport, options: options, logger: logger)
            let own = NativeTools(native, clock: parts.clock)
            let master = try masterKey(beside: path, isNeeded: try await hasSealedData(store))
            let installation = try assemble(
                configuration, folder, parts, master, native: native.isEmpty ? nil : own)
            try await checkMasterKey(installation.runtime)
            if !native.isEmpty { try await installation.tools.adopt(own) }
            return installation
        } catch {
            await store.close()
            await transport.shutdown()
            throw error
        }
    }

    /// What a server's requests and runs are worked on by.
    static var workers: any TaskExecutor { WorkerPool.shared }

    /// What everything else is built on.
    private struct Parts {
        let store: any RunStore
        let path: String?
        let transport: HTTPTransport
        let options: RuntimeOptions
        let logger: Logger
        let clock = SystemClock()
        let random = SystemRandom()
    }

    private static func assemble(
        _ configuration: Configuration, _ folder: ConfigurationFolder?, _ parts: Parts, _ master: [UInt8],
        native: NativeTools?
    ) throws -> Installation {
        let (store, clock, random, logger) = (parts.store, parts.clock, parts.random, parts.logger)
        var clients = try toolClients(configuration, clock: clock, logger: logger)
        if let native { clients.insert(native, at: 0) }
        let transport = parts.transport
        let make: ConfigurationKeeper.Make = { try Composition.deployment($0, transport: transport, clock: clock) }
        let deployment = CurrentDeployment(try make(configuration))
        let owner = "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)"
        let runtime = AgentRuntime(
            store: store, clock: clock, random: random, deployment: deployment, masterKey: master, owner: owner,
            options: parts.options, executor: workers, logger: logger, isHeld: true)
        let keys = KeyRegistry(store: store, clock: clock, random: random)
        let tools = ToolDirectory(
            clients: clients, store: store, deployment: deployment, clock: clock, logger: logger)
        let readiness = Readiness()
        let desk = ConfigurationDesk(configuration.standing(at: clock.now))
        let keeper = ConfigurationKeeper(
            configuration, folder: folder, runtime: runtime, tools: tools, desk: desk, logger: logger, make: make)
        let cursorSecret = Digest.lengthPrefixed(domain: "ballast.cursor.v1", [master]).bytes
        let api = APIContext(
            runtime: runtime, keys: keys, tools: tools, readiness: readiness, configuration: desk,
            cursorSecret: cursorSecret, logger: logger, gateway: MCPPace(configuration.server.gateway))
        return Installation(
            configurations: keeper, runtime: runtime, store: store, clients: clients, tools: tools,
            readiness: readiness, api: api, keys: keys, storePath: parts.path,
            closeTransport: { await transport.shutdown() }, logger: logger)
    }

    // MARK: Store

    package static func openStore(
        _ location: StoreLocation
    ) async throws(InstallationError) -> (any RunStore, path: String?) {
        switch location {
        case .memory: return (InMemoryRunStore(), nil)
        case .sqlite(let path):
            try makeFolder(of: path)
            do throws(StoreError) {
                return (try await SQLiteRunStore.open(path: path), path)
            } catch {
                throw InstallationError(error)
            }
        case .postgres:
            throw InstallationError(
                .wrongUse, "This version has no PostgreSQL store yet.", advice: "Use --store sqlite:PATH.")
        }
    }

    /// The journals of a store and the key to their content, beside a server that may be using it. Nothing is made or
    /// written.
    package static func openArchive(
        _ location: StoreLocation, readers: Int
    ) throws(InstallationError) -> (any JournalArchive, masterKey: [UInt8]) {
        guard case .sqlite(let path) = location else {
            throw InstallationError(
                .wrongUse, "Recorded actions are read from a store in a file.",
                advice: "Give one that a server wrote, with --store sqlite:PATH.")
        }
        guard FileManager.default.fileExists(atPath: path) else {
            throw InstallationError(
                .wrongUse, "There is no store at \(path).",
                advice: "Give one that a server wrote, with --store sqlite:PATH.")
        }
        let key = try masterKey(beside: path, isNeeded: true)
        do throws(StoreError) {
            return (try SQLiteArchive.open(path: path, readers: readers), key)
        } catch {
            throw InstallationError(error)
        }
    }

    private static func makeFolder(of path: String) throws(InstallationError) {
        let folder = URL(filePath: path).deletingLastPathComponent()
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw InstallationError(
                .wrongUse, "\(path) is a folder, and the store is a file.",
                advice: "Give one, such as --store sqlite:\(path)/ballast.db.")
        }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw InstallationError(
                .unavailable,
                "The folder \(folder.path) cannot be made: \(error.localizedDescription.withoutFullStop).",
                advice: "Make it, or choose another place with --store sqlite:PATH.")
        }
    }

    /// Whether something is stored that only its master key opens.
    private static func hasSealedData(_ store: any RunStore) async throws(InstallationError) -> Bool {
        do throws(StoreError) {
            return try await !store.dataKeys(scope: TenantScope(.default)).isEmpty
        } catch {
            throw InstallationError(error)
        }
    }

    /// Another key would let the server start and fail in every run.
    private static func checkMasterKey(_ runtime: AgentRuntime) async throws(InstallationError) {
        do throws(StoreError) {
            _ = try await runtime.vault(of: .default)
        } catch {
            throw InstallationError(error)
        }
    }

    /// The key that seals tenants' keys: from BALLAST_MASTER_KEY, or a file beside the store that only this user reads.
    private static func masterKey(beside path: String?, isNeeded: Bool) throws(InstallationError) -> [UInt8] {
        if let text = ProcessInfo.processInfo.environment["BALLAST_MASTER_KEY"], !text.isEmpty {
            guard let key = Hex.decode(text) ?? Data(base64Encoded: text).map({ [UInt8]($0) }), key.count == 32 else {
                throw InstallationError(
                    .wrongUse, "BALLAST_MASTER_KEY is not a key.",
                    advice: "It must be 32 bytes in hexadecimal or base64.")
            }
            return key
        }
        guard let path else { return SymmetricKey(size: .bits256).withUnsafeBytes { [UInt8]($0) } }
        guard !isNeeded || FileManager.default.fileExists(atPath: path + ".key") else {
            throw InstallationError(
                .unavailable, "The master key \(path).key is missing, and nothing in \(path) can be read without it.",
                advice: "Put the file back, or set BALLAST_MASTER_KEY to what it held.")
        }
        return try SecretFile(path: path + ".key").readOrMake {
            SymmetricKey(size: .bits256).withUnsafeBytes { Hex.encode($0) }
        } decode: {
            Hex.decode($0).flatMap { $0.count == 32 ? $0 : nil }
        }
    }

    // MARK: Tools

    private static func toolClients(
        _ configuration: Configuration, clock: SystemClock, logger: Logger
    ) throws -> [any ToolClient] {
        try configuration.providers.values.sorted { $0.name < $1.name }.map { provider in
            switch provider.kind {
            case .mcp(let server):
                MCPStdioClient(
                    provider: provider.name,
                    command: [program(server.command.first ?? "")] + server.command.dropFirst(),
                    environment: server.environment.mapValues { $0.reveal() }, workingDirectory: server.directory,
                    prefix: provider.isPrefixed, logger: logger)
            case .mcpAddress(let server):
                MCPHTTPClient(
                    provider: provider.name, url: server.url,
                    headers: server.headers.sorted { $0.key < $1.key }.map {
                        OutboundHeader($0.key, $0.value.reveal())
                    },
                    prefix: provider.isPrefixed, clock: clock, logger: logger)
            case .http(let http):
                try HTTPToolClient(
                    provider: provider.name, tools: http.tools.map { declaration($0, of: http) },
                    prefix: provider.isPrefixed, clock: clock)
            }
        }
    }

    /// A bare name is looked for beside this program first, so that an installation's own servers are found.
    private static func program(_ name: String) -> String {
        guard !name.contains("/") else { return name }
        let own = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name)
        guard let own, FileManager.default.isExecutableFile(atPath: own.path) else { return name }
        return own.path
    }

    private static func declaration(_ tool: HTTPToolSettings, of http: HTTPToolsSettings) -> HTTPToolDeclaration {
        HTTPToolDeclaration(
            name: tool.name, description: tool.description,
            method: HTTPToolDeclaration.Method(rawValue: tool.method) ?? .post, urlTemplate: http.baseURL + tool.path,
            headers: http.headers.sorted { $0.key < $1.key }.map { OutboundHeader($0.key, $0.value.reveal()) },
            query: tool.query.map { HTTPToolDeclaration.QueryParameter($0) }, inputSchema: tool.inputSchema,
            outputSchema: tool.outputSchema, idempotencyHeader: tool.idempotencyHeader)
    }

    // MARK: Deployment

    private static func deployment(
        _ configuration: Configuration, transport: HTTPTransport, clock: SystemClock
    ) throws -> Deployment {
        let people = configuration.people
        return Deployment(
            agents: configuration.agents,
            models: try configuration.models.mapValues { try model($0, transport: transport, clock: clock) },
            environment: configuration.server.environment, attributes: { people.attributes(of: $0) },
            groups: { people.groups(of: $0) }, isMember: { people.isMember($0, of: $1) },
            zoneOffset: zones(configuration.tenants),
            allowsSelfReview: configuration.server.allowsSelfReview)
    }

    /// A tenant that the configuration does not name lives in UTC.
    /// How far each tenant's zone is ahead of UTC.
    package static func zones(_ tenants: [TenantSettings]) -> @Sendable (TenantID, Timestamp) -> Int64 {
        let zones = Dictionary(tenants.map { ($0.name, TimeZone(identifier: $0.zone)) }) { first, _ in first }
        return { tenant, moment in
            let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1_000)
            return Int64(zones[tenant.name]??.secondsFromGMT(for: date) ?? 0) * 1_000
        }
    }

    private static func model(
        _ settings: ModelSettings, transport: HTTPTransport, clock: SystemClock
    ) throws -> DeployedModel {
        let endpoint = try ModelEndpoint(baseURL: settings.baseURL, key: settings.key?.reveal())
        let client: any ModelClient =
            switch settings.api {
            case .openai: OpenAIChatClient(endpoint, format: OpenAIChatFormat(), transport: transport, clock: clock)
            case .anthropic:
                AnthropicMessagesClient(
                    endpoint, format: AnthropicMessagesFormat(), transport: transport, clock: clock)
            }
        return DeployedModel(
            client: client, model: settings.model, price: settings.price, timeout: settings.timeout,
            retry: settings.retry)
    }
}
