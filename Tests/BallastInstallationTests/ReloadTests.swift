import BallastConfiguration
import BallastCore
import BallastInstallation
import BallastPolicy
import BallastRuntime
import BallastServer
import BallastTesting
import Foundation
import Logging
import Testing

@Suite("A configuration is taken as a whole, or not at all")
struct ReloadTests {
    private let person = Principal("operator:olga")

    @Test("what is written is in force when the reload returns, with another hash and other policies")
    func takes() async throws {
        try await Folder.with { folder in
            let keeper = try folder.keeper()
            let before = keeper.desk.standing
            #expect(await keeper.keeper.reload(by: person) == .unchanged)
            try folder.write("policies/clerk.yaml", "classes: { dangerous: [pay] }")
            #expect(await keeper.keeper.reload(by: person) == .loaded)
            #expect(keeper.desk.standing.hash != before.hash)
            #expect(keeper.agent("clerk")?.policy.toolClass(of: "pay") == .dangerous)
            try folder.write("agents/other.yaml", Folder.agent)
            #expect(await keeper.keeper.reload(by: person) == .loaded)
            #expect(keeper.agent("other") != nil)
            try folder.remove("agents/other.yaml")
            #expect(await keeper.keeper.reload(by: person) == .loaded)
            #expect(keeper.agent("other") == nil)
        }
    }

    @Test("a broken file leaves what was in force there, and says which file, line and column; mended, it is forgotten")
    func broken() async throws {
        try await Folder.with { folder in
            let keeper = try folder.keeper()
            let before = keeper.desk.standing
            try folder.write("policies/clerk.yaml", "classes:\n  riskyy: [pay]")
            #expect(await keeper.keeper.reload(by: person) == .refused)
            #expect(keeper.agent("clerk")?.policy.toolClass(of: "pay") == .risky)
            let standing = keeper.desk.standing
            #expect(standing.hash == before.hash && standing.loadedAt == before.loadedAt)
            let complaint = try #require(standing.refusal?.complaints.first)
            #expect(complaint.place == "policies/clerk.yaml:2:3")
            #expect(
                complaint.text.contains("did you mean `risky`?") || complaint.text.contains("Did you mean `risky`?"))
            try folder.write("policies/clerk.yaml", Folder.policy)
            #expect(await keeper.keeper.reload(by: person) == .unchanged)
            #expect(keeper.desk.standing == before)
        }
    }

    @Test(
        "what a running server cannot change is refused as a whole, with what to do",
        arguments: [
            ("listen: 127.0.0.1:7999\nstore: memory", "listen"), ("store: sqlite:other.db", "store"),
            ("store: memory\ndead_man: 60s", "dead_man"),
            ("store: memory\ntools: { desk: { mcp: { command: [desk] } } }", "tools"),
        ])
    func restart(text: String, key: String) async throws {
        try await Folder.with { folder in
            let keeper = try folder.keeper()
            try folder.write("ballast.yaml", text)
            try folder.write("policies/clerk.yaml", "classes: { dangerous: [pay] }")
            #expect(await keeper.keeper.reload(by: person) == .refused)
            let complaints = keeper.desk.standing.refusal?.complaints.map(\.text) ?? []
            #expect(complaints.count == 1)
            #expect(complaints.first?.contains("`\(key)` is not what the server was started with") == true)
            #expect(keeper.agent("clerk")?.policy.toolClass(of: "pay") == .risky)
        }
    }

    @Test("a file that is written is taken once it stands still, also one that the configuration only refers to")
    func watching() async throws {
        try await Folder.with { folder in
            try folder.write("agents/clerk.yaml", Folder.agent + "\ninstructions: { file: prompt.md }")
            try folder.write("prompt.md", "Be kind.")
            let keeper = try folder.keeper()
            for _ in 0..<3 { await keeper.keeper.look() }
            #expect(keeper.agent("clerk")?.definition.instructions == "Be kind.")
            try folder.write("prompt.md", "Be very kind.")
            await keeper.keeper.look()
            #expect(keeper.agent("clerk")?.definition.instructions == "Be kind.", "it may still be being written")
            await keeper.keeper.look()
            #expect(keeper.agent("clerk")?.definition.instructions == "Be very kind.")
            try folder.write("policies/clerk.yaml", "classes: [")
            for _ in 0..<2 { await keeper.keeper.look() }
            #expect(keeper.desk.standing.refusal != nil)
            try folder.write("policies/clerk.yaml", "classes: { dangerous: [pay] }")
            for _ in 0..<2 { await keeper.keeper.look() }
            #expect(keeper.desk.standing.refusal == nil)
            #expect(keeper.agent("clerk")?.policy.toolClass(of: "pay") == .dangerous)
        }
    }

    @Test("another version of an agent is one whose playbooks say something else, too")
    func versions() async throws {
        try await Folder.with { folder in
            let keeper = try folder.keeper()
            let first = keeper.agent("clerk")?.reference
            try folder.write("playbooks/hello.yaml", "triggers: [hello]\nsteps: [{ say: Good day. }]")
            #expect(await keeper.keeper.reload(by: person) == .loaded)
            let second = keeper.agent("clerk")?.reference
            #expect(first != second)
            try folder.write("policies/clerk.yaml", "classes: { dangerous: [pay] }")
            #expect(await keeper.keeper.reload(by: person) == .loaded)
            #expect(keeper.agent("clerk")?.reference == second, "a policy is no part of a version")
        }
    }
}

/// A keeper over a folder, and what it keeps.
private struct Kept {
    let keeper: ConfigurationKeeper
    let runtime: AgentRuntime
    let desk: ConfigurationDesk

    func agent(_ name: String) -> DeployedAgent? { runtime.deployment.now.agents[name] }
}

/// A configuration in a temporary folder.
private struct Folder {
    let path: String

    static let agent = """
        tools: [pay]
        policy: clerk
        playbooks: [hello]
        escalation: [{ to: leads, within: 1h }]
        """
    static let policy = "classes: { risky: [pay] }"

    static func with(_ body: (Folder) async throws -> Void) async throws {
        let folder = Folder(path: FileManager.default.temporaryDirectory.path + "/ballast-reload-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        try folder.write("ballast.yaml", "store: memory")
        try folder.write("people.yaml", "principals: { lead:tomas: {} }\ngroups: { leads: [lead:tomas] }")
        try folder.write("agents/clerk.yaml", agent)
        try folder.write("policies/clerk.yaml", policy)
        try folder.write("playbooks/hello.yaml", "triggers: [hello]\nsteps: [{ say: Hello. }]")
        try await body(folder)
    }

    func write(_ name: String, _ text: String) throws {
        let file = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data((text + "\n").utf8).write(to: file)
    }
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/" + name) }

    func keeper() throws -> Kept {
        let folder = ConfigurationFolder(path: path, environment: [:])
        let configuration = try folder.read().result.get()
        let (store, clock, logger) = (
            InMemoryRunStore(), SimulatedClock(), Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let make: ConfigurationKeeper.Make = { Deployment(agents: $0.agents) }
        let deployment = CurrentDeployment(try make(configuration))
        let runtime = AgentRuntime(
            store: store, clock: clock, random: SeededRandom(seed: 1), deployment: deployment,
            masterKey: Array(repeating: 1, count: 32), owner: "test", logger: logger)
        let tools = ToolDirectory(clients: [], store: store, deployment: deployment, clock: clock, logger: logger)
        let desk = ConfigurationDesk(configuration.standing(at: clock.now))
        let keeper = ConfigurationKeeper(
            configuration, folder: folder, runtime: runtime, tools: tools, desk: desk, logger: logger, make: make)
        return Kept(keeper: keeper, runtime: runtime, desk: desk)
    }
}
