import ArgumentParser
import BallastCore
import BallastInstallation
import Foundation

struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "The gateway over stdio, for a client that starts its servers.",
        discussion: """
            Put this command where the client's configuration names the command of a server. It carries every message \
            to the server at BALLAST_URL. Without one, --config runs a server in this process, which later clients join.
            """)
    @Option(help: "The agent that the client is; needed when several are configured.") var agent: String?
    @Option(help: "Your name of the task: calls under the same name form one run.") var run: String?
    @Option(help: "The user's own words. They count only with a key that has the scope task:assert.") var task: String?
    @Option(help: "The principal to act for, with a key that has the scope act:on-behalf-of.") var onBehalfOf: String?
    @Option(help: "The configuration's folder, for a server in this process when none answers.") var config: String?
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let address = server.address
        if await APIClient.probe(address + "/healthz") != nil {
            return try await bridge(address, server.knownKey)
        }
        guard let config else {
            throw CommandFailure.unreachable(
                "No server answers at \(address). Start one with `ballast serve --config DIR`, set BALLAST_URL to where "
                    + "it is, or give `ballast mcp --config DIR` to run one in this process.")
        }
        try await EmbeddedServer(config: config, address: address).whileRunning { firstKey in
            // Looked up now: a server in this process has made its first key by this time.
            try await bridge(address, firstKey ?? server.knownKey)
        }
    }

    private func bridge(_ address: String, _ key: String?) async throws {
        guard let key else {
            throw CommandFailure.usage(
                "No API key for \(address). Set BALLAST_KEY to a key with the scope run (`ballast key create`), or give "
                    + "--key.")
        }
        try await StdioBridge(endpoint: address + "/mcp", key: key, headers: headers).run()
    }

    private var headers: [(String, String)] {
        // Both eras of one client are one conversation, whatever it restarts.
        [
            ("x-ballast-agent", agent), ("x-ballast-run", run), ("x-ballast-on-behalf-of", onBehalfOf),
            ("x-ballast-task", task.map { APIClient.escaped($0) }),
            ("x-ballast-conversation", "stdio-\(UUID().uuidString)"),
        ].compactMap { name, value in value.map { (name, $0) } }
    }
}

extension ServerOptions {
    /// The key as given, or that of a server of this user on this machine.
    var knownKey: String? {
        let found = key ?? ProcessInfo.processInfo.environment["BALLAST_KEY"] ?? KnownServers().key(of: address) ?? ""
        return found.isEmpty ? nil : found
    }
}
