import BallastCore
import BallastRuntime
import HTTPTypes

/// Runs that people have, or are to take: finding them, and what a person does with one.
enum EscalationRoutes {
    static var operations: [APIOperation] { [list, read, claim, reply, giveBack, finish, act] }

    private static let tag = "escalations"
    private static let path = "/api/v1/escalations/"
    private static let operators = RunRoutes.operators
    private static let readers: Set<KeyScope> = [.approve, .settle, .audit, .admin]

    // MARK: Reading

    private static let list = APIOperation(
        method: .get, path: "/api/v1/escalations", id: "listEscalations", tag: tag,
        summary:
            "Runs that a person has or is to take, newest first; unless asked otherwise those that wait for it now.",
        scopes: readers,
        query: [
            .init(
                "status", "Statuses of runs, separated by commas; `escalated` unless given.", OpenAPISchemas.statusList),
            .init(
                "mine",
                "true: only those that the caller has taken, or that the caller or a group of theirs is told of.",
                ["type": "boolean"]),
            OpenAPISchemas.limit, OpenAPISchemas.cursor,
        ], answers: [.json(200, "EscalationPage", "A page of escalations.")]
    ) { call in
        let names = (call.query["status"] ?? RunStatus.escalated.name).split(separator: ",")
        let filter = RunFilter(statuses: Set(names.compactMap { RunStatus(name: String($0)) }))
        let isMine = call.query["mine"] == "true"
        let cursor = PageCursor(
            secret: call.server.cursorSecret,
            list: [
                "escalations", call.caller.tenant.name, call.query["status"] ?? "",
                isMine ? call.caller.principal.name : "",
            ])
        var before = try call.query["cursor"].flatMap { (given) throws(Problem) in
            try? RunID(parsing: try cursor.decode(given))
        }
        // A page looks at so many runs that it can be read in a moment; the cursor goes on where it stopped.
        let found = try await call.stored { [before] () async throws(StoreError) in
            try await call.store.headers(matching: filter, limit: call.limit + 1, before: before, scope: call.scope)
        }
        let page = found.prefix(call.limit)
        var rows: [JSONValue] = []
        for header in page {
            let state = try await RunReader(call.store).state(of: header.run, scope: call.scope)
            guard let takeover = state.takeover, !isMine || isFor(call, takeover) else { continue }
            let bodies = try await RunRoutes.bodies([header.task, state.escalation?.reason].compactMap(\.self), call)
            rows.append(EscalationDocument.summary(header, state, takeover, bodies, call))
        }
        before = page.last?.run
        return .page(rows, next: found.count > page.count ? before.map { cursor.encode($0.description) } : nil)
    }

    private static func isFor(_ call: APICall, _ takeover: Takeover) -> Bool {
        let person = call.caller.principal
        if let holder = takeover.claimedBy { return holder == person }
        return takeover.to.map { $0 == person.name || call.runtime.deployment.now.groups(person).contains($0) } ?? false
    }

    private static let read = APIOperation(
        method: .get, path: path + "{run_id}", id: "getEscalation", tag: tag,
        summary:
            "All that somebody who takes a run over needs: what was asked, done, not done and why, and forms to do it "
            + "by hand through the same tools.", scopes: readers,
        answers: [.json(200, "Escalation", "As it stands now.")], problems: [409]
    ) { call in
        let header = try await call.visibleRun(try call.id("run_id"))
        return .json(try await document(header.run, call))
    }

    private static func document(_ run: RunID, _ call: APICall) async throws -> JSONValue {
        let sheet = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.escalation(of: run, scope: call.scope)
        }
        return EscalationDocument.full(sheet, now: call.runtime.clock.now)
    }

    // MARK: Taking and giving back

    private static let claim = APIOperation(
        method: .post, path: path + "{run_id}/claim", id: "claimEscalation", tag: tag,
        summary:
            "The caller takes the run: what its agent wanted and was not sent is withdrawn, and nobody else acts in "
            + "it by hand.", scopes: operators, body: "Claim", isBodyOptional: true,
        answers: [.json(200, "Escalation", "Taken.")], problems: [409]
    ) { call in
        let header = try await call.visibleRun(try call.id("run_id"))
        _ = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.claim(
                header.run, by: call.caller.principal, takingOver: call.body["take_over"]?.bool ?? false,
                scope: call.scope)
        }
        return .json(try await document(header.run, call))
    }

    private static let reply = RunRoutes.operation(
        "reply", id: "replyInEscalation", summary: "Words of the person who has the run, for its principal.",
        scopes: operators, body: "Reply", of: path + "{run_id}/", tag: tag
    ) { call, header in
        try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.reply(
                call.required("text"), in: header.run, by: call.caller.principal,
                uniqueKey: call.idempotencyKey.map { "reply/\(call.caller.key?.description ?? "")/\($0)" },
                scope: call.scope)
        }
    }

    private static let giveBack = RunRoutes.operation(
        "return", id: "returnEscalation",
        summary: "Gives the run back to its agent, which reads what was done by hand.",
        scopes: operators, body: "Nothing", isBodyOptional: true, of: path + "{run_id}/", tag: tag,
        perform: RunRoutes.giveBack)

    private static let finish = RunRoutes.operation(
        "finish", id: "finishEscalation", summary: "Ends the run with what its principal is told.", scopes: operators,
        body: "RunEnd", of: path + "{run_id}/", tag: tag, perform: RunRoutes.end)

    // MARK: By hand

    private static let act = APIOperation(
        method: .post, path: "/api/v1/runs/{run_id}/actions", id: "actByHand", tag: tag,
        summary: "The person who has the run proposes an action in it: judged, limited, approved and recorded like its "
            + "agent's. Answers when it is over or waits for somebody, and after a while in any case.",
        scopes: operators, body: "ActionByHand",
        answers: [
            .json(200, "HandOutcome", "It is over: done, or not and why."),
            .json(202, "HandOutcome", "It is on record and not over yet."),
        ], problems: [409]
    ) { call in
        let header = try await call.visibleRun(try call.id("run_id"))
        let outcome = try await perform(header.run, call)
        return .json(EscalationDocument.outcome(outcome), status: outcome.end == nil ? 202 : 200)
    }.answeringRepeats { call in
        let header = try await call.visibleRun(try call.id("run_id"))
        let outcome = try await perform(header.run, call)
        return .json(EscalationDocument.outcome(outcome), status: outcome.end == nil ? 202 : 200)
    }

    private static func perform(_ run: RunID, _ call: APICall) async throws -> HandOutcome {
        let work = WorkByHand(
            tool: call.required("tool"), arguments: call.body["arguments"] ?? [:],
            form: call.body["form"]?.int.flatMap { UInt32(exactly: $0) })
        return try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.act(
                work, in: run, by: call.caller.principal,
                uniqueKey: call.idempotencyKey.map { "\(call.caller.key?.description ?? "") \($0)" }, scope: call.scope)
        }
    }
}
