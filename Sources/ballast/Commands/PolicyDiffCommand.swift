import ArgumentParser
import BallastConfiguration
import BallastCore
import BallastPolicy

struct PolicyDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show which actions one policy decides otherwise than another.",
        discussion: """
            Each of OLD and NEW is a configuration's folder or a policy file. The comparison is exact: every change of \
            outcome is found, with facts as an example that both engines confirm. Exit status: 0 nothing is decided \
            less strictly, 1 something is or nobody can tell, 2 the files do not load.
            """)
    @Argument(help: "A configuration's folder, or a policy file.") var old: String
    @Argument(help: "The same of what is to replace it.") var new: String
    @Option(help: "Only the policy of this agent.") var agent: String?
    @OptionGroup var tools: SchemaOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let (before, after) = (try PolicyReading.chosen(old, agent: agent), try PolicyReading.chosen(new, agent: agent))
        let (schemas, source) = try await tools.schemas(server)
        let pairs = try pairs(before.policies, after.policies)
        let comparisons = pairs.map { before, after in
            let settings = ProofSettings(now: .present, agent: after.agent, schemas: schemas)
            return PolicyComparison(before, after, PolicyDifference(from: before.policy, to: after.policy, settings))
        }
        if server.json {
            Output.json(["policies": .array(comparisons.map(\.json)), "schemas": JSONValue(source)])
        } else {
            for comparison in comparisons { comparison.show() }
            Output.line(Output.toned("schemas of tools: \(source)", .faint))
        }
        if comparisons.contains(where: \.isLooser) { throw ExitCode(1) }
    }

    /// Agents of the same name; one policy alone is compared with one alone.
    private func pairs(_ old: [ReadPolicy], _ new: [ReadPolicy]) throws -> [(ReadPolicy, ReadPolicy)] {
        if let first = old.first, let second = new.first, old.count == 1, new.count == 1 { return [(first, second)] }
        let pairs = new.compactMap { after in
            old.first { $0.name == after.name || $0.agent == nil }.map { ($0, after) }
                ?? (after.agent == nil ? old.first.map { ($0, after) } : nil)
        }
        guard !pairs.isEmpty else {
            throw CommandFailure.usage("\(self.old) and \(self.new) have no agent in common. Name one with --agent.")
        }
        return pairs
    }
}

/// What changes from one policy to another, as it is printed.
struct PolicyComparison {
    let old: ReadPolicy
    let new: ReadPolicy
    let difference: PolicyDifference

    init(_ old: ReadPolicy, _ new: ReadPolicy, _ difference: PolicyDifference) {
        self.old = old
        self.new = new
        self.difference = difference
    }

    var isLooser: Bool { if case .none = difference.loosening { false } else { true } }

    func show() {
        let hashes = "\(Hex.encode(old.policy.hash.prefix(6))) to \(Hex.encode(new.policy.hash.prefix(6)))"
        Output.line("\(Output.toned(new.name, .strong)): policy \(hashes)")
        if difference.isEmpty { Output.line("  every action is decided as before") }
        for change in difference.changes {
            let word = change.isLooser ? Output.toned("looser ", .bad) : Output.toned("tighter", .good)
            Output.line("  \(word)  \(change.tool): \(change.old.name) becomes \(change.new.name), for example")
            for line in FactsDocument(change.example).lines { Output.line("             \(line)") }
            Output.line("             old: \(old.policy.decide(change.example).explanation)")
            Output.line("             new: \(new.policy.decide(change.example).explanation)")
        }
        for change in difference.statements {
            let word = change.isLooser ? Output.toned("looser ", .bad) : Output.toned("tighter", .good)
            Output.line("  \(word)  \(change.tool): \(change.what)")
        }
        for (tool, reason) in difference.open {
            Output.line("  \(Output.toned("unknown", .warning))  \(tool): \(reason)")
        }
    }

    var json: JSONValue {
        [
            "name": JSONValue(new.name), "old": JSONValue(Hex.encode(old.policy.hash)),
            "new": JSONValue(Hex.encode(new.policy.hash)), "loosens": .bool(isLooser),
            "changes": .array(
                difference.changes.map { change in
                    [
                        "tool": JSONValue(change.tool), "from": JSONValue(change.old.name),
                        "to": JSONValue(change.new.name), "looser": .bool(change.isLooser),
                        "call": FactsDocument(change.example).call, "facts": FactsDocument(change.example).json,
                    ]
                }),
            "statements": .array(
                difference.statements.map { change in
                    [
                        "tool": JSONValue(change.tool), "change": JSONValue(change.what),
                        "looser": .bool(change.isLooser),
                    ]
                }),
            "unknown": .array(
                difference.open.map { ["tool": JSONValue($0.tool), "reason": JSONValue($0.reason)] }),
        ]
    }
}
