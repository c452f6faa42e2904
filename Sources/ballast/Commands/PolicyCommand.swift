import ArgumentParser
import BallastConfiguration
import BallastCore
import BallastPolicy
import Foundation

/// The tools around a policy, one subcommand a file.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check, test and compare what agents may do.",
        subcommands: [
            PolicyCheckCommand.self, PolicyDiffCommand.self, PolicyTestCommand.self, PolicyExplainCommand.self,
            PolicyBacktestCommand.self, PolicyShadowCommand.self,
        ])
}

/// The tools whose schemas a proof relies on: from a file, from the server, or none.
struct SchemaOptions: ParsableArguments {
    @Option(help: "A JSON file of tools with their input_schema, as GET /api/v1/tools answers.") var tools: String?
    @Flag(help: "Ask no server for the tools.") var offline = false

    /// Schemas by tool, and where they come from in words.
    func schemas(_ server: ServerOptions) async throws -> (schemas: [String: JSONValue], from: String) {
        if let tools {
            guard let text = try? ConfigurationSource.text(of: tools),
                let found = (try? JSONReader.read(Array(text.utf8))).flatMap(SchemaOptions.schemas)
            else {
                throw CommandFailure.usage(
                    "\(tools) holds no tools. Write a JSON object of schemas by tool, or what GET /api/v1/tools answers."
                )
            }
            return (found, tools)
        }
        let isReachable = offline ? false : await APIClient.probe(server.address + "/healthz")?.status == 200
        guard isReachable, let api = try? APIClient(server),
            let list = try? await api.list("/api/v1/tools", limit: 10_000)
        else {
            return ([:], "none: any arguments were thought possible (--tools FILE, or a running server, gives them)")
        }
        return (SchemaOptions.schemas(.array(list)) ?? [:], server.address)
    }

    private static func schemas(_ document: JSONValue) -> [String: JSONValue]? {
        if let list = document.array ?? document["data"]?.array ?? document["tools"]?.array {
            let pairs = list.compactMap { tool -> (String, JSONValue)? in
                guard let name = tool["name"]?.string else { return nil }
                return (tool["input_schema"] ?? tool["inputSchema"]).map { (name, $0) }
            }
            return Dictionary(pairs) { first, _ in first }
        }
        return document.object.map { object in
            Dictionary(object.members.map { ($0.key.text, $0.value) }) { first, _ in first }
        }
    }
}

extension Timestamp {
    /// This moment, for commands that judge what is expired.
    static var present: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}

extension PolicyReading {
    /// What stands at a path, of one agent if one is named.
    static func chosen(
        _ path: String, agent: String?
    ) throws -> (policies: [ReadPolicy], warnings: [Diagnostic]) {
        let read: (policies: [ReadPolicy], warnings: [Diagnostic])
        do throws(ConfigurationError) {
            read = try PolicyReading.read(path, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw CommandFailure.usage(error.description)
        }
        guard let agent else { return read }
        let found = read.policies.filter { $0.agent == nil || $0.agent == agent }
        guard !found.isEmpty else {
            throw CommandFailure.usage(
                "There is no agent \"\(agent)\" in \(path). It has: \(read.policies.map(\.name).joined(separator: ", "))."
            )
        }
        return (found, read.warnings)
    }
}
