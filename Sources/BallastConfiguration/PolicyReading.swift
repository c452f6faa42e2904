package import BallastPolicy
import BallastRuntime
import Foundation

/// The policy of one agent, or of one file, with the places of what it says.
package struct ReadPolicy: Sendable {
    /// The agent, or the file.
    package let name: String
    /// nil when the policy came from a file alone, and any agent may be meant.
    package let agent: String?
    package let policy: Policy
    private let positions: [String: SourcePosition]
    private let start: SourcePosition

    init(
        name: String, agent: String?, policy: Policy, positions: [String: SourcePosition], start: SourcePosition
    ) {
        self.name = name
        self.agent = agent
        self.policy = policy
        self.positions = positions
        self.start = start
    }

    /// The finding with its file and line.
    package func located(_ finding: PolicyDiagnostic) -> Diagnostic {
        let severity: Diagnostic.Severity =
            switch finding.severity {
            case .error: .error
            case .warning: .warning
            case .note: .note
            }
        return Diagnostic(position(of: finding.place), severity, problem: finding.problem, advice: finding.advice)
    }

    /// Where something of the policy stands, or the nearest thing around it.
    package func position(of place: [String]) -> SourcePosition {
        PolicyAssembly.position(of: place, in: positions, otherwise: start)
    }
}

/// Reads policies without starting anything: neither secrets nor servers are needed.
package enum PolicyReading {
    /// The policies of all agents of a folder, by agent, or the policy of one file.
    ///
    /// - Returns: What was read, and what loads and is probably not meant.
    package static func read(
        _ path: String, environment: [String: String]
    ) throws(ConfigurationError) -> (policies: [ReadPolicy], warnings: [Diagnostic]) {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard exists, !isFolder.boolValue else { return try folder(path, environment: environment) }
        do {
            return try file(path, ConfigurationSource.text(of: path))
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError([
                Diagnostic(
                    SourcePosition(file: path), problem: "the file cannot be read as UTF-8 text",
                    advice: "check its permissions and its encoding")
            ])
        }
    }

    private static func folder(
        _ path: String, environment: [String: String]
    ) throws(ConfigurationError) -> (policies: [ReadPolicy], warnings: [Diagnostic]) {
        var source = try ConfigurationSource(folder: path, environment: environment)
        // What stands in a secret changes no policy, so a machine that has none can check it.
        for text in source.files.values {
            for match in text.matches(of: /\$\{([A-Za-z0-9_]+)\}/)
            where source.environment[String(match.1)]?.isEmpty ?? true {
                source.environment[String(match.1)] = "unknown"
            }
        }
        let readFile = source.readFile
        source.readFile = { path in (try? readFile(path)) ?? "unknown" }
        let configuration = try Configuration.load(source)
        let policies = configuration.agents.values.map { agent in
            let name = agent.definition.name
            return ReadPolicy(
                name: name, agent: name, policy: agent.policy,
                positions: configuration.places.policies[name] ?? [:],
                start: configuration.places.agents[name] ?? SourcePosition(file: "agents/\(name).yaml"))
        }
        return (policies.sorted { $0.name < $1.name }, configuration.warnings)
    }

    /// One policy file by itself; groups and agents that it names are not looked for.
    package static func file(
        _ name: String, _ text: String
    ) throws(ConfigurationError) -> (policies: [ReadPolicy], warnings: [Diagnostic]) {
        let list = DiagnosticList()
        let start = SourcePosition(file: name)
        guard let node = YAMLFile.read(text, file: name, into: list), let draft = PolicyFile(list: list).read(node)
        else {
            if list.diagnostics.isEmpty { list.add(start, "the file is empty", "fill it, or remove it") }
            throw ConfigurationError(list.diagnostics)
        }
        for (include, position) in draft.includes {
            list.add(
                position, "`\(include)` is another file, and this one is read by itself",
                "name the configuration's folder instead of the file")
        }
        let assembly = PolicyAssembly([draft], list: list)
        let policy = assembly.policy()
        let read = ReadPolicy(name: name, agent: nil, policy: policy, positions: assembly.positions, start: start)
        for problem in policy.problems() {
            list.add(read.position(of: problem.place), problem.problem, problem.advice)
        }
        guard !list.hasErrors else { throw ConfigurationError(list.diagnostics) }
        return ([read], list.diagnostics)
    }
}
