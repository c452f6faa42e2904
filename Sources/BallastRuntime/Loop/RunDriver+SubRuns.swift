import BallastCore
import BallastPolicy

/// Agents as tools: a sub-run is created in the commit that lets its parent wait, and its end comes back through the
/// parent's inbox in the commit that ends it.
extension RunDriver {
    var mayStartSubRuns: Bool { (state.created?.depth ?? 0) < options.subRunDepth }

    /// This run, those above it, and the agents that act in them: a halt of any stops it.
    var ownScopes: Set<HaltScope> {
        guard let created = state.created, options.planted != .subRunDeaf else {
            return [.everything, .tenant(session.scope.tenant), .agent(agent.definition.name), .run(run)]
        }
        return created.haltScopes(of: run).union(rollbackScopes)
    }

    func isForAgent(_ ordinal: UInt32) -> Bool {
        state.action(ordinal).flatMap { deployment.catalog[$0.proposal.tool]?.agent } != nil
    }

    // MARK: The parent

    /// Creates the sub-run and lets the action wait for it.
    mutating func startSubRun(_ ordinal: UInt32) throws(DriverStop) {
        guard let action = state.action(ordinal), let created = state.created,
            let name = deployment.catalog[action.proposal.tool]?.agent,
            let arguments = session.bytes(of: action.proposal.arguments)
        else { return }
        guard let child = deployment.agents[name] else {
            return try withdraw(ordinal, code: "unavailable", "There is no agent \"\(name)\" any more.")
        }
        guard let task = task(for: child.definition, of: action, arguments) else {
            return try withdraw(ordinal, code: "unavailable", "There is no answer of such a call in this task to read.")
        }
        guard let budget = budget(for: child, of: action) else {
            return try withdraw(
                ordinal, code: DecisionCode.budget.rawValue,
                "This task has nothing left of its budget to give to the agent \"\(name)\".")
        }
        let run = SubRunOrigin.run(of: ActionID(run: run, ordinal: ordinal), at: state.createdAt)
        let approval = action.stage.approval
        try record(
            .subRunStarted(
                SubRunStarted(action: ordinal, run: run, agent: name, approval: approval, budget: budget)))
        // A limit on an agent counts its runs: what it does in them has limits of its own.
        for reservation in reserveLimits(of: ordinal) { session.change(reservation.settled) }
        if let approval, let wait = state.approvalOfAction[ordinal] { showUsed(approval, wait, action) }
        session.require(services.gate.epochs(of: sendScopes(action.proposal.tool)))
        session.create(newRun(run, of: child, task: task, budget: budget, parent: action, created))
    }

    /// What the sub-run is given: the words of the agent that gives it, with all that went into them; a reader the answer
    /// that it is to read, and no word of anybody. nil when there is none.
    private func task(
        for child: AgentDefinition, of action: ActionState, _ arguments: [UInt8]
    ) -> (text: String, label: Label)? {
        guard child.answers != nil else {
            var label = action.proposal.label
            if hasReadUntrusted { label.sources.insert(.untrustedTool) }
            return AgentTool.task(in: arguments).map { ($0, label) }
        }
        guard let source = AgentTool.source(in: arguments) else { return nil }
        for case .result(source, let body, _, let label) in state.transcript.reversed() {
            return (session.text(of: body), label.joined(with: Label([.untrustedTool])))
        }
        return nil
    }

    /// What the sub-run may use: its agent's own budget, within what this run has left.
    private func budget(for child: DeployedAgent, of action: ActionState) -> RunBudget? {
        guard let own = state.created?.budget else { return nil }
        var left = own
        left.steps = stepsLeft(for: action)
        left.tokens -= state.usage.tokens
        left.microdollars -= state.usage.microdollars
        left.activeMilliseconds -= state.activeMilliseconds
        for action in state.batch {
            guard case .delegated(let other) = action.stage else { continue }
            left.tokens -= other.budget.tokens
            left.microdollars -= other.budget.microdollars
        }
        // One step is the call itself, and one stays for the answer of this run.
        left.steps -= 2
        guard left.steps > 0, left.tokens > 0, left.microdollars > 0, left.activeMilliseconds > 0 else { return nil }
        let asked = child.definition.budget
        return RunBudget(
            steps: min(asked.steps, left.steps),
            activeMilliseconds: min(asked.activeMilliseconds, left.activeMilliseconds),
            tokens: min(asked.tokens, left.tokens), microdollars: min(asked.microdollars, left.microdollars),
            parallelCalls: asked.parallelCalls)
    }

    private mutating func newRun(
        _ child: RunID, of deployed: DeployedAgent, task: (text: String, label: Label), budget: RunBudget,
        parent: ActionState,
        _ created: RunCreated
    ) -> NewRun {
        let depth = created.depth + 1
        let tools = OfferedTools.of(
            deployed.definition, catalog: deployment.catalog, mayStartSubRuns: depth < options.subRunDepth)
        let source = SubRunOrigin.source(agent: agent.definition.name, within: created)
        let event = RunEvent.created(
            RunCreated(
                tenant: created.tenant, principal: created.principal, agent: deployed.reference,
                conversation: SubRunOrigin.conversation(of: child), source: source,
                // Whoever started the root may approve no more here than there.
                startedBy: created.startedBy,
                parent: ActionID(run: run, ordinal: parent.ordinal), root: created.root, depth: depth,
                environment: deployment.environment, locale: created.locale, workflow: created.workflow, budget: budget,
                instructions: session.seal(deployed.definition.instructions),
                toolset: session.seal(OfferedTools.document(tools)),
                task: MessageAdded(role: .user, by: Principal(source), body: session.seal(task.text), label: task.label)
            ))
        var childState = RunState(run: child)
        // A created event is the first of every journal, so it is always accepted.
        try? childState.apply(event, at: now)
        var entries = [EntryCodec.encode(event, sequence: 1, at: now, run: child)]
        for stated in contracts(ofSubRunBy: deployed) {
            let event = RunEvent.contractStated(stated)
            // A run that has done nothing takes every contract.
            guard (try? childState.apply(event, at: now)) != nil else { continue }
            entries.append(EntryCodec.encode(event, sequence: childState.sequence, at: now, run: child))
        }
        return NewRun(
            run: child, entries: entries, bodies: [],
            header: childState.header(run: child, tenant: created.tenant))
    }

    mutating func finishSubRun(_ report: SubRunReport) throws(DriverStop) {
        guard let action = state.action(report.action), case .delegated(let subRun) = action.stage,
            subRun.run == report.run
        else { return }
        try record(
            .subRunFinished(
                SubRunFinished(
                    action: report.action, run: report.run, status: report.status,
                    result: session.seal(report.text), label: report.label, steps: report.steps, tokens: report.tokens,
                    microdollars: report.microdollars, activeMilliseconds: report.activeMilliseconds)))
    }

    /// Tells the sub-run to end; this run is over once that one is.
    mutating func cancel(_ subRun: RunID) async throws(DriverStop) {
        let words = state.cancelRequest?.reason ?? ""
        let message = InboxMessage.cancel(
            by: state.cancelRequest?.by ?? .ballast, reason: words.isEmpty ? "\(run) was cancelled" : words)
        do {
            _ = try await services.store.deliver(
                InboxItem(
                    id: services.newID(), run: subRun, uniqueKey: "cancel", kind: message.kind,
                    payload: message.sealed(by: session.vault), receivedAt: now), scope: session.scope)
        } catch {
            throw .store(error)
        }
        cancelledSubRuns.insert(subRun)
        services.bell.ring(subRun, interrupts: true)
    }

    // MARK: The sub-run

    /// Puts the end of this run into the inbox of the run that waits for it.
    mutating func tellParent(_ status: RunStatus, text: String, label: Label) {
        guard let parent = state.created?.parent, options.planted != .subRunSilent else { return }
        let report = SubRunReport(
            action: parent.ordinal, run: run, status: status, text: text, label: label,
            // What is taken back is no part of the task that its budget is for.
            steps: state.isRollback ? 0 : state.usage.steps,
            tokens: state.usage.tokens, microdollars: state.usage.microdollars,
            activeMilliseconds: state.activeMilliseconds)
        let message = InboxMessage.subRun(report)
        session.deliver(
            InboxItem(
                id: services.newID(), run: parent.run, uniqueKey: "sub_run/\(run)", kind: message.kind,
                payload: message.sealed(by: session.vault), receivedAt: now))
    }
}

extension RunCreated {
    /// The run, those above it, and the agents that act in them.
    func haltScopes(of run: RunID) -> Set<HaltScope> {
        var scopes: Set<HaltScope> = [.everything, .tenant(tenant), .agent(agent.name), .run(run)]
        if source == RunCreated.rollback { scopes.insert(.run(root)) }
        guard let parent else { return scopes }
        scopes.formUnion([.run(root), .run(parent.run)])
        scopes.formUnion(SubRunOrigin.agents(in: source).map(HaltScope.agent))
        return scopes
    }
}

/// What follows from where a sub-run comes from.
enum SubRunOrigin {
    /// `agent:support`, or `agent:support/billing` where billing works for support.
    static func source(agent: String, within created: RunCreated) -> String {
        let above = created.parent == nil ? [] : agents(in: created.source)
        return prefix + (above + [agent]).joined(separator: "/")
    }

    /// The agents above a sub-run, the topmost first.
    static func agents(in source: String) -> [String] {
        guard source.hasPrefix(prefix) else { return [] }
        return source.dropFirst(prefix.count).split(separator: "/").map(String.init)
    }
    private static let prefix = "agent:"

    /// The same for every try to start it.
    static func run(of action: ActionID, at moment: Timestamp) -> RunID {
        TypedID(at: moment, random: halves(of: .lengthPrefixed(domain: "ballast.sub-run.v1", [action.bytes])))
    }
    static func conversation(of run: RunID) -> ConversationID {
        let (high, low) = halves(of: .lengthPrefixed(domain: "ballast.sub-run.conversation.v1", [run.bytes]))
        return ConversationID(high: high, low: low)
    }

    private static func halves(of digest: Digest) -> (UInt64, UInt64) {
        let bytes = digest.bytes
        func half(_ part: some Sequence<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        return (half(bytes.prefix(8)), half(bytes.dropFirst(8).prefix(8)))
    }
}

extension ActionID {
    fileprivate var bytes: [UInt8] { run.bytes + Array(String(ordinal).utf8) }
}

/// How a sub-run ended, as its parent's inbox has it.
struct SubRunReport {
    let action: UInt32
    let run: RunID
    let status: RunStatus
    let text: String
    let label: Label
    let steps: Int
    let tokens: Int64
    let microdollars: Int64
    let activeMilliseconds: Int64

    var document: JSONValue {
        [
            "action": JSONValue(Int(action)), "run": JSONValue(run.description), "status": JSONValue(status.name),
            "text": JSONValue(text), "sources": JSONValue(Int(label.sources.rawValue)),
            "confidentiality": JSONValue(Int(label.confidentiality.rawValue)), "steps": JSONValue(steps),
            "tokens": JSONValue(Int(tokens)), "microdollars": JSONValue(Int(microdollars)),
            "active_ms": JSONValue(Int(activeMilliseconds)),
        ]
    }
}

extension SubRunReport {
    init?(_ document: JSONValue) {
        guard let action = document["action"]?.int.flatMap({ UInt32(exactly: $0) }),
            let run = document["run"]?.string.flatMap({ try? RunID(parsing: $0) }),
            let status = document["status"]?.string.flatMap({ RunStatus(name: $0) }), status.isTerminal
        else { return nil }
        func number(_ name: JSONString) -> Int { max(0, document[name]?.int ?? 0) }
        let sources = Label.Sources(rawValue: UInt16(clamping: number("sources")))
        let readers = Label.Confidentiality(rawValue: UInt8(clamping: number("confidentiality"))) ?? .tenant
        self.init(
            action: action, run: run, status: status, text: document["text"]?.string ?? "",
            label: Label(sources, confidentiality: readers), steps: number("steps"), tokens: Int64(number("tokens")),
            microdollars: Int64(number("microdollars")), activeMilliseconds: Int64(number("active_ms")))
    }
}
