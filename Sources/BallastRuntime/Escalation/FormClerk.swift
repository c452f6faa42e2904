import BallastCore
import BallastPolicy

/// Makes the forms of a run: which of its attempts a person may want to do by hand, and with what.
struct FormClerk {
    let deployment: Deployment
    let agent: String
    /// Why a tool rests, if it does.
    let rest: (String) -> BreakerRest?

    /// What was refused for want of something, and not because it must not be: a rule, the record of another customer or
    /// a reviewer's no would say the same to a person, and no form invites to try.
    static let wants: Set<String> = Set(
        [
            .unavailable, .pin, .breaker, .limit, .reach, .budget, .confidence, .halted, .expired, .withdrawn,
        ].map { (code: DecisionCode) in code.rawValue })

    private var deployed: DeployedAgent? { deployment.agents[agent] }

    var chain: [AgentDefinition.EscalationStep] { deployed?.definition.escalation ?? [] }

    /// A form for the last of equal attempts that were not done since, the oldest first.
    func forms(of attempts: ArraySlice<ActionSummary>, in state: RunState, _ bodies: OpenedBodies) -> [EscalationForm] {
        let byHand = HandWorkDone(state)
        var seen: Set<Attempt> = []
        var forms: [EscalationForm] = []
        for past in attempts.reversed() where forms.count < EscalationSheet.mostForms {
            // What came to nothing by hand too is still to be done; a reviewer's no to it is a no.
            if past.hand != nil, ![.done, .answered, .rejected].contains(past.end) { continue }
            guard seen.insert(Attempt(past)).inserted, past.hand == nil, !byHand.standsFor(past) else { continue }
            if let form = form(past, in: state.run, bodies) { forms.append(form) }
        }
        return forms.reversed()
    }

    private struct Attempt: Hashable {
        let tool: String
        let arguments: BodyReference

        init(_ past: ActionSummary) { (tool, arguments) = (past.tool, past.arguments) }
    }

    private func form(_ past: ActionSummary, in run: RunID, _ bodies: OpenedBodies) -> EscalationForm? {
        let why = ActionReason(past, bodies)
        switch past.end {
        case .failed, .expired: break
        // Codes of tools and of people who took over are no decisions.
        case .withdrawn where DecisionCode(rawValue: why.code) == nil: break
        case .denied where why.isUnanswered: break
        case .denied where FormClerk.wants.contains(why.code), .withdrawn where FormClerk.wants.contains(why.code):
            break
        case .denied, .withdrawn, .done, .rejected, .answered, .superseded: return nil
        }
        let entry = deployment.catalog[past.tool]
        guard !FormClerk.builtIn.contains(past.tool), entry?.agent == nil else { return nil }
        let arguments = bodies.json(past.arguments).flatMap { $0.object == nil ? nil : $0 }
        return EscalationForm(
            number: past.ordinal, action: ActionID(run: run, ordinal: past.ordinal), tool: past.tool,
            title: entry?.shown.annotations?["title"]?.string, description: entry?.shown.description ?? "",
            toolClass: deployed?.policy.toolClass(of: past.tool), arguments: EscalationSheet.bounded(arguments),
            schema: EscalationSheet.bounded(entry?.shown.inputSchema) ?? .null, code: why.code,
            sentence: why.sentence, obstacle: obstacle(past.tool))
    }

    private static let builtIn: Set<String> = [
        RunDriver.BuiltIn.askUser, RunDriver.BuiltIn.handOver, RunDriver.BuiltIn.takeBack,
    ]

    /// The agent's tools, by name.
    var tools: [EscalationSheet.Tool] {
        guard let deployed else { return [] }
        let offered = deployment.catalog.entries.values.filter { entry in
            let name = entry.definition.name
            return entry.agent == nil && deployed.definition.mayCall(name) && deployed.policy.toolClass(of: name) != nil
        }
        return offered.sorted { $0.definition.name < $1.definition.name }.prefix(EscalationSheet.mostTools).map {
            entry in
            let name = entry.definition.name
            return EscalationSheet.Tool(
                name: name, description: entry.shown.description, toolClass: deployed.policy.toolClass(of: name),
                schema: EscalationSheet.bounded(entry.shown.inputSchema) ?? .null, obstacle: obstacle(name))
        }
    }

    private func obstacle(_ tool: String) -> String? {
        guard let deployed else { return "its agent \(agent) is not configured any more" }
        guard let entry = deployment.catalog[tool] else { return "\(tool) is not offered at the moment" }
        guard deployed.definition.mayCall(tool) else { return "\(tool) is not among the tools of \(agent) any more" }
        guard entry.isPinned else { return "the definition of \(tool) changed, and nobody has accepted it yet" }
        return rest(tool)?.sentence
    }
}
