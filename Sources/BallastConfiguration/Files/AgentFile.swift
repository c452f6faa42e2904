import BallastCore
import BallastPolicy
import BallastRuntime

/// An agent as its file says it, with the places of the names it uses.
struct AgentDraft {
    var definition: AgentDefinition
    var policies: [(name: String, position: SourcePosition)] = []
    /// What is tried beside the policy.
    var shadows: [(name: String, position: SourcePosition)] = []
    /// Places of names by the key that they stand under, for complaints once everything is read.
    var references: [String: [(name: String, position: SourcePosition)]] = [:]
    var position: SourcePosition
}

/// Reads one file of agents/.
struct AgentFile {
    let name: String
    let context: LoadContext
    private var list: DiagnosticList { context.list }

    init(name: String, context: LoadContext) {
        self.name = name
        self.context = context
    }

    func read(_ node: YAMLNode) -> AgentDraft? {
        guard let file = MappingReader(node, .agent, list) else { return nil }
        checkName(file)
        var draft = AgentDraft(definition: AgentDefinition(name: name), position: node.position)
        draft.policies = list.names(file["policy"], "`policy`")
        draft.shadows = list.names(file["shadow"], "`shadow`")
        if let shadow = file["shadow"], draft.policies.isEmpty {
            list.add(
                shadow.position, "the agent has a `shadow` and no `policy`", why: "a shadow decides nothing",
                "name the policy in force under `policy`, or move the name there")
        }
        for key in ["model", "tools", "playbooks", "agents"] {
            draft.references[key] = list.names(file[key], "`\(key)`")
        }
        func names(_ key: String) -> [String] { (draft.references[key] ?? []).map(\.name) }
        draft.definition.models = names("model")
        draft.definition.tools = names("tools")
        draft.definition.playbooks = names("playbooks")
        draft.definition.agents = names("agents")
        draft.definition.isGateway = list.bool(file["gateway"], "`gateway`") ?? false
        draft.definition.callsEveryTool = draft.definition.isGateway && file["tools"] == nil
        takeShape(file, &draft)
        words(file, &draft)
        bounds(file, &draft)
        draft.definition.escalation = escalation(file, &draft)
        draft.definition.contract = contract(file["contract"])
        reading(file, &draft)
        drafting(file, &draft)
        return draft
    }

    private func checkName(_ file: MappingReader) {
        guard let given = file["name"], let text = list.text(given, "`name`"), text != name else { return }
        list.add(
            given.position, "the agent is named `\(text)` here and `\(name)` by its file", "name the file \(text).yaml")
    }

    private func words(_ file: MappingReader, _ draft: inout AgentDraft) {
        draft.definition.description = list.text(file["description"], "`description`") ?? ""
        draft.definition.instructions = context.prose(file["instructions"], "`instructions`") ?? ""
        draft.definition.mayAskUser =
            list.bool(file["ask_user"], "`ask_user`") ?? (draft.definition.shape != .worker)
    }

    /// The defaults of the shape, before what the file says itself.
    private func takeShape(_ file: MappingReader, _ draft: inout AgentDraft) {
        let shapes = AgentShape.allCases.map(\.rawValue)
        draft.definition.shape = list.word(file["shape"], "shape", of: shapes).flatMap(AgentShape.init)
        guard draft.definition.shape == .worker else { return }
        draft.definition.budget.steps = AgentShape.workerSteps
        guard let agents = file["agents"] else { return }
        list.add(
            agents.position, "a worker gives nothing to other agents", why: "it does one thing, itself",
            "remove `agents`, or the shape")
    }

    private func bounds(_ file: MappingReader, _ draft: inout AgentDraft) {
        if let tokens = list.integer(file["max_output_tokens"], "`max_output_tokens`", in: 1...1_000_000) {
            draft.definition.maxOutputTokens = Int(tokens)
        }
        if let temperature = file["temperature"] { draft.definition.temperature = self.temperature(temperature) }
        if draft.definition.isGateway {
            draft.definition.budget = AgentFile.gatewayBudget
            draft.definition.bounds = .gateway
        }
        if let budget = file["budget"] {
            draft.definition.bounds = self.progress(budget, otherwise: draft.definition.bounds)
            draft.definition.budget = self.budget(budget, otherwise: draft.definition.budget)
        }
    }

    /// A session of an agent outside may be long; its policy's limits are what holds it.
    private static let gatewayBudget = RunBudget(steps: 10_000, activeMilliseconds: 86_400_000)

    /// `none` for a model that no longer takes the argument.
    private func temperature(_ node: YAMLNode) -> Double? {
        if node.text == "none" { return nil }
        guard let value = node.json.number?.double, (0...2).contains(value) else {
            list.add(node.position, "`temperature` is a number from 0 to 2, or `none`", "write `temperature: 0`")
            return 0
        }
        return value
    }

    private func budget(_ node: YAMLNode, otherwise: RunBudget) -> RunBudget {
        var budget = otherwise
        guard let reader = MappingReader(node, .budget, list) else { return budget }
        if let steps = list.integer(reader["steps"], "`steps`", in: 1...100_000) { budget.steps = Int(steps) }
        if let time = list.duration(reader["time"], "`time`") { budget.activeMilliseconds = time }
        if let tokens = list.integer(reader["tokens"], "`tokens`", in: 1...1_000_000_000_000) { budget.tokens = tokens }
        if let calls = list.integer(reader["parallel_calls"], "`parallel_calls`", in: 1...128) {
            budget.parallelCalls = Int(calls)
        }
        if let cost = reader["cost"] { budget.microdollars = microdollars(cost) ?? budget.microdollars }
        return budget
    }

    private func progress(_ node: YAMLNode, otherwise: ProgressBounds) -> ProgressBounds {
        var bounds = otherwise
        guard node.entries != nil else { return bounds }
        func count(_ key: String) -> Int? { list.integer(node[key], "`\(key)`", in: 1...100_000).map { Int($0) } }
        bounds.failures = count("failures") ?? bounds.failures
        bounds.staleSteps = count("stale_steps") ?? bounds.staleSteps
        bounds.effects = count("effects") ?? bounds.effects
        bounds.repeats = list.integer(node["repeats"], "`repeats`", in: 2...100).map { Int($0) } ?? bounds.repeats
        return bounds
    }

    private func microdollars(_ node: YAMLNode) -> Int64? {
        let parts = (node.text ?? "").split(separator: " ")
        guard parts.count == 2, parts[1] == "USD", let amount = Decimal.minorUnits(parts[0], exponent: 6), amount > 0
        else {
            list.add(node.position, "`cost` is an amount of US dollars", "write an amount such as `0.50 USD`")
            return nil
        }
        return amount
    }

    /// A reader's schema, and the answers that an agent leaves to readers.
    private func reading(_ file: MappingReader, _ draft: inout AgentDraft) {
        draft.definition.withheld = list.names(file["withholds"], "`withholds`").map { name, position in
            if !draft.definition.tools.contains(name), !draft.definition.callsEveryTool {
                list.add(position, "`\(name)` is not among the agent's `tools`", "withhold tools that it calls")
            }
            return name
        }
        if let node = file["withholds"], draft.definition.agents.isEmpty || draft.definition.isGateway {
            list.add(
                node.position, "nobody reads what the agent `withholds`",
                why: "its model would never learn what it says",
                "name a reader under `agents`: an agent with `answers`; an agent that is driven elsewhere cannot have one"
            )
        }
        guard let node = file["answers"] else { return }
        draft.definition.answers = node.json
        draft.definition.mayAskUser = false
        do throws(JSONSchemaError) {
            _ = try JSONSchema(compiling: node.json)
        } catch {
            list.add(node.position, "`answers` is no JSON Schema: \(error)", "write the schema of an object")
        }
        let definition = draft.definition
        if !(definition.manifest + definition.playbooks).isEmpty || definition.isGateway {
            list.add(
                node.position, "an agent with `answers` reads for others, and has no tools, agents or playbooks",
                why: "what it reads could use them", "remove them, or `answers`")
        }
    }

    /// What every run of the agent may do at all.
    private func contract(_ node: YAMLNode?) -> JSONValue? {
        guard let node else { return nil }
        do throws(TaskContractError) {
            _ = try TaskContract(json: node.json)
            return node.json
        } catch {
            list.add(
                node.position, "the `contract` cannot be taken: \(error)",
                "write `contract: { tools: [{ name: send_email, max_count: 1 }], bounds: { amount: 50.00 USD } }`")
            return nil
        }
    }

    /// Which model drafts the contract of each run.
    private func drafting(_ file: MappingReader, _ draft: inout AgentDraft) {
        guard let node = file["contract_drafted_by"], let name = list.text(node, "`contract_drafted_by`") else {
            return
        }
        draft.definition.contractDraftedBy = name
        draft.references["contract_drafted_by"] = [(name, node.position)]
        let definition = draft.definition
        if definition.isGateway {
            list.add(
                node.position, "no contract is drafted for an agent with `gateway`",
                why: "it is driven elsewhere, and nobody here is asked about a draft",
                "remove `contract_drafted_by`; whoever begins its runs gives a contract")
        } else if definition.models.isEmpty || definition.answers != nil {
            list.add(
                node.position, "no contract is drafted for an agent that proposes nothing by a model",
                why: "a draft bounds what a model proposes",
                "remove `contract_drafted_by`" + (definition.answers == nil ? ", or name a `model`" : ""))
        }
    }

    private func escalation(_ file: MappingReader, _ draft: inout AgentDraft) -> [AgentDefinition.EscalationStep] {
        list.elements(file["escalation"], "`escalation`", "{ to: support-leads, within: 30m }").compactMap { node in
            guard let reader = MappingReader(node, .escalation, list) else { return nil }
            let to = reader.required("to", "support-leads")
            let within = list.duration(reader.required("within", "30m"), "`within`")
            guard let to, let name = list.text(to, "`to`"), let within else { return nil }
            draft.references["escalation", default: []].append((name, to.position))
            return AgentDefinition.EscalationStep(to: name, within: within)
        }
    }
}

extension JSONValue {
    fileprivate var number: JSONNumber? { if case .number(let number) = self { number } else { nil } }
}
