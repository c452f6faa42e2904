import BallastConfiguration
import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("The folder that init writes")
struct TemplateTests {
    private func load(_ change: (String, String) -> String = { _, text in text }) throws -> Configuration {
        let texts = ConfigurationTemplate.files.filter { $0.path.hasSuffix(".yaml") }
        let files = Dictionary(uniqueKeysWithValues: texts.map { ($0.path, change($0.path, $0.text)) })
        return try Configuration.load(
            ConfigurationSource(
                folder: "/new", files: files, environment: ["MODEL_KEY": "k", "CRM_TOKEN": "k", "SHOP_TOKEN": "t"]))
    }

    @Test("loads as it is, without a model, a tool or a warning")
    func loads() throws {
        let configuration = try load()
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.check(tools: []).isEmpty)
        #expect(configuration.agents.keys.sorted() == ["assistant"])
    }

    @Test("has an agent that answers without a model")
    func answers() throws {
        let agent = try #require(try load().agents["assistant"])
        let match = try #require(PlaybookRouter.match("Call me back, please!", playbooks: agent.playbooks))
        var (cursor, slots) = (PlaybookCursor.start, match.slots)
        func next(_ answer: String?) -> PlaybookMove {
            PlaybookInterpreter.next(match.playbook, cursor: &cursor, slots: &slots, results: [:], answer: answer)
        }
        #expect(next(nil) == .ask(question: "Under which number can we reach you?", slot: "number"))
        #expect(next("+351 21 000") == .ask(question: "What is it about?", slot: "topic"))
        #expect(next("a tent") == .confirm("Shall a colleague call +351 21 000 about \"a tent\"?"))
        #expect(next("yes") == .say("Thank you. A colleague will call +351 21 000."))
        #expect(next(nil) == .handOff(reason: "call back +351 21 000 about a tent"))
    }

    @Test("what it keeps in comments loads when the comments are taken off")
    func comments() throws {
        let isExample = { (line: Substring) in
            line.hasPrefix("# ") && (line.contains(": ") || line.hasSuffix(":")) || line.hasPrefix("#   ")
        }
        let configuration = try load { path, text in
            guard path == "ballast.yaml" else { return text }
            let parts = text.split(separator: "# Models answer", maxSplits: 1)
            let examples = parts[1].split(separator: "\n", omittingEmptySubsequences: false).dropFirst().map { line in
                isExample(line) && !line.hasPrefix("# and ") && !line.hasPrefix("# Tools do") ? line.dropFirst(2) : ""
            }
            return String(parts[0]) + "\n" + examples.joined(separator: "\n")
        }
        #expect(configuration.models["main"]?.api == .openai)
        #expect(configuration.providers.keys.sorted() == ["crm", "files", "shop"])
    }
}
