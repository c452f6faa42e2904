package import BallastCore
import BallastPolicy
import BallastRuntime

extension Configuration {
    /// What is wrong once the tools are known: names that no provider offers, arguments that a tool does not take.
    ///
    /// - Parameters:
    ///   - tools: What the providers offer now, named as agents name them.
    ///   - unreachable: Providers that did not answer; their tools are not missed.
    package func check(tools: [ToolDefinition], unreachable: Set<String> = []) -> [Diagnostic] {
        let list = DiagnosticList()
        let check = ToolCheck(configuration: self, tools: tools, unreachable: unreachable, list: list)
        for name in agents.keys.sorted() { agents[name].map { check.agent($0) } }
        return list.diagnostics.sorted()
    }
}

private struct ToolCheck {
    let configuration: Configuration
    let tools: [String: ToolDefinition]
    let unreachable: Set<String>
    let list: DiagnosticList

    init(configuration: Configuration, tools: [ToolDefinition], unreachable: Set<String>, list: DiagnosticList) {
        self.configuration = configuration
        self.tools = Dictionary(tools.map { ($0.name, $0) }) { first, _ in first }
        self.unreachable = unreachable
        self.list = list
    }

    func agent(_ agent: DeployedAgent) {
        let name = agent.definition.name
        let place = configuration.places.agents[name] ?? SourcePosition(file: "agents/\(name).yaml")
        for tool in agent.definition.tools where isMissing(tool) {
            let position = configuration.places.tools[name]?[tool] ?? place
            list.add(position, "no provider offers a tool named `\(tool)`", suggestion(tool))
        }
        contract(agent, at: place)
        policy(agent.policy, configuration.places.policies[name] ?? [:], otherwise: place)
        if let shadow = agent.shadow {
            policy(shadow.policy, configuration.places.shadows[name] ?? [:], otherwise: place)
        }
        for playbook in agent.playbooks { calls(of: playbook, agent: agent) }
    }

    private func contract(_ agent: DeployedAgent, at place: SourcePosition) {
        guard let json = agent.definition.contract, let contract = try? TaskContract(json: json) else { return }
        guard let problem = contract.complaint(against: tools.mapValues(\.inputSchema), isKnown: { !isMissing($0) })
        else { return }
        list.add(
            place, "the agent's `contract` cannot be kept: \(problem)",
            "name tools and arguments as the providers offer them (`ballast tools`)")
    }

    /// A tool of a provider that is down is not wrong. Bare names could come from any provider without a prefix.
    private func isMissing(_ tool: String) -> Bool {
        guard tools[tool] == nil else { return false }
        return !unreachable.contains { name in
            guard let provider = configuration.providers[name], provider.isPrefixed else { return true }
            return tool.hasPrefix("\(name)__")
        }
    }

    private func suggestion(_ tool: String) -> String {
        NearestWord.of(tool, among: tools.keys).map { "did you mean `\($0)`?" }
            ?? (tools.isEmpty
                ? "add a provider under `tools` in ballast.yaml"
                : "offered are \(tools.keys.sorted().joined(separator: ", "))")
    }

    private func policy(_ policy: Policy, _ positions: [String: SourcePosition], otherwise place: SourcePosition) {
        for problem in policy.check(against: tools.mapValues(\.inputSchema)) {
            if problem.place.first == "classes", let tool = problem.place.last, !isMissing(tool) { continue }
            let position = PolicyAssembly.position(of: problem.place, in: positions, otherwise: place)
            list.add(position, problem.problem, problem.advice)
        }
    }

    private func calls(of playbook: Playbook, agent: DeployedAgent) {
        let positions = configuration.places.steps[playbook.name] ?? [:]
        for (path, call) in playbook.calls {
            let position = positions[path] ?? SourcePosition(file: "playbooks/\(playbook.name).yaml")
            undo(of: call, at: path, in: playbook, agent: agent, position)
            if !agent.definition.tools.contains(call.tool) {
                list.add(
                    position, "`\(call.tool)` is not among the tools of the agent \(agent.definition.name)",
                    why: "the call would be refused",
                    NearestWord.of(call.tool, among: agent.definition.tools).map { "did you mean `\($0)`?" }
                        ?? "add it to the agent's `tools`")
            }
            guard let schema = tools[call.tool]?.inputSchema else { continue }
            arguments(of: call, schema: schema, at: position)
        }
    }

    /// What an all-or-nothing playbook does before its last call must be something that can be taken back.
    private func undo(
        of call: PlaybookCall, at path: [Int], in playbook: Playbook, agent: DeployedAgent, _ position: SourcePosition
    ) {
        guard playbook.isAllOrNothing, path != playbook.calls.last?.path,
            let toolClass = agent.policy.toolClass(of: call.tool), toolClass != .safe,
            agent.policy.rules(for: call.tool).undo == nil
        else { return }
        list.add(
            position, "nothing takes `\(call.tool)` back", why: "the playbook is `all_or_nothing`",
            "declare `undo` for the tool, make it the last call, or leave out `all_or_nothing`")
    }

    private func arguments(of call: PlaybookCall, schema: JSONValue, at position: SourcePosition) {
        let known = schema["properties"]?.object?.keys.map(\.text) ?? []
        for name in call.arguments where !known.contains(name) && schema["additionalProperties"] == false {
            list.add(
                position, "`\(call.tool)` has no argument `\(name)`",
                NearestWord.of(name, among: known).map { "did you mean `\($0)`?" }
                    ?? "its arguments are \(known.joined(separator: ", "))")
        }
        for name in schema["required"]?.array?.compactMap(\.string) ?? [] where !call.arguments.contains(name) {
            list.add(position, "`\(call.tool)` needs the argument `\(name)`", "add `\(name): …` under `with`")
        }
    }
}
