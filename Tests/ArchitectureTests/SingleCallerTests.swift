import Testing

@Suite("What reaches the outside world has one door")
struct SingleCallerTests {
    private static let executor = "Sources/BallastRuntime/Effects/EffectExecutor.swift"
    private static let modelCaller = "Sources/BallastRuntime/Loop/RunDriver+Model.swift"
    private static let composition = "Sources/BallastInstallation/Composition.swift"
    /// The ports whose implementations only the composition names.
    private static let ports = ["RunStore", "ToolClient", "ModelClient"]

    @Test("an invocation of a tool is made in one file, and so a tool is called from one file")
    func toolCalls() {
        #expect(files(spelling: "ToolInvocation(") == [SingleCallerTests.executor])
        #expect(files(spelling: "ToolInvocation.init") + files(spelling: ".init(effect:") == [])
        #expect(files(spelling: "client.call(") == [SingleCallerTests.executor])
    }

    @Test(
        "an effect is sent by the step that settles it; the guard and a shadow ask their questions; nothing else sends")
    func senders() {
        #expect(
            files(spelling: "executor.send(") == [
                "Sources/BallastRuntime/Guard/ActionGuard.swift", "Sources/BallastRuntime/Guard/RunDriver+Shadow.swift",
                "Sources/BallastRuntime/Loop/RunDriver+Sending.swift",
            ])
    }

    @Test("a model is called from one file")
    func modelCalls() {
        #expect(files(spelling: "client.complete(") == [SingleCallerTests.modelCaller])
    }

    @Test("a live run takes its events through its session, which queues what it applies")
    func reducer() {
        #expect(files(spelling: "state.apply(") == ["Sources/BallastRuntime/Loop/RunSession.swift"])
    }

    @Test("only the composition names concrete stores and clients")
    func composition() {
        let concrete = SingleCallerTests.implementations
        // Without these the rule would hold for want of anything to look for.
        #expect(
            Set(["InMemoryRunStore", "SQLiteRunStore", "MCPStdioClient", "OpenAIChatClient"]).isSubset(
                of: concrete.keys))
        for file in Repository.sources
        where file.path != SingleCallerTests.composition && file.target != "BallastTesting" {
            for (name, home) in concrete where file.target != home && file.wholeCode.spells(name) {
                for (index, line) in file.code.enumerated() where line.words.contains(Substring(name)) {
                    let advice = "\(name) is named in Composition.swift only; take the protocol"
                    Issue.record("\(file.complaint(line: index, advice))")
                }
            }
        }
    }

    @Test("only the composition imports the targets of stores and clients")
    func concreteTargets() {
        let importers = Repository.sources.filter { file in
            file.imports.contains { ["BallastStore", "BallastClients", "BallastPostgreSQL"].contains($0.module) }
        }
        #expect(importers.map(\.path) == [SingleCallerTests.composition])
    }

    private func files(spelling word: String) -> [String] {
        Repository.sources.filter { $0.wholeCode.spells(word) }.map(\.path)
    }

    /// Types that implement a port, with the target that declares them.
    private static var implementations: [String: String] {
        let declaration = /\b(?:class|struct|actor|extension)\s+(\w+)(?:<[^>]*>)?\s*:\s*([^{]*)\{/
        var found: [String: String] = [:]
        for file in Repository.sources
        where file.target != "BallastTesting" && ports.contains(where: file.wholeCode.spells) {
            for match in file.wholeCode.matches(of: declaration)
            where !Set(String(match.2).words).isDisjoint(with: ports.map { Substring($0) }) {
                found[String(match.1)] = file.target
            }
        }
        let alias = /\btypealias\s+(\w+)\s*=\s*(\w+)/
        for line in Repository.sources.flatMap(\.code) where line.spells("typealias ") {
            guard let match = line.firstMatch(of: alias), let home = found[String(match.2)] else { continue }
            found[String(match.1)] = home
        }
        return found
    }
}
