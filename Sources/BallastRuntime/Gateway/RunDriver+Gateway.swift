import BallastCore
import BallastPolicy

/// A call of an outside agent's action that is under way.
struct Flight {
    let task: Task<Void, Never>
    let tool: String
}

/// Driving a run whose actions an agent outside proposes. The path of an action is the same; what differs is that calls
/// come in while others are under way, and that each is answered by itself.
extension RunDriver {
    private static let parallelFlights = 64

    mutating func serve() async throws(DriverStop) -> DriverRest {
        let known = Set(state.batch.map(\.proposal.callID) + state.history.suffix(512).map(\.callID))
        var room = services.gateway.room(of: run, mark: services.random.next())
        while !room.serve(known: known, now: services.clock.monotonic) {
            room = services.gateway.room(of: run, mark: services.random.next())
        }
        self.room = room
        do throws(DriverStop) {
            let rest = try await serving(room)
            room.stopServing()
            return rest
        } catch {
            room.stopServing()
            // What comes back now is on no record: the next owner finds these calls started and looks into them.
            await endFlights(cancelling: true)
            throw error
        }
    }

    private mutating func serving(_ room: GatewayRoom) async throws(DriverStop) -> DriverRest {
        while true {
            if handle.isLost { throw .lost }
            takeCurrentConfiguration()
            if handle.takeMail() { try await readInbox() }
            try noticeHalt()
            try await settleLandings(room)
            try noteBreakerChanges()
            try await concludeInquiries(.answered)
            _ = try breakCircle()
            try admit(room)
            if Task.isCancelled || handle.isDraining {
                await endFlights(cancelling: Task.isCancelled)
                try await settleLandings(room)
                try await concludeInquiries(.all)
                try await flush(releasing: !Task.isCancelled)
                show(room)
                return Task.isCancelled ? .interrupted : .resting
            }
            if state.isFinished {
                try await flush(releasing: true)
                show(room)
                room.endAll(with: .refused(GatewayRefusal.finished(run)), now: services.clock.monotonic)
                return .finished
            }
            if !isConfigured {
                try await flush(releasing: true)
                return .unconfigured
            }
            if try await step(room) { continue }
            if mayRunAhead {
                show(room)
                // The next tick of the desk finds a pause, or calls that carry the answers with them.
                room.wake(at: services.clock.monotonic)
                await room.wait()
                continue
            }
            try await flush()
            aheadSince = nil
            show(room)
            if flights.isEmpty, mayRest, room.tryRest(now: services.clock.monotonic, after: options.gatewayWarm) {
                try await concludeInquiries(.all)
                scheduleIdleEnd()
                if let nextDue { session.change(TimerChange.set(kind: RunTimers.wake, due: nextDue)) }
                try await flush(releasing: true, resting: true)
                return .resting
            }
            await room.wait()
        }
    }

    /// Whether callers hear the answers of harmless calls before these are durable: that each was made is, and after a crash
    /// it is made again. Not for longer than a moment, so that a pause finds everything on record.
    private var mayRunAhead: Bool {
        mutating get {
            guard options.durability == .byNeed, session.holdsOnlyHarmlessAnswers else { return false }
            let since = aheadSince ?? services.clock.monotonic
            aheadSince = since
            return services.clock.monotonic - since < RunDriver.longestLead
        }
    }
    /// Milliseconds.
    private static let longestLead: Int64 = 50

    /// One round of what is pending and not under way; false when there is nothing to do now.
    private mutating func step(_ room: GatewayRoom) async throws(DriverStop) -> Bool {
        let pending = state.pendingEffects.filter(isFree)
        if case .finishCancelled? = pending.first {
            guard flights.isEmpty else { return false }
            try finishCancelled()
            return true
        }
        if try await judgeAndWithdraw(pending) { return true }
        let (due, next) = split(pending)
        nextDue = next
        room.wake(at: next.map { services.clock.monotonic + max(0, $0.since(now)) })
        guard !due.isEmpty else { return false }
        let sends = try await begin(due)
        guard !sends.isEmpty else { return true }
        // A call that changes nothing leaves no trace in the world: its start is made durable while it is under way, and
        // before anybody hears of its outcome.
        let isHarmless = sends.allSatisfy { ordinal in
            state.action(ordinal).map { agent.policy.toolClass(of: $0.proposal.tool) == .safe } ?? true
        }
        if !isHarmless || options.durability == .strict { try await flush() }
        launch(sends, room)
        // On its way before this thread is given to the disk.
        if isHarmless { await Task.yield() }
        return true
    }

    /// What is due later is waited for in memory, or by a durable timer when that is long.
    private var mayRest: Bool {
        guard let nextDue else { return true }
        return nextDue.since(now) > options.longestNap
    }

    /// Not under way, and not behind a call of the same tool that must end first.
    private func isFree(_ effect: RunEffect) -> Bool {
        guard let ordinal = effect.sendsAction else { return true }
        if flights[ordinal] != nil { return false }
        guard !flights.isEmpty, let tool = state.action(ordinal)?.proposal.tool else { return true }
        if flights.count >= RunDriver.parallelFlights { return false }
        return !agent.policy.rules(for: tool).isSequential || !flights.values.contains { $0.tool == tool }
    }

    private mutating func launch(_ ordinals: [UInt32], _ room: GatewayRoom) {
        for ordinal in ordinals {
            guard let action = state.action(ordinal), let call = call(for: action, relay: room) else { continue }
            let task = Task(executorPreference: services.executor) {
                room.land(ordinal, await call.outcome())
            }
            flights[ordinal] = Flight(task: task, tool: action.proposal.tool)
        }
    }

    private mutating func settleLandings(_ room: GatewayRoom) async throws(DriverStop) {
        for landing in room.takeLandings() {
            flights[landing.ordinal] = nil
            if case .result(let result) = landing.outcome { answers[landing.ordinal] = result }
            try await take(
                landing.outcome, of: landing.ordinal, startedAt: state.action(landing.ordinal)?.firstStartedAt)
        }
        for callID in room.takeCancelled() { try giveUp(callID) }
    }

    /// The caller does not want it any more: nothing is sent that was not, and what changes nothing is ended.
    private mutating func giveUp(_ callID: String) throws(DriverStop) {
        guard let action = state.batch.first(where: { $0.proposal.callID == callID }) else { return }
        if let flight = flights[action.ordinal] {
            if agent.policy.toolClass(of: action.proposal.tool) == .safe { flight.task.cancel() }
        } else if action.stage.isUnsent {
            try withdraw(action.ordinal, code: "cancelled", "The agent cancelled this call before it was sent.")
        }
    }

    private mutating func endFlights(cancelling: Bool) async {
        let flying = flights.sorted { $0.key < $1.key }.map(\.value.task)
        if cancelling { for task in flying { task.cancel() } }
        for task in flying { await task.value }
    }

    // MARK: Coming in

    private mutating func admit(_ room: GatewayRoom) throws(DriverStop) {
        guard room.hasArrivals else { return }
        let arrivals = room.takeArrivals()
        if let refusal = refusalOfAll {
            for arrival in arrivals { room.end(arrival.callID, with: .refused(refusal), now: services.clock.monotonic) }
            return
        }
        // What an earlier owner of the run left open is what an equal call joins.
        let fresh = arrivals.filter { arrival in
            guard let open = state.batch.first(where: { isEqual($0, to: arrival) }) else { return true }
            room.move(arrival.callID, to: open.proposal.callID)
            return false
        }
        guard !fresh.isEmpty else { return }
        let proposals = fresh.map { arrival in
            ProposedAction(
                callID: arrival.callID, tool: String(arrival.tool.prefix(128)),
                arguments: session.seal(Array(arrival.arguments.prefix(options.argumentBytes + 1))),
                label: Label([.model, .untrustedTool]))
        }
        try record(.actionsProposed(ActionsProposed(proposals: proposals)))
    }

    /// The call as the agent made it, also where another tool does it by now.
    private func isEqual(_ action: ActionState, to arrival: GatewayRoom.Arrival) -> Bool {
        (action.trail?.tools.first ?? action.proposal.tool) == arrival.tool
            && session.bytes(of: action.trail?.arguments ?? action.proposal.arguments) == arrival.arguments
    }

    /// Why nothing that comes in now is taken.
    private var refusalOfAll: JSONValue? {
        if state.isFinished { return GatewayRefusal.finished(run) }
        if state.cancelRequest != nil { return GatewayRefusal.cancelled(run) }
        if let halt = services.gate.halt(of: scopes) { return GatewayRefusal.halted(halt) }
        if state.phase == .escalated || state.escalation.map({ $0.code != RunEscalated.inDoubt }) == true {
            return GatewayRefusal.handedOver(run)
        }
        return nil
    }

    // MARK: Going out

    /// Tells callers what is durable by now.
    private mutating func show(_ room: GatewayRoom) {
        for callID in room.takenCallIDs {
            if let action = state.batch.first(where: { $0.proposal.callID == callID }) {
                show(action, room)
            } else if let past = state.history.last(where: { $0.callID == callID && $0.end != .superseded }) {
                room.end(callID, with: end(of: past), now: services.clock.monotonic)
                answers[past.ordinal] = nil
            }
        }
    }

    private func show(_ action: ActionState, _ room: GatewayRoom) {
        switch action.stage {
        case .waiting(let wait):
            let review = session.bytes(of: wait.review).flatMap { try? JSONReader.read($0) } ?? .null
            room.show(
                GatewayApproval(
                    id: ApprovalID(run: run, ordinal: wait.approval), gate: wait.gate, group: wait.group,
                    expiresAt: wait.expiresAt, review: review), to: action.proposal.callID)
        case .inDoubt(let doubt) where doubt.verifyAt == nil:
            room.end(
                action.proposal.callID,
                with: .refused(
                    GatewayRefusal.inDoubt(EffectID(run: run, ordinal: action.ordinal), action.proposal.tool)),
                isProvisional: true, now: services.clock.monotonic)
        default: break
        }
    }

    private func end(of past: ActionSummary) -> GatewayEnd {
        let id = ActionID(run: run, ordinal: past.ordinal)
        let content = past.result.flatMap { session.bytes(of: $0) } ?? []
        switch past.end {
        case .done, .failed:
            if let answer = answers[past.ordinal], answer.isError == past.isError,
                answer.content.utf8.elementsEqual(content)
            {
                return .result(noting(past, answer))
            }
            let text = String(decoding: content, as: UTF8.self)
            let value = past.isError ? nil : (try? JSONReader.read(content)).flatMap { $0.object.map(JSONValue.object) }
            return .result(noting(past, ToolResult(content: text, structured: value, isError: past.isError)))
        case .denied, .rejected, .expired, .superseded, .withdrawn, .answered:
            return .refused(GatewayRefusal.document(content, end: past.end, action: id))
        }
    }

    /// Says whose answer it is, where an equivalent took the place of the tool that was called.
    private func noting(_ past: ActionSummary, _ answer: ToolResult) -> ToolResult {
        let first = state.history.suffix(256).first {
            $0.callID == past.callID && $0.end == .withdrawn && $0.tool != past.tool
        }
        guard let first else { return answer }
        var answer = answer
        let note = JSONValue(
            "\(first.tool) was not there, so \(past.tool) was called in its place: this is its answer.")
        let told: JSONValue = ["type": "text", "text": note]
        answer.blocks = (answer.blocks.isEmpty ? [["type": "text", "text": JSONValue(answer.content)]] : answer.blocks)
        answer.blocks.append(told)
        answer.meta["ballast/fallback"] = ["called": JSONValue(first.tool), "answered": JSONValue(past.tool)]
        return answer
    }

    // MARK: The end of the run

    /// Nobody says when an agent outside is through with its task: after a while without a call the run is over.
    mutating func scheduleIdleEnd() {
        session.change(TimerChange.set(kind: RunTimers.idle, due: now.adding(milliseconds: options.gatewayIdle)))
    }

    mutating func endWhenIdle() throws(DriverStop) {
        guard state.isGateway, !state.isFinished else { return }
        let isOpen =
            state.batch.contains { !$0.stage.isInDoubt } || state.takeover?.claimedBy != nil
            || state.escalation.map { $0.code != RunEscalated.inDoubt } == true
        guard !isOpen, now.since(state.updatedAt) >= options.gatewayIdle - 1_000 else { return scheduleIdleEnd() }
        let text = RunAccount(state) { agent.policy.toolClass(of: $0) != .safe }
            .sentences(opening: "The agent made no more calls; what came of its task is not known", options: .none)
        try finish(.partial, code: "unknown", text: text + takeBackSentence, label: Label([.configuration]))
    }
}

/// What callers are told when nothing can be done for them.
enum GatewayRefusal {
    static func make(
        _ code: String, _ message: String, remedy: String, more: JSONObject = JSONObject(), retryAfter: Int64? = nil
    ) -> JSONValue {
        var document: JSONObject = [
            "outcome": "deny", "code": JSONValue(code), "message": JSONValue(message),
            "would_be_allowed": JSONValue(remedy),
        ]
        if let retryAfter { document["retry_after_ms"] = JSONValue(retryAfter) }
        for member in more.members { document[member.key] = member.value }
        return .object(document)
    }

    static func finished(_ run: RunID) -> JSONValue {
        make(
            DecisionCode.unavailable.rawValue, "The run \(run) is over.",
            remedy: "Call again; that begins a new run.", more: ["run_id": JSONValue(run.description)])
    }
    static func cancelled(_ run: RunID) -> JSONValue {
        make(
            "run.cancelling", "The run \(run) was cancelled by a person, so nothing more is done in it.",
            remedy: "Stop, and tell the user.", more: ["run_id": JSONValue(run.description)])
    }
    static func handedOver(_ run: RunID) -> JSONValue {
        make(
            "run.escalated", "A person has taken over the run \(run), so nothing more is done in it for the agent.",
            remedy: "Wait until the person gives it back, and tell the user.",
            more: ["run_id": JSONValue(run.description)])
    }
    static func halted(_ halt: HaltRecord) -> JSONValue {
        make(
            DecisionCode.halted.rawValue, "An operator has halted this (\(halt.id)): \(halt.reason)",
            remedy: "Nothing, until the halt is lifted; tell the user.",
            more: ["halt_id": JSONValue(halt.id.description)])
    }
    static func inDoubt(_ effect: EffectID, _ tool: String) -> JSONValue {
        make(
            DecisionCode.inDoubt.rawValue,
            "\(tool) was sent and its answer was lost: nobody knows yet whether it happened (\(effect)).",
            remedy: "Wait until a person has looked it up; do not repeat it.",
            more: [
                "effect_id": JSONValue(effect.description),
                "error": ToolError(
                    kind: DecisionCode.inDoubt.rawValue, message: "\(tool) was sent and its answer was lost.",
                    mayHaveHappened: true, tried: 1, next: [.wait, .tellUser]
                ).document["error"] ?? .null,
            ])
    }
    static func unavailable(_ message: String, remedy: String) -> JSONValue {
        make(DecisionCode.unavailable.rawValue, message, remedy: remedy, retryAfter: 1_000)
    }

    /// An error of the tool, in the shape of every refusal and as a value beside it.
    private static func failed(_ error: JSONValue, _ action: ActionID) -> JSONValue {
        let moves = (error["what_may_be_tried"]?.array ?? []).compactMap(\.string)
        return make(
            error["kind"]?.string ?? DecisionCode.unavailable.rawValue, error["message"]?.string ?? "",
            remedy: moves.isEmpty ? "Tell the user." : "One of: \(moves.joined(separator: ", ")).",
            more: ["action_id": JSONValue(action.description), "error": error],
            retryAfter: error["retry_after_ms"]?.integer)
    }

    /// The refusal as it is on record; words without a document are put into one.
    static func document(_ content: [UInt8], end: ActionEnd, action: ActionID) -> JSONValue {
        if let document = try? JSONReader.read(content) {
            if document["code"] != nil { return document }
            if let error = document["error"], error["kind"] != nil { return failed(error, action) }
        }
        let code: DecisionCode =
            switch end {
            case .rejected: .rejected
            case .expired: .expired
            case .withdrawn: .withdrawn
            default: .denied
            }
        return make(
            code.rawValue, String(decoding: content.prefix(2_000), as: UTF8.self),
            remedy: "Tell the user; call again if it is still wanted.",
            more: ["action_id": JSONValue(action.description)])
    }
}
