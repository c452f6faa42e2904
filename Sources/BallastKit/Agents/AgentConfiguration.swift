import BallastConfiguration
import Foundation

/// What a host runs: a folder of files as `ballast serve` takes it, or agents declared in Swift.
public struct AgentConfiguration: Sendable {
    private var folderPath: String?
    private var agents: [Agent] = []
    private var models: [Model] = []
    private var principals: [String: [String: String]] = [:]
    private var groups: [String: [Principal]] = [:]
    private var environment = "development"

    /// A folder as `ballast init` writes it. `${NAME}` in its files stands for variables of this process.
    public static func folder(_ path: String) -> AgentConfiguration {
        var configuration = AgentConfiguration()
        configuration.folderPath = path
        return configuration
    }

    /// Agents declared in Swift.
    ///
    /// - Parameters:
    ///   - principals: attributes of principals, such as `customer_id`, by the principal's name.
    ///   - groups: who may approve and take over, by the group's name; the members need not stand in `principals`.
    ///   - environment: such as `production`; a fact that policies can look at.
    public static func agents(
        _ agents: [Agent], models: [Model] = [], principals: [String: [String: String]] = [:],
        groups: [String: [Principal]] = [:], environment: String = "development"
    ) -> AgentConfiguration {
        var configuration = AgentConfiguration()
        configuration.agents = agents
        configuration.models = models
        configuration.principals = principals
        configuration.groups = groups
        configuration.environment = environment
        return configuration
    }

    func load() throws -> Configuration {
        let variables = ProcessInfo.processInfo.environment
        if let folderPath { return try Configuration.load(folder: folderPath, environment: variables) }
        return try Configuration.load(try source(variables))
    }

    // MARK: Files
    // JSON is YAML, so what is declared in Swift is written as the files would be, and read by the same reader.

    private func source(_ variables: [String: String]) throws(AgentError) -> ConfigurationSource {
        var source = ConfigurationSource(
            folder: FileManager.default.currentDirectoryPath, files: [:], environment: variables)
        try checkNames()
        source.files["ballast.yaml"] = server(&source.environment).prettyText
        source.files["people.yaml"] = people.prettyText
        for agent in agents {
            source.files["agents/\(agent.name).yaml"] = agent.document.prettyText
            if !agent.policy.isEmpty { source.files["policies/\(agent.name).yaml"] = agent.policy }
            for playbook in agent.playbooks { source.files["playbooks/\(playbook.name).yaml"] = playbook.text }
        }
        return source
    }

    private func checkNames() throws(AgentError) {
        let playbooks = Set(agents.flatMap(\.playbooks))
        for (kind, names) in [
            ("agents", agents.map(\.name)), ("models", models.map(\.name)), ("playbooks", playbooks.map(\.name)),
        ] {
            if let twice = Dictionary(grouping: names, by: \.self).filter({ $0.value.count > 1 }).keys.min() {
                throw AgentError(.configuration, "Two \(kind) are named `\(twice)`.", advice: "Rename one of them.")
            }
        }
    }

    /// Keys of models go by way of the environment, as secrets do in files.
    private func server(_ variables: inout [String: String]) -> JSONValue {
        var document: JSONObject = ["store": "memory", "environment": JSONValue(environment)]
        var described: JSONObject = [:]
        for (index, model) in models.enumerated() {
            var fields: JSONObject = ["api": JSONValue(model.api.rawValue), "model": JSONValue(model.model)]
            if let url = model.baseURL { fields["base_url"] = JSONValue(url) }
            if let price = model.price {
                fields["price"] = ["input": JSONValue(price.input), "output": JSONValue(price.output)]
            }
            if let key = model.key {
                variables["BALLAST_MODEL_KEY_\(index)"] = key
                fields["key"] = JSONValue("${BALLAST_MODEL_KEY_\(index)}")
            }
            described[JSONString(model.name)] = .object(fields)
        }
        if !models.isEmpty { document["models"] = .object(described) }
        return .object(document)
    }

    private var people: JSONValue {
        func sorted<Value>(_ values: [String: Value], _ body: (Value) -> JSONValue) -> JSONValue {
            .object(
                JSONObject(values.sorted { $0.key < $1.key }.map { JSONMember(JSONString($0.key), body($0.value)) }))
        }
        let members = groups.values.flatMap(\.self).map { ($0.name, [String: String]()) }
        let known = principals.merging(members) { given, _ in given }
        return [
            "principals": sorted(known) { sorted($0) { JSONValue($0) } },
            "groups": sorted(groups) { .array($0.map { JSONValue($0.name) }) },
        ]
    }
}

extension Agent {
    /// What its file would say.
    fileprivate var document: JSONValue {
        func names(_ names: [String]) -> JSONValue { .array(names.map { JSONValue($0) }) }
        var document: JSONObject = [
            "description": JSONValue(description), "instructions": JSONValue(instructions), "tools": names(tools),
            "playbooks": names(playbooks.map(\.name)), "ask_user": .bool(mayAskUser),
        ]
        if !models.isEmpty { document["model"] = names(models) }
        if !policy.isEmpty { document["policy"] = JSONValue(name) }
        if !escalation.isEmpty {
            document["escalation"] = .array(
                escalation.map { ["to": JSONValue($0.to), "within": JSONValue($0.within.configured)] })
        }
        if !budget.document.isEmpty { document["budget"] = .object(budget.document) }
        return .object(document)
    }
}

extension Agent.Budget {
    fileprivate var document: JSONObject {
        var document: JSONObject = [:]
        if let steps { document["steps"] = JSONValue(steps) }
        if let time { document["time"] = JSONValue(time.configured) }
        if let tokens { document["tokens"] = JSONValue(tokens) }
        if let microdollars {
            let digits = String(microdollars)
            let padded = String(repeating: "0", count: max(0, 7 - digits.count)) + digits
            document["cost"] = JSONValue("\(padded.dropLast(6)).\(padded.suffix(6)) USD")
        }
        return document
    }
}

extension Duration {
    /// Whole milliseconds; saturates.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return overflow || sumOverflow ? (seconds < 0 ? .min : .max) : sum
    }

    /// As files spell it.
    fileprivate var configured: String { "\(milliseconds)ms" }
}
