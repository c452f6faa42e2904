import ArgumentParser
import BallastConfiguration
import BallastCore
import BallastPolicy
import Foundation

struct PolicyCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Prove what must never happen, and find rules that do nothing.",
        discussion: """
            Reads a configuration's folder or one policy file; nothing is started and no secret is needed. Every \
            invariant under `never` is proved, refuted by facts that the engine lets through, or neither, with the \
            reason. Exit status: 0 all proved, 1 something is not or is wrong, 2 the files do not load.
            """)
    @Argument(help: "The configuration's folder, or a policy file.") var path = "."
    @Option(help: "Only the policy of this agent.") var agent: String?
    @Option(help: "Arguments for counterexamples where any would do, as JSON: '{\"order_id\": \"O-1001\"}'.")
    var with: String?
    @Option(help: "Literals that a search looks at before it gives up.") var steps = ProofSettings.defaultSteps
    @OptionGroup var tools: SchemaOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let read = try PolicyReading.chosen(path, agent: agent)
        let (schemas, source) = try await tools.schemas(server)
        var settings = ProofSettings(now: .present, schemas: schemas, steps: max(1, steps))
        if let with {
            guard let object = try? JSONReader.read(Array(with.utf8)), object.object != nil else {
                throw CommandFailure.usage("--with is no JSON object: \(with)")
            }
            settings.examples = object
        }
        let checks = read.policies.map { policy in
            settings.agent = policy.agent
            return PolicyCheck(policy, settings)
        }
        server.json
            ? Output.json(json(checks, read.warnings, source)) : show(checks, read.warnings, source)
        if checks.contains(where: \.isBad) { throw ExitCode(1) }
    }

    // MARK: Text

    private func show(_ checks: [PolicyCheck], _ warnings: [Diagnostic], _ source: String) {
        for warning in warnings { Output.line(warning.description) }
        for check in checks { check.show() }
        Output.line()
        Output.line(Output.toned("schemas of tools: \(source)", .faint))
        Output.line(Output.toned(PolicyCheck.caveat, .faint))
    }

    private func json(_ checks: [PolicyCheck], _ warnings: [Diagnostic], _ source: String) -> JSONValue {
        [
            "policies": .array(checks.map(\.json)), "warnings": .array(warnings.map { JSONValue($0.description) }),
            "schemas": JSONValue(source), "not_covered": JSONValue(PolicyCheck.caveat),
        ]
    }
}

/// What was found out about one policy.
struct PolicyCheck {
    let read: ReadPolicy
    let proofs: [InvariantProof]
    let findings: [Diagnostic]

    static let caveat = """
        "proved" is about the decision as a function of its facts. It does not say that labels and answers of other \
        tools are right, that tools do what they say, or that clocks are; sums over several actions are kept by \
        reservations, not by proofs.
        """

    init(_ read: ReadPolicy, _ settings: ProofSettings) {
        self.read = read
        proofs = read.policy.prove(settings)
        let wrong = settings.schemas.isEmpty ? [] : read.policy.check(against: settings.schemas)
        findings = (wrong + read.policy.findings(settings)).map { read.located($0) }.sorted()
    }

    var isBad: Bool {
        findings.contains { $0.severity == .error }
            || proofs.contains { if case .proved = $0.verdict { false } else { true } }
    }

    private var hash: String { Hex.encode(read.policy.hash) }

    func show() {
        let counts = "\(read.policy.rules.count) rules, \(proofs.count) invariants"
        Output.line("\(Output.toned(read.name, .strong)): \(counts), policy \(hash.prefix(12))")
        for proof in proofs { show(proof) }
        if proofs.isEmpty { Output.line("  nothing is stated under `never`, so nothing is proved") }
        for finding in findings { Output.line("  \(finding.description)") }
    }

    private func show(_ proof: InvariantProof) {
        let tone: Output.Tone =
            switch proof.verdict {
            case .proved: .good
            case .refuted: .bad
            case .unproved: .warning
            }
        let verdict = Output.toned(proof.verdict.name.padding(toLength: 12, withPad: " ", startingAt: 0), tone)
        Output.line("  \(verdict) \(proof.invariant.id): \(proof.invariant.words)")
        for (tool, verdict) in proof.tools {
            switch verdict {
            case .proved: continue
            case .unproved(let reason): Output.line("               \(tool): \(reason)")
            case .refuted(let example):
                for line in FactsDocument(example.facts).lines { Output.line("               \(line)") }
                Output.line(
                    "               the engine: \(example.decision.outcome.name). \(example.decision.explanation)")
            }
        }
    }

    var json: JSONValue {
        [
            "name": JSONValue(read.name), "hash": JSONValue(hash),
            "never": .array(proofs.map(PolicyCheck.json)),
            "findings": .array(
                findings.map { finding in
                    [
                        "severity": JSONValue(finding.severity.name), "file": JSONValue(finding.position.file),
                        "line": JSONValue(finding.position.line), "column": JSONValue(finding.position.column),
                        "problem": JSONValue(finding.problem), "advice": JSONValue(finding.advice),
                    ]
                }),
        ]
    }

    private static func json(_ proof: InvariantProof) -> JSONValue {
        [
            "id": JSONValue(proof.invariant.id), "says": JSONValue(proof.invariant.words),
            "verdict": JSONValue(proof.verdict.word), "steps": JSONValue(proof.steps),
            "tools": .array(
                proof.tools.map { tool, verdict in
                    var object: JSONObject = [
                        "tool": JSONValue(tool), "verdict": JSONValue(verdict.word),
                        "used_schema": .bool(proof.schemas.contains(tool)),
                    ]
                    switch verdict {
                    case .proved: break
                    case .unproved(let reason): object["reason"] = JSONValue(reason)
                    case .refuted(let example):
                        object["call"] = FactsDocument(example.facts).call
                        object["facts"] = FactsDocument(example.facts).json
                        object["outcome"] = JSONValue(example.decision.outcome.name)
                        object["rule"] = JSONValue(example.decision.rule)
                        object["explanation"] = JSONValue(example.decision.explanation)
                    }
                    return .object(object)
                }),
        ]
    }
}

extension ProofVerdict {
    /// The verdict for programs.
    var word: String { name.replacing(" ", with: "_") }
}

extension Diagnostic.Severity {
    var name: String { ["error", "warning", "note"][Int(rawValue)] }
}
