import Foundation
import Testing

@Suite("A word finds its place: folder = concept, file = one idea")
struct LayoutTests {
    /// Every folder below a target, with the concept it stands for. The same concept has the same word everywhere.
    private static let concepts = [
        "BallastCore/Approval": "what a person is asked and answers",
        "BallastCore/Audit": "digests and leaves",
        "BallastCore/Conversation": "messages and replies",
        "BallastCore/Effect": "an allowed action that was started",
        "BallastCore/Identifiers": "names of things, and moments",
        "BallastCore/JSON": "byte-exact reading and writing",
        "BallastCore/Label": "where a value came from and who may see it",
        "BallastCore/Limit": "counters, reservations, budgets",
        "BallastCore/Run": "the reducer and its journal",
        "BallastCore/Run/Events": "everything that can happen to a run",
        "BallastCore/Tool": "what a tool says of itself",
        "BallastCore/Tool/Schema": "JSON Schema: compiling and validating",
        "BallastCore/Tool/Schema/Pattern": "regular expressions in linear time",
        "BallastPolicy/Analysis": "faults of a policy, found before any action",
        "BallastPolicy/Analysis/Proof": "what no facts can bring about, by search over classes of facts",
        "BallastPolicy/Content": "secrets and personal data in a text, by their shape",
        "BallastPolicy/Decision": "facts to a decision",
        "BallastPolicy/Intent": "which acts the principal's words ask for",
        "BallastPolicy/Language": "what can be stated",
        "BallastPolicy/Provenance": "where the values of an action come from",
        "BallastWire/JSONRPC": "JSON-RPC 2.0",
        "BallastWire/MCP": "Model Context Protocol, both eras",
        "BallastWire/ModelFormats": "a call to a model as bytes, its reply as values",
        "BallastWire/ModelFormats/AnthropicMessages": "one provider's format",
        "BallastWire/ModelFormats/OpenAIChat": "one provider's format",
        "BallastWire/ServerSentEvents": "event streams",
        "BallastRuntime/Approval": "the review document and its binding",
        "BallastRuntime/Breakers": "what rests after failures",
        "BallastRuntime/Catalog": "the tools on offer, with their pins",
        "BallastRuntime/Confusion": "whether an agent goes round in circles, and what is done then",
        "BallastRuntime/Effects": "the one caller of tools",
        "BallastRuntime/Escalation": "a run in the hands of a person: its sheet, its forms, and what is done with them",
        "BallastRuntime/Gateway": "runs whose actions an agent outside proposes",
        "BallastRuntime/Guard": "the checks before an action",
        "BallastRuntime/Halt": "the gate that stops sends",
        "BallastRuntime/InMemory": "the reference store",
        "BallastRuntime/Loop": "the durable loop of one run",
        "BallastRuntime/Native": "tools in this process",
        "BallastRuntime/Ports": "what the runtime asks of its surroundings",
        "BallastRuntime/Routing": "playbooks: known requests without a model",
        "BallastRuntime/Trust": "autonomy that is earned and lost",
        "BallastRuntime/Undo": "taking back what a run did",
        "BallastRuntime/Vault": "sealing and opening content",
        "BallastStore/Records": "values as columns and rows",
        "BallastStore/SQLite": "the file, its writer, its readers",
        "BallastStore/Schema": "the layout of the file, by version",
        "BallastClients/HTTP": "exchanges with other servers",
        "BallastClients/HTTPTools": "tools that are plain HTTP requests",
        "BallastClients/MCP": "tools of an MCP server, and those of one in a child process",
        "BallastClients/MCPHTTP": "tools of an MCP server over HTTP",
        "BallastClients/Models": "models over HTTP",
        "BallastClients/System": "the machine's clocks and randomness",
        "BallastConfiguration/Diagnostics": "what is wrong, where, and what to write instead",
        "BallastConfiguration/Files": "one file of the configuration to its values",
        "BallastConfiguration/Reading": "mappings and values, with positions",
        "BallastConfiguration/Template": "what init writes",
        "BallastConfiguration/YAML": "text to nodes",
        "BallastEvals/Backtest": "recorded decisions made again",
        "BallastEvals/Shadow": "what shadow policies would have said",
        "BallastInstallation/Services": "what starts together, and the order of its rest",
        "BallastInstallation/Reloading": "another configuration in place of the one in force",
        "BallastKit/Agents": "what a host runs, declared in Swift",
        "BallastKit/Coding": "JSON values as Codable types, and as text",
        "BallastKit/Host": "the running agents of one process",
        "BallastKit/Runs": "a run as its caller sees it",
        "BallastKit/Tools": "tools written in Swift",
        "BallastServer/API": "a request taken through: operation, caller, body, answer",
        "BallastServer/Agents": "agents over HTTP",
        "BallastServer/Approvals": "approvals over HTTP",
        "BallastServer/Breakers": "breakers over HTTP",
        "BallastServer/Configuration": "the configuration in force, over HTTP",
        "BallastServer/Effects": "the ledger over HTTP",
        "BallastServer/Escalations": "runs in the hands of people, over HTTP",
        "BallastServer/Events": "journal entries as people and programs see them",
        "BallastServer/Gateway": "outside agents: one endpoint, two eras of MCP",
        "BallastServer/Halts": "halts over HTTP",
        "BallastServer/Metrics": "numbers for whatever watches the process",
        "BallastServer/Health": "liveness and readiness",
        "BallastServer/Idempotency": "a POST once per key",
        "BallastServer/Identity": "keys and callers",
        "BallastServer/Policies": "what policies make of recorded actions, over HTTP",
        "BallastServer/OpenAPI": "the API's description",
        "BallastServer/Runs": "runs over HTTP",
        "BallastServer/Trust": "trust over HTTP",
        "BallastServer/Tools": "tools over HTTP, and learning them from providers",
        "BallastTesting/Fixtures": "parts that tests are made of",
        "BallastTesting/ProtocolModel": "ledger, leases, halt and approval as a state model",
        "BallastTesting/Simulation": "worlds that a seed plays",
        "BallastTesting/StoreConformance": "the contract of RunStore as cases",
        "ballast/Client": "talking to a server",
        "ballast/Commands": "one command a file",
        "ballast/Serve": "the running server",
        "support-desk/Desk": "the shop's own books",
        "support-desk/Tools": "what the shop offers",
    ]
    private static let vague = ["Util", "Helper", "Manager", "Common", "Misc", "Stuff"]
    private static let longestFile = 500
    /// Files that may be longer, and why.
    private static let longFiles: [String: String] = [:]

    @Test("every folder is a known concept, and every known concept has its folder")
    func folders() {
        let found = Repository.folders.filter { $0.contains("/") }
        let known = Set(LayoutTests.concepts.keys)
        #expect(found.subtracting(known).sorted() == [], "name the concept in this test, or use the folder that has it")
        #expect(known.subtracting(found).sorted() == [], "these folders are gone")
    }

    @Test("no name says only that something is somewhere")
    func names() {
        for file in Repository.sources {
            let parts = file.path.split(separator: "/").map(String.init)
            for part in parts
            where LayoutTests.vague.contains(where: { part.hasPrefix($0) || part.hasSuffix($0 + ".swift") }) {
                Issue.record("\(file.path): \"\(part)\" names no concept")
            }
        }
    }

    @Test("a file of more than 500 lines is two ideas")
    func lengths() {
        for file in Repository.sources where file.lines.count > LayoutTests.longestFile {
            if LayoutTests.longFiles[file.path] == nil {
                Issue.record("\(file.path) has \(file.lines.count) lines: divide it, or name it here with the reason")
            }
        }
        for path in LayoutTests.longFiles.keys where !Repository.exists(path) {
            Issue.record("\(path) is gone: take it off the list")
        }
    }

    @Test("a suite's folder mirrors a target")
    func mirrors() {
        let suites = Set(Repository.tests.map(\.target))
        let targets = Set(Repository.sources.map { $0.target + "Tests" })
        let own: Set<String> = ["ArchitectureTests", "SimulationTests", "EndToEndTests"]
        #expect(suites.subtracting(targets).subtracting(own).sorted() == [])
    }

    @Test("no file names a place on the machine it was written on, or leaves work as a note")
    func leftovers() {
        // Put together here, so that this file does not find itself.
        let places = ["work", "root", "tmp/lane", "home"].map { "/" + $0 + "/" }
        let notes = ["TO" + "DO", "FIX" + "ME"]
        let endings = [".swift", ".md", ".yaml", ".json", ".txt", ".sh", ".py"]
        let folders = ["Sources", "Tests", "Benchmarks", "Examples", "Snippets", "Docs", "Scripts", ".ci"]
        let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "Package.swift"]
        let scripts = Repository.files(under: "Scripts") + Repository.files(under: ".ci")
        for path in Set(folders.flatMap { Repository.files(under: $0, endings: endings) } + top + scripts) {
            let text = Repository.text(path)
            let found = (places + notes).filter(text.spells)
            guard !found.isEmpty else { continue }
            for (index, line) in text.components(separatedBy: "\n").enumerated() {
                for word in found
                where line.spells(word) && (places.contains(word) || line.words.contains(Substring(word))) {
                    Issue.record(
                        "\(path):\(index + 1): \(word): no file names its machine, and work is done or in an issue")
                }
            }
        }
    }
}
