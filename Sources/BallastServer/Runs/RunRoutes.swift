import BallastCore
import BallastRuntime
import HTTPTypes

/// Starting runs, reading them, and speaking to them.
enum RunRoutes {
    static let readers: Set<KeyScope> = [.run, .approve, .halt, .settle, .rollback, .audit, .admin]
    private static let tag = "runs"
    private static let path = "/api/v1/runs/{run_id}"

    static var operations: [APIOperation] { [create, list, read, events] + words + takeover }

    // MARK: Starting

    private static let create = APIOperation(
        method: .post, path: "/api/v1/runs", id: "createRun", tag: tag,
        summary: "Starts a run, or gives the words to the conversation's run that is still active.", scopes: [.run],
        body: "RunRequest", answers: [.created("RunStarted", "The run, durable before this answer.")],
        problems: [404, 409]
    ) { call in
        if call.text("mode") == "gateway" { return try await bindGatewayRun(call) }
        if let answer = try await alreadyStarted(call) { return answer }
        let request = try await startRequest(call)
        let (run, joined) = try await call.ran { () async throws(RuntimeError) in try await call.runtime.start(request)
        }
        return try await started(run, joined: joined, call)
    }.answeringRepeats { call in try await alreadyStarted(call) }

    /// The run that an outside agent's calls with this `X-Ballast-Run` belong to. In this mode the agent could state the
    /// words itself, so they are the principal's only where the key may vouch for them.
    private static func bindGatewayRun(_ call: APICall) async throws -> APIAnswer {
        let principal = try call.actingPrincipal()
        let key = call.caller.key?.description ?? ""
        guard let run = call.text("run") ?? call.idempotencyKey else {
            throw Problem.invalid("/run", "an outside agent's run needs the name that X-Ballast-Run will carry")
        }
        let binding = GatewayBinding(
            tenant: call.caller.tenant, principal: principal, startedBy: call.caller.principal,
            agent: call.required("agent"), name: MCPCaller.runName(run, key: key), words: call.required("input"),
            isAsserted: call.caller.may(.taskAssert),
            contract: call.contract(isAsserted: call.caller.may(.taskAssert)), locale: call.text("locale") ?? "en")
        let id = try await call.ran { () async throws(RuntimeError) in try await call.runtime.gatewayRun(binding) }
        return try await started(id, joined: false, call)
    }

    private static func startRequest(_ call: APICall) async throws -> StartRun {
        let principal = try call.actingPrincipal()
        return StartRun(
            agent: call.required("agent"), text: call.required("input"), tenant: call.caller.tenant,
            principal: principal, startedBy: call.caller.principal,
            conversation: try await conversation(call, of: principal),
            source: call.text("source") ?? "api", locale: call.text("locale") ?? "en",
            workflow: call.text("workflow") ?? "", isAsserted: call.vouches(for: principal),
            contract: call.contract(isAsserted: call.vouches(for: principal)),
            uniqueKey: uniqueKey(call))
    }

    /// The answer with the run that an equal request has started before its server ended.
    private static func alreadyStarted(_ call: APICall) async throws -> APIAnswer? {
        guard call.idempotencyKey != nil else { return nil }
        let request = try await startRequest(call)
        let run = try await call.stored { () async throws(StoreError) in
            try await call.runtime.run(startedBy: request)
        }
        guard let run else { return nil }
        return try await started(run, joined: false, call)
    }

    private static func started(_ run: RunID, joined: Bool, _ call: APICall) async throws -> APIAnswer {
        var document = try await summary(of: run, call)
        document["joined"] = .bool(joined)
        return .created(.object(document), at: "/api/v1/runs/\(run)")
    }

    /// Equal for repeats of one request: the caller, its `Idempotency-Key`, and all that it says.
    private static func uniqueKey(_ call: APICall) -> String? {
        guard let key = call.idempotencyKey else { return nil }
        let caller = call.caller.key?.description ?? ""
        return Digest.lengthPrefixed(
            domain: "ballast.start.v1",
            [Array(caller.utf8), Array(key.utf8), JSONWriter.canonical(.object(call.body))]
        ).description
    }

    /// The conversation to continue. One that another principal's run is active in is not there for this one: its
    /// words would reach that run.
    private static func conversation(_ call: APICall, of principal: Principal) async throws -> ConversationID? {
        guard let text = call.text("conversation_id") else { return nil }
        let id: ConversationID
        do throws(IDParsingError) {
            id = try ConversationID(parsing: text)
        } catch {
            throw Problem.invalid("/conversation_id", error.description)
        }
        guard let active = try await call.store.activeRun(of: id, scope: call.scope),
            let header = try await call.store.header(of: active, scope: call.scope)
        else { return id }
        guard header.principal == principal else { throw Problem.notFound("conversation \(id) of \(principal)") }
        guard header.agent == call.required("agent") else {
            throw Problem.conflict(
                "conversation_busy", "\(header.agent) is active in this conversation (\(active)).",
                advice: "Wait for it to end, or start another conversation.")
        }
        return id
    }

    // MARK: Reading

    private static let list = APIOperation(
        method: .get, path: "/api/v1/runs", id: "listRuns", tag: tag, summary: "Runs, newest first.", scopes: readers,
        query: [
            .init("status", "Statuses, separated by commas.", OpenAPISchemas.statusList),
            .init("agent", "Runs of this agent.", OpenAPISchemas.name),
            .init("quarantined", "true: only runs that this server does not drive any more.", ["type": "boolean"]),
            OpenAPISchemas.limit, OpenAPISchemas.cursor,
        ], answers: [.json(200, "RunPage", "A page of runs.")]
    ) { call in
        let filter = try runFilter(call)
        if call.query["quarantined"] == "true" { return try await quarantined(filter, call) }
        let cursor = PageCursor(
            secret: call.server.cursorSecret,
            list: [
                "runs", call.caller.tenant.name, filter.principal?.name ?? "", call.query["status"] ?? "",
                filter.agent ?? "",
            ])
        var before: RunID?
        if let given = call.query["cursor"] {
            let position = try cursor.decode(given)
            before = try? RunID(parsing: position)
        }
        let found = try await call.stored { [before] () async throws(StoreError) in
            try await call.store.headers(matching: filter, limit: call.limit + 1, before: before, scope: call.scope)
        }
        let page = Array(found.prefix(call.limit))
        let bodies = try await bodies(page.compactMap(\.task), call)
        let next = found.count > page.count ? page.last.map { cursor.encode($0.run.description) } : nil
        return .page(page.map { .object(summary($0, bodies, call)) }, next: next)
    }

    /// Runs that are not driven any more; they are in this server's memory, and few.
    private static func quarantined(_ filter: RunFilter, _ call: APICall) async throws -> APIAnswer {
        var headers: [RunHeader] = []
        for run in call.runtime.quarantinedRuns.keys.sorted(by: >) {
            guard let header = try await call.store.header(of: run, scope: call.scope) else { continue }
            let isWanted = filter.statuses.isEmpty || filter.statuses.contains(header.status)
            guard isWanted, filter.agent ?? header.agent == header.agent, call.caller.sees(header.principal) else {
                continue
            }
            headers.append(header)
        }
        let bodies = try await bodies(headers.compactMap(\.task), call)
        let list = "quarantined \(call.query["status"] ?? "") \(filter.agent ?? "")"
        return try OffsetPage.answer(headers, call, list: list) { .object(summary($0, bodies, call)) }
    }

    private static func runFilter(_ call: APICall) throws(Problem) -> RunFilter {
        let names = call.query["status"]?.split(separator: ",") ?? []
        return RunFilter(
            statuses: Set(names.compactMap { RunStatus(name: String($0)) }), agent: call.query["agent"],
            principal: call.caller.seesTenant ? nil : call.caller.principal)
    }

    private static let read = APIOperation(
        method: .get, path: path, id: "getRun", tag: tag,
        summary: "A run: its outcome or what it waits for, and the account of what was done, was not, and is in doubt.",
        scopes: readers, answers: [.json(200, "Run", "The run.")]
    ) { call in
        let header = try await call.visibleRun(try call.id("run_id"))
        return .json(try await RunDocument.read(header, runtime: call.runtime, scope: call.scope))
    }

    static func bodies(
        _ references: [BodyReference], _ call: APICall, longest: Int = EventBodies.longest
    ) async throws -> EventBodies {
        try await EventBodies.read(references, call.runtime, call.scope, longest: longest)
    }

    static func summary(of run: RunID, _ call: APICall) async throws -> JSONObject {
        let header = try await call.visibleRun(run)
        return summary(header, try await bodies([header.task].compactMap(\.self), call), call)
    }

    private static func summary(_ header: RunHeader, _ bodies: EventBodies, _ call: APICall) -> JSONObject {
        RunDocument.summary(
            header, halt: call.runtime.halt(on: header), quarantine: call.runtime.quarantinedRuns[header.run],
            bodies: bodies)
    }

    // MARK: Events

    private static let events = APIOperation(
        method: .get, path: path + "/events", id: "listRunEvents", tag: tag,
        summary: "The journal: a page of events, or with `accept: text/event-stream` the events as they come.",
        scopes: readers,
        query: [
            .init("after", "Events after this sequence.", ["type": "integer", "minimum": 0, "maximum": 1_000_000_000]),
            OpenAPISchemas.limit, OpenAPISchemas.cursor,
        ],
        answers: [
            APIOperation.Answer(
                status: 200, description: "Events in order.",
                content: [("application/json", "EventPage"), ("text/event-stream", nil)]),
            APIOperation.Answer(
                status: 204, description: "A stream was asked for and the run is over: nothing more will come.",
                content: []),
        ]
    ) { call in
        let header = try await call.visibleRun(try call.id("run_id"))
        return wantsStream(call.headers) ? stream(header, call) : try await page(of: header.run, call)
    }

    private static func wantsStream(_ headers: HTTPFields) -> Bool {
        (headers[.accept] ?? "").lowercased().contains("text/event-stream")
    }

    private static func stream(_ header: RunHeader, _ call: APICall) -> APIAnswer {
        let seen = call.headers[.lastEventID].flatMap { Int64($0) } ?? call.query["after"].flatMap { Int64($0) } ?? 0
        if header.status.isTerminal, seen >= header.lastSequence { return APIAnswer(204, .none) }
        let stream = RunEventStream(server: call.server, run: header.run, scope: call.scope, after: max(0, seen))
        return APIAnswer(200, .stream(stream.body, type: "text/event-stream"))
    }

    private static func page(of run: RunID, _ call: APICall) async throws -> APIAnswer {
        let cursor = PageCursor(
            secret: call.server.cursorSecret, list: ["events", call.caller.tenant.name, run.description])
        var after = call.query["after"].flatMap { Int64($0) } ?? 0
        if let given = call.query["cursor"] { after = Int64(try cursor.decode(given)) ?? 0 }
        var pages = try await JournalPages(of: run, runtime: call.runtime, scope: call.scope)
        try await pages.skip(to: after)
        let found = try await pages.next(limit: call.limit + 1)
        let page = Array(found.prefix(call.limit))
        let next = found.count > page.count ? page.last?["sequence"]?.integer.map { cursor.encode(String($0)) } : nil
        return .page(page, next: next)
    }
}

extension APICall {
    /// What the caller says that the run may do at all. It says more than it tightens only with the right to the words.
    fileprivate func contract(isAsserted: Bool) -> GivenContract? {
        body["contract"].map { GivenContract($0, isAsserted: isAsserted) }
    }
}
