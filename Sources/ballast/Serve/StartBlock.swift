import BallastConfiguration
import BallastCore
import BallastInstallation
import BallastPolicy
import BallastRuntime
import BallastServer

/// What the server says of itself when it starts.
struct StartBlock: Sendable {
    let installation: Installation
    let host: String
    /// Set at the first start only.
    let firstKey: String?
    /// Where the first key is kept; nil when nowhere.
    let keyFile: String?

    /// The server listens; tools may still be on their way.
    func listening(port: Int) {
        Output.line("\(Output.toned("ballast \(BuildVersion.text)", .strong))  http://\(host):\(port)")
        Output.line("  store   \(installation.storePath.map { "sqlite:" + $0 } ?? "memory (gone when it stops)")")
        for (name, agent) in installation.configuration.agents.sorted(by: { $0.key < $1.key }) {
            Output.line("  agent   \(name): \(describe(agent))")
        }
        if installation.configuration.agents.values.contains(where: { $0.definition.isGateway }) {
            Output.line("  gateway http://\(host):\(port)/mcp for clients over HTTP; over stdio: ballast mcp")
        }
        if let firstKey { first(firstKey, port: port) }
        deviations()
    }

    /// What a new operator needs to go on.
    private func first(_ key: String, port: Int) {
        Output.line("  key     \(key)")
        Output.line("          shown once; for other machines: export BALLAST_URL=http://\(host):\(port) BALLAST_KEY=…")
        if let keyFile { Output.line("          also in \(keyFile), where the commands on this machine find it") }
        let agents = installation.configuration.agents
        guard let agent = agents.filter({ !$0.value.definition.isGateway }).keys.min() else { return }
        Output.line("  try     in another terminal: ballast run \(agent) \"TASK\"      Ctrl-C stops the server")
    }

    private func describe(_ agent: DeployedAgent) -> String {
        let definition = agent.definition
        if definition.isGateway { return "driven elsewhere, through /mcp" }
        let models = definition.models.isEmpty ? "no model" : "model \(definition.models.joined(separator: ", then "))"
        return "\(models), \(definition.tools.count) tools, \(agent.playbooks.count) playbooks"
    }

    /// What the installation allows itself beyond the rules that it would have by default.
    private func deviations() {
        if installation.configuration.server.allowsSelfReview {
            warn("  deviation: self_review is allowed; starter and reviewer may be one person")
        }
        let now = installation.runtime.clock.now
        for (name, agent) in installation.configuration.agents.sorted(by: { $0.key < $1.key }) {
            for rule in agent.policy.deviations(at: now) {
                warn("  deviation: \(name) relaxes a dangerous tool by rule \(rule.id) (\(rule.owner ?? "no owner"))")
            }
        }
    }

    /// Every provider has answered, or had its time to.
    func tools() {
        for (provider, standing) in installation.tools.standings.sorted(by: { $0.key < $1.key }) {
            switch standing {
            case .offering(let tools): Output.line("  tools   \(provider): \(tools.joined(separator: ", "))")
            case .asked:
                warn("  tools   \(provider): no answer yet; it is asked again")
            case .failed(let failure):
                warn("  tools   \(provider): not available, asked again: \(PlainText.line(failure.description))")
            }
        }
        for (tool, problem) in installation.tools.problems.sorted(by: { $0.key < $1.key }) {
            warn("  tools   \(PlainText.line(tool)) is not offered: \(PlainText.line(problem))")
        }
        let catalog = installation.runtime.deployment.now.catalog
        for definition in catalog.definitions where catalog[definition.name]?.isPinned == false {
            let why = installation.tools.quarantine(definition.name) ?? "its definition changed"
            warn("  tools   \(definition.name) does not run, \(why): ballast tools --accept \(definition.name)")
        }
        for complaint in installation.complaints { Output.complain(complaint) }
    }

    private func warn(_ text: String) { Output.line(Output.toned(text, .warning)) }
}
