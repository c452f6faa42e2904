import BallastCore
import BallastPolicy

/// Calling the model and making sense of its reply.
extension RunDriver {
    /// Tools that the runtime itself answers.
    enum BuiltIn {
        static let askUser = "ask_user"
        static let handOver = "hand_over"
        /// Proposed by an all-or-nothing playbook that cannot go on, and by nobody else.
        static let takeBack = "take_back"
    }

    mutating func callModel(_ request: ModelRequested) async throws(DriverStop) -> Progress {
        if try stopWhenExhausted() { return .moved }
        if let notBefore = state.modelNotBefore, try await !nap(until: notBefore) { return .rest }
        guard !Task.isCancelled, !handle.hasMail else { return .moved }
        if !reservationIsDurable { try await flush() }
        if draftIsDue { return try await draftContract(request) }
        guard let model = deployment.models[request.model] else {
            try await noteModelFailure(
                request, ModelFailure(code: .badRequest, message: "The model is not configured.", isRetryable: false))
            return .moved
        }
        guard services.gate.halt(of: scopes) == nil else { return .moved }
        let started = services.clock.monotonic
        let (feed, run) = (services.feed, run)
        do {
            let call = modelRequest(model)
            let reply = try await ask(model, named: request.model, call, isFirst: state.failedAttempts == 0) { text in
                feed.publish(.provisional(text), of: run)
            }
            try noteBreakerChanges()
            try await take(reply, model: model, duration: services.clock.monotonic - started)
        } catch let failure as ModelFailure {
            try noteBreakerChanges()
            try await noteModelFailure(request, failure)
        } catch let stop as DriverStop {
            throw stop
        } catch {
            throw .broken("\(error)")
        }
        return .moved
    }

    /// Calls a model. Whoever calls it has looked that no halt covers the run, and charges the run.
    func ask(
        _ model: DeployedModel, named name: String, _ request: ModelRequest, isFirst: Bool,
        onText: @escaping @Sendable (String) -> Void
    ) async throws(ModelFailure) -> ModelReply {
        let watch = watch(.model(name), time: model.timeout)
        switch watch.admit() {
        case .rests(let rest):
            throw ModelFailure(
                code: .resting, message: "\(rest.sentence).", isRetryable: false, retryAfter: rest.retryAfter)
        case .passes(let probing):
            do throws(ModelFailure) {
                let reply = try await model.client.complete(request, onText: onText)
                watch.report(.answered, probing: probing, isFirst: isFirst)
                return reply
            } catch {
                watch.report(CallHealth(error), probing: probing, isFirst: isFirst)
                throw error
            }
        }
    }

    private var reservationIsDurable: Bool { session.isDurable(state.reservedAt) }

    private mutating func noteModelFailure(_ request: ModelRequested, _ failure: ModelFailure) async throws(DriverStop)
    {
        let wasEnded = failure.code == .cancelled
        let plan = wasEnded ? RetryPlan.after(milliseconds: 0) : retryPlan(of: request.model, failure)
        let (retryAt, why): (Timestamp?, String) =
            switch plan {
            case .after(let wait): (now.adding(milliseconds: wait), "")
            case .no(let why): (nil, why.isEmpty ? "" : " Not tried again: \(why).")
            }
        try record(
            .modelFailed(
                ModelFailed(
                    model: request.model, code: failure.code.name, detail: session.seal(failure.message + why),
                    retryAt: retryAt, skipsRoute: retryAt == nil)))
        if options.durability == .strict { try await flush() }
    }

    /// A reply becomes an answer, proposals, or a complaint that goes back to the model.
    private mutating func take(_ reply: ModelReply, model: DeployedModel, duration: Int64) async throws(DriverStop) {
        let calls = reply.toolCalls.prefix(state.created?.budget.parallelCalls ?? 16)
        var replied = ModelReplied(
            servedModel: reply.servedModel, text: reply.text.isEmpty ? nil : session.seal(reply.text), proposals: [],
            finish: reply.finish, usage: reply.usage, microdollars: model.price.cost(of: reply.usage),
            duration: duration)
        var stated: [(Int, StatedConfidence)] = []
        for (index, call) in calls.enumerated() {
            let (call, said) = takingOff(call)
            replied.proposals.append(propose(call))
            if let said { stated.append((index, said)) }
        }
        try record(.modelReplied(replied))
        for (index, said) in stated { try note(said, of: state.batch[index].ordinal) }
        // Nothing reaches outside before the next append: the start of a call, a question, or the end carries this.
        if replied.proposals.isEmpty { try takeText(reply) }
    }

    /// The call as it will be judged and sent, and what the model said of it beside its arguments.
    private func takingOff(_ call: ModelToolCall) -> (ModelToolCall, StatedConfidence?) {
        guard agent.policy.confidenceRule(of: call.name)?.takesStated == true,
            let tool = deployment.catalog[call.name]?.definition,
            let (arguments, stated) = StatedConfidence.split(call.arguments, of: tool)
        else { return (call, nil) }
        return (ModelToolCall(id: call.id, name: call.name, arguments: arguments), stated)
    }

    private mutating func propose(_ call: ModelToolCall) -> ProposedAction {
        ProposedAction(
            callID: String(call.id.prefix(128)), tool: String(call.name.prefix(128)),
            arguments: session.seal(ArgumentText.canonical(call.arguments, limit: options.argumentBytes)),
            label: Label([.model]))
    }

    private mutating func takeText(_ reply: ModelReply) throws(DriverStop) {
        let trimmed = reply.text.contains { !$0.isWhitespace }
        switch (reply.finish, trimmed) {
        case (.length, _):
            try complain("reply.cut", "Your last reply was cut off by the output limit. Answer again, more briefly.")
        case (_, false):
            try complain("reply.empty", "Your last reply was empty. Call a tool or answer the request in words.")
        default:
            if let schema = agent.definition.answers { return try takeValues(reply.text, schema) }
            let offered = Set(offeredTools.map(\.name))
            if let tool = WrittenCall.tool(in: reply.text, of: offered) {
                return try complain(
                    "reply.call_in_words",
                    "Your last reply wrote a call of \(tool) in words, so nothing was done. Call the tool itself, or "
                        + "answer the request in plain words.")
            }
            if try refuseNoAnswer(reply.text) { return }
            // The model's words are not the record: where something was not done, the record is added to them.
            let account = RunAccount(state) { agent.policy.toolClass(of: $0) != .safe }
            var text = account.hasGaps ? "\(reply.text)\n\n" + account.sentences(opening: "On record") : reply.text
            if let assumed { text += "\n\n" + assumed }
            try finish(.succeeded, code: "answered", text: text, label: modelLabel)
        }
    }

    /// What was taken for granted in what was done, for the end.
    private var assumed: String? {
        let sentences = state.assumptions.flatMap { body in
            (session.bytes(of: body).flatMap { try? JSONReader.read($0) }?.array ?? []).compactMap(\.string)
        }
        guard !sentences.isEmpty else { return nil }
        return "Assumed: " + sentences.map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }.joined(separator: "; ")
            + "."
    }

    private mutating func complain(_ code: String, _ message: String) throws(DriverStop) {
        try record(.replyRejected(ReplyRejected(code: code, message: session.seal(message))))
    }

    // MARK: Prompt

    private mutating func modelRequest(_ model: DeployedModel) -> ModelRequest {
        extendPrompt()
        return ModelRequest(
            model: model.model, messages: prompt.messages, tools: offeredTools,
            maxOutputTokens: agent.definition.maxOutputTokens,
            temperature: agent.definition.temperature, timeout: withinDeadline(model.timeout))
    }

    /// Bytes that a model would read now; a bound for what its call may cost.
    mutating func contextBytes() -> Int {
        extendPrompt()
        return (state.created?.instructions.size ?? 0) + prompt.bytes
    }

    private mutating func extendPrompt() {
        if prompt.messages.isEmpty {
            var parts: [MessagePart] = []
            if let instructions = state.created?.instructions, instructions.size > 0 {
                parts.append(.text(session.text(of: instructions)))
            }
            if let schema = agent.definition.answers { parts.append(.text(RunDriver.readerInstructions(schema))) }
            if !parts.isEmpty {
                prompt.messages.append(Message(role: .system, parts: parts, label: Label([.instruction])))
            }
        }
        let added = state.context(from: prompt.items)
        for shown in added {
            prompt.messages.append(message(shown.item, at: shown.place))
            prompt.bytes += shown.item.size
        }
        prompt.items += added.count
    }

    private mutating func message(_ item: TranscriptItem, at place: Int) -> Message {
        switch item {
        case .message(let added):
            let text = session.text(of: added.body)
            // What a reader is given is no task of its own.
            let frame =
                agent.definition.answers == nil
                ? nil : dataFrame(around: text, from: "somebody", added.label, at: place)
            return Message(role: added.role, parts: [.text(text)], label: added.label, frame: frame)
        case .assistant(let text, let calls):
            for call in calls { prompt.tools[call.callID] = call.tool }
            return Message(
                role: .assistant,
                parts: (text.map { [.text(session.text(of: $0))] } ?? [])
                    + calls.map {
                        .toolCall(
                            id: $0.callID, name: $0.tool, arguments: ArgumentText.object(session.text(of: $0.arguments))
                        )
                    },
                label: Label([.model]))
        case .result(let callID, let body, let isError, let label):
            let content = session.text(of: body)
            if let notice = withheldNotice(
                of: callID, tool: prompt.tools[callID], size: content.utf8.count, label)
            {
                return Message(
                    role: .tool, parts: [.toolResult(callID: callID, content: notice, isError: isError)],
                    label: Label([.configuration]))
            }
            return Message(
                role: .tool, parts: [.toolResult(callID: callID, content: content, isError: isError)], label: label,
                frame: frame(around: content, of: callID, label, at: place))
        case .complaint(let body):
            return Message(role: .user, parts: [.text(session.text(of: body))], label: Label([.configuration]))
        case .said(let body):
            return Message(role: .assistant, parts: [.text(session.text(of: body))], label: Label([.configuration]))
        }
    }

    /// Nothing that nobody vouches for stands among instructions as if it were one.
    private func frame(around content: String, of callID: String, _ label: Label, at place: Int) -> DataFrame? {
        dataFrame(
            around: content, from: prompt.tools[callID].map { "the tool \($0)" } ?? "a tool", label, at: place)
    }

    private func dataFrame(
        around content: String, from source: String, _ label: Label, at place: Int
    ) -> DataFrame? {
        guard !label.sources.isDisjoint(with: [.untrustedTool, .claimed]) else { return nil }
        let (vault, run) = (session.vault, run.description)
        return DataFrame(around: content, from: source, label: label) { number in
            Hex.encode(vault.markKey("frame", run, String(place), String(number)).suffix(8))
        }
    }

    /// The manifest's tools that are offered now, and the runtime's own.
    var offeredTools: [ToolDefinition] {
        let tools = OfferedTools.of(agent.definition, catalog: deployment.catalog, mayStartSubRuns: mayStartSubRuns)
        return tools.map { tool in
            agent.policy.confidenceRule(of: tool.name)?.takesStated == true ? StatedConfidence.offering(tool) : tool
        }
    }
}

/// The messages of the last request; until it is reset the context only grows, so the next request adds to them.
struct PromptSoFar {
    var messages: [Message] = []
    /// Items of the context that the messages show, and the bytes of their bodies.
    var items = 0
    var bytes = 0
    /// The tools of the calls in them.
    var tools: [String: String] = [:]
}

/// The tools an agent is offered: its manifest and what the runtime answers itself.
enum OfferedTools {
    static func of(_ agent: AgentDefinition, catalog: ToolCatalog, mayStartSubRuns: Bool) -> [ToolDefinition] {
        var tools = (mayStartSubRuns ? agent.manifest : agent.tools).compactMap { catalog[$0]?.shown }
        guard agent.mayAskUser else { return tools }
        tools.append(
            ToolDefinition(
                name: RunDriver.BuiltIn.askUser, provider: "ballast",
                description:
                    "Ask the user one question when something needed is missing or ambiguous. The result is the answer.",
                inputSchema: [
                    "type": "object",
                    "properties": [
                        "question": ["type": "string"],
                        "options": ["type": "array", "items": ["type": "string"], "maxItems": 8],
                    ],
                    "required": ["question"], "additionalProperties": false,
                ]))
        tools.append(
            ToolDefinition(
                name: RunDriver.BuiltIn.handOver, provider: "ballast",
                description: "Hand the conversation to a person when the request cannot be met with the tools.",
                inputSchema: [
                    "type": "object", "properties": ["reason": ["type": "string"]], "required": ["reason"],
                    "additionalProperties": false,
                ]))
        return tools
    }
}

extension OfferedTools {
    /// The definitions as the journal keeps them.
    static func document(_ tools: [ToolDefinition]) -> [UInt8] {
        JSONWriter.canonical(
            .array(
                tools.map { tool in
                    [
                        "name": JSONValue(tool.name), "description": JSONValue(tool.description),
                        "input_schema": tool.inputSchema,
                    ]
                }))
    }
}

/// The arguments of a call as text: canonical when they can be read, as they came when they cannot.
enum ArgumentText {
    static func canonical(_ text: String, limit: Int) -> [UInt8] {
        let bytes = Array((text.isEmpty ? "{}" : text).utf8.prefix(limit + 1))
        guard let value = try? JSONReader.read(bytes, limits: JSONLimits(maxDepth: 64, maxBytes: limit)) else {
            return bytes
        }
        return JSONWriter.canonical(value)
    }

    /// What a provider accepts as arguments of an earlier call: the object, or an empty one in place of rubbish.
    static func object(_ text: String) -> String {
        if let value = try? JSONReader.read(Array(text.utf8)), case .object = value { text } else { "{}" }
    }
}
