package import BallastConfiguration
package import BallastRuntime
package import BallastServer
package import Foundation
package import Logging

/// Everything that a server, or a program that embeds one, starts and stops.
package struct Installation: Sendable {
    /// What is in force, and the way to have another one in its place.
    package let configurations: ConfigurationKeeper
    package let runtime: AgentRuntime
    package let store: any RunStore
    package let clients: [any ToolClient]
    package let tools: ToolDirectory
    package let readiness: Readiness
    package let api: APIContext
    package let keys: KeyRegistry
    /// The store's file; nil for a store in memory.
    package let storePath: String?
    let closeTransport: @Sendable () async -> Void
    package let logger: Logger

    package var configuration: Configuration { configurations.current }

    /// Ends child processes and connections and closes the store. Nothing that was acknowledged is lost.
    package func close() async {
        for client in clients { await client.shutdown() }
        await store.close()
        await closeTransport()
    }

    // MARK: First key

    /// The key of the first operator, when there was none yet: shown once, and kept in a file beside the store, so that
    /// the commands of this machine find it.
    package func makeFirstKey() async throws(InstallationError) -> String? {
        let key: String?
        do throws(StoreError) {
            try await keys.load()
            key = try await keys.makeFirstKey()
        } catch {
            throw InstallationError(error)
        }
        if let key, let file = keyFile { try SecretFile(path: file.path).write(key) }
        return key
    }

    /// Where the first key is kept; nil when nowhere.
    package var keyFile: URL? {
        storePath.map { URL(filePath: $0).deletingLastPathComponent().appending(path: "first-key") }
    }

    func noteKeyFile(host: String, port: Int) {
        guard let keyFile, FileManager.default.fileExists(atPath: keyFile.path) else { return }
        KnownServers().note(host: host, port: port, keyFile: keyFile)
    }

    // MARK: Complaints

    /// What does not fit together, once the tools are known: each is a sentence for the operator.
    package var complaints: [String] {
        configuration.complaints(runtime.deployment.now.catalog, tools).map(\.description)
    }
}

extension Configuration {
    /// What does not fit the tools that are offered now.
    func complaints(_ catalog: ToolCatalog, _ tools: ToolDirectory) -> [Diagnostic] {
        let unreachable = tools.standings.filter { if case .offering = $0.value { false } else { true } }
        return check(tools: catalog.definitions, unreachable: Set(unreachable.keys))
    }
}
