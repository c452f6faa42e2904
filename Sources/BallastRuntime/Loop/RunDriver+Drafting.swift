import BallastCore
import BallastPolicy

/// A contract drafted from the principal's words alone, before anything else is read, and confirmed once.
extension RunDriver {
    private static let attempts = 2
    private static let drafts = 2

    /// A draft stands between the run and the first call of its own model.
    var draftIsDue: Bool {
        guard agent.definition.contractDraftedBy != nil else { return false }
        if let draft = state.draft { return !draft.isSettled }
        return !state.isGateway && !state.isRollback && state.created?.parent == nil
            && state.contracts.allSatisfy { $0.label.sources == [.configuration] }
    }

    /// The next step to a contract: a draft, the question, what the answer means.
    mutating func planDraft() throws(DriverStop) {
        guard let name = agent.definition.contractDraftedBy else { return }
        guard let draft = state.draft, let contract = draft.contract, draft.unusable == 0 else {
            if state.draft == nil, let why = reasonForNone { return try giveDraftUp(name, why) }
            return try reserveDraft(name)
        }
        guard let askedAt = draft.askedAt else { return try propose(contract) }
        let answers = state.transcript.dropFirst(askedAt).compactMap { item in
            if case .message(let message) = item, message.role == .user { message } else { nil }
        }
        guard let last = answers.last else { return try propose(contract) }
        if answers.allSatisfy({ PrincipalWords.isYes(session.text(of: $0.body)) }) {
            // A yes that nobody vouches for only tightens.
            let isVouchedFor = answers.allSatisfy { $0.label.sources == [.principal] }
            let label = Label(isVouchedFor ? [.principal] : [.claimed])
            try record(.contractStated(ContractStated(by: last.by, contract: contract, label: label)))
        } else if draft.drafts >= RunDriver.drafts {
            try handOverDraft("The principal did not agree to \(draft.drafts) drafts of what this task may do")
        } else {
            try reserveDraft(name)
        }
    }

    /// Calls the model under the leave that was reserved for it, outside of the transcript.
    mutating func draftContract(_ request: ModelRequested) async throws(DriverStop) -> Progress {
        guard services.gate.halt(of: scopes) == nil else { return .moved }
        guard let model = deployment.models[request.model] else {
            try giveDraftUp(request.model, "The model is not configured.")
            return .moved
        }
        let tools = draftableTools
        let call = ModelRequest(
            model: model.model,
            messages: [Message(role: .user, parts: [.text(draftQuestion(tools))], label: Label([.configuration]))],
            tools: [], maxOutputTokens: DraftQuestion.tokens, temperature: agent.definition.temperature,
            timeout: withinDeadline(model.timeout))
        let reply: ModelReply
        do throws(ModelFailure) {
            reply = try await ask(model, named: request.model, call, isFirst: state.failedAttempts == 0) { _ in }
        } catch {
            try noteBreakerChanges()
            try noteDraftFailure(request, error)
            return .moved
        }
        try noteBreakerChanges()
        try take(reply, cost: model.price.cost(of: reply.usage), from: request.model, tools)
        return .moved
    }

    private mutating func take(
        _ reply: ModelReply, cost: Int64, from model: String, _ tools: [DraftableTool]
    ) throws(DriverStop) {
        var drafted = ContractDrafted(
            model: model, outcome: .drafted, tokens: reply.usage.total, microdollars: cost)
        var hadDrafts = false
        do throws(TaskContractError) {
            let json = try DraftAnswer.contract(in: reply.text, tools: tools, schemas: schemas(of: tools))
            drafted.contract = session.seal(JSONWriter.canonical(json))
        } catch {
            let isLast = (state.draft?.unusable ?? 0) + 1 >= RunDriver.attempts
            hadDrafts = isLast && (state.draft?.drafts ?? 0) > 0
            drafted.outcome = isLast ? .none : .unusable
            drafted.detail = session.seal("The answer could not be used: \(error).")
        }
        try record(.contractDrafted(drafted))
        if hadDrafts { try handOverUnagreed() }
    }

    /// A failed call is made again like any other.
    private mutating func noteDraftFailure(_ request: ModelRequested, _ failure: ModelFailure) throws(DriverStop) {
        let plan = failure.code == .cancelled ? .after(milliseconds: 0) : retryPlan(of: request.model, failure)
        switch plan {
        case .after(let wait):
            try record(
                .modelFailed(
                    ModelFailed(
                        model: request.model, code: failure.code.name, detail: session.seal(failure.message),
                        retryAt: now.adding(milliseconds: wait), skipsRoute: false)))
        case .no(let why):
            try giveDraftUp(
                request.model, "\(failure)." + (why.isEmpty ? "" : " Not tried again: \(why)."))
        }
    }

    private mutating func giveDraftUp(_ model: String, _ why: String) throws(DriverStop) {
        let hadDrafts = (state.draft?.drafts ?? 0) > 0
        try record(.contractDrafted(ContractDrafted(model: model, outcome: .none, detail: session.seal(why))))
        if hadDrafts { try handOverUnagreed() }
    }

    /// What was refused once is not done without a contract after all.
    private mutating func handOverUnagreed() throws(DriverStop) {
        try handOverDraft("The principal did not agree to a draft of what this task may do, and no other could be made")
    }

    private mutating func handOverDraft(_ why: String) throws(DriverStop) {
        try escalate("contract_refused", "\(why), so a person takes over.")
    }

    private var reasonForNone: String? {
        mutating get {
            if principalWords.isEmpty { return "No words of this task are known to be the principal's." }
            if draftableTools.allSatisfy(\.isSafe) { return "The agent has no tool that changes anything." }
            return nil
        }
    }

    /// Asks whether it is meant; what changes nothing is in force at once, and licenses nothing.
    private mutating func propose(_ contract: BodyReference) throws(DriverStop) {
        let tools = draftableTools
        let safe = Set(tools.filter(\.isSafe).map(\.name))
        let read = session.bytes(of: contract).flatMap { try? JSONReader.read($0) }.flatMap {
            try? TaskContract(json: $0)
        }
        guard let read else {
            return try handOverDraft("The draft of what this task may do cannot be read any more")
        }
        guard read.permits.contains(where: { !safe.contains($0.tool) }) else {
            try record(
                .contractStated(ContractStated(by: .ballast, contract: contract, label: Label([.model]))))
            return
        }
        let question = DraftQuestion.sentence(read, safe: safe)
        try record(.questionAsked(QuestionAsked(question: session.seal(question), options: ["yes", "no"])))
    }

    private mutating func reserveDraft(_ name: String) throws(DriverStop) {
        let input = Int64(draftQuestion(draftableTools).utf8.count / 3)
        let price = deployment.models[name]?.price ?? .free
        let cost = price.cost(of: ModelUsage(input: input, output: Int64(DraftQuestion.tokens)))
        try record(
            .modelRequested(
                ModelRequested(
                    model: name, reservedTokens: input + Int64(DraftQuestion.tokens), reservedMicrodollars: cost)))
    }

    private mutating func draftQuestion(_ tools: [DraftableTool]) -> String {
        let refused = state.draft?.contract.map { session.text(of: $0) }
        return DraftQuestion.text(words: principalWords, tools: tools, refused: refused)
    }

    private func schemas(of tools: [DraftableTool]) -> [String: JSONValue] {
        tools.reduce(into: [:]) { $0[$1.name] = deployment.catalog[$1.name]?.definition.inputSchema }
    }

    /// What the agent and those who work for it may call, as the operator knows it; within the agent's own contract.
    private var draftableTools: [DraftableTool] {
        let own = agent.definition.ownContract.map { Set($0.contract.permits.map(\.tool)) }
        var tools: [String: DraftableTool] = [:]
        var seen: Set<String> = [agent.definition.name]
        var left = [agent]
        while let next = left.popLast() {
            for name in next.definition.tools where deployment.catalog[name] != nil {
                guard let toolClass = next.policy.toolClass(of: name) else { continue }
                let isSafe = toolClass == .safe
                guard isSafe || own?.contains(name) ?? true, tools[name]?.isSafe ?? true else { continue }
                tools[name] = DraftableTool(name: name, isSafe: isSafe, rules: next.policy.rules(for: name))
            }
            for name in next.definition.agents where seen.insert(name).inserted {
                if let other = deployment.agents[name] { left.append(other) }
            }
        }
        return tools.values.sorted { $0.name < $1.name }
    }
}
