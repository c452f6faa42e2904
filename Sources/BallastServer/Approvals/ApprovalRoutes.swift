package import BallastCore
package import BallastRuntime
import HTTPTypes

/// The work list of people who decide, and their decisions.
enum ApprovalRoutes {
    static var operations: [APIOperation] { [list, read, decide] + RunQuestionRoutes.operations }

    private static let readers: Set<KeyScope> = [.run, .approve, .audit, .admin]

    private static let list = APIOperation(
        method: .get, path: "/api/v1/approvals", id: "listApprovals", tag: "approvals",
        summary: "Requests for a person's decision: pending ones first, then the newest.", scopes: readers,
        query: [
            .init("status", "Only these.", OpenAPISchemas.approvalStatus), OpenAPISchemas.limit, OpenAPISchemas.cursor,
        ], answers: [.json(200, "ApprovalPage", "A page of approvals.")]
    ) { call in
        let status = call.query["status"].flatMap { ApprovalStatus(name: $0) }
        let cursor = PageCursor(
            secret: call.server.cursorSecret, list: ["approvals", call.caller.tenant.name, call.query["status"] ?? ""])
        let position = try call.query["cursor"].map { (given) throws(Problem) in try cursor.decode(given) }
        let found = try await visible(status, after: position.flatMap { ApprovalPlace(position: $0) }, call)
        let page = found.prefix(call.limit)
        let next = found.count > page.count ? page.last.map { cursor.encode(ApprovalPlace($0).position) } : nil
        let bodies = try await RunRoutes.bodies(page.map(\.review), call, longest: ApprovalDocument.longest)
        let documents = page.map { record in
            JSONValue.object(
                ApprovalDocument.summary(record, halt: call.runtime.halt(on: record, scope: call.scope), bodies: bodies)
            )
        }
        return .page(documents, next: next)
    }

    /// The caller's approvals after a place, one more than a page has.
    private static func visible(
        _ status: ApprovalStatus?, after start: ApprovalPlace?, _ call: APICall
    ) async throws(Problem) -> [ApprovalRecord] {
        var (found, place): ([ApprovalRecord], ApprovalPlace?) = ([], start)
        while found.count <= call.limit {
            let page = try await call.stored { [place] () async throws(StoreError) in
                try await call.store.approvals(
                    status: status, limit: PageCursor.longestPage + 1, after: place, scope: call.scope)
            }
            found += page.filter { call.caller.sees($0.principal) }
            guard page.count > PageCursor.longestPage, let last = page.last else { break }
            place = ApprovalPlace(last)
        }
        return Array(found.prefix(call.limit + 1))
    }

    private static let read = APIOperation(
        method: .get, path: "/api/v1/approvals/{approval_id}", id: "getApproval", tag: "approvals",
        summary: "One request with its review document, to which the decision is bound.", scopes: readers,
        answers: [.json(200, "Approval", "The approval.")]
    ) { call in
        let record = try await visible(call)
        return .json(try await ApprovalDocument.read(record, runtime: call.runtime, scope: call.scope))
    }

    private static let decide = APIOperation(
        method: .post, path: "/api/v1/approvals/{approval_id}/decision", id: "decideApproval", tag: "approvals",
        summary: "Approves, rejects, or approves with other arguments, which are judged again.",
        scopes: [.run, .approve], body: "Decision",
        answers: [.json(200, "Approval", "The approval as it stands after the decision.")], problems: [409]
    ) { call in
        let record = try await visible(call)
        let person = try decider(call, record)
        let decided = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.decide(record.id, decision(call), by: person, scope: call.scope)
        }
        return .json(try await ApprovalDocument.read(decided, runtime: call.runtime, scope: call.scope))
    }

    private static func visible(_ call: APICall) async throws(Problem) -> ApprovalRecord {
        let id: ApprovalID = try call.scopedID("approval_id")
        let record = try await call.stored { () async throws(StoreError) in
            try await call.store.approval(id, scope: call.scope)
        }
        guard let record, call.caller.sees(record.principal) else {
            throw .notFound("approval \(id)", advice: "See `ballast approvals`.")
        }
        return record
    }

    /// A confirmation may be passed on for a principal; a review is always the key's own.
    private static func decider(_ call: APICall, _ record: ApprovalRecord) throws(Problem) -> Principal {
        switch record.gate {
        case .confirm: return try call.actingPrincipal()
        case .approve:
            guard call.caller.may(.approve) else { throw .missingScope([.approve]) }
            guard (call.text("principal") ?? call.caller.principal.name) == call.caller.principal.name else {
                throw .forbidden(
                    "review_is_personal", "A review cannot be given in another's name.",
                    advice: "Leave out `principal`; a reviewer decides with their own key.")
            }
            return call.caller.principal
        }
    }

    /// The schema has seen to it that a rejection has a reason and an edit has arguments.
    static func decision(_ call: APICall) -> PersonDecision {
        switch call.required("decision") {
        case "approve":
            call.text("endorse").flatMap { EndorsementScope(name: $0) }.map(PersonDecision.endorse) ?? .approve
        case "edit": .edit(String(decoding: JSONWriter.compact(call.body["arguments"] ?? .null), as: UTF8.self))
        default: .reject(reason: call.required("reason"))
        }
    }
}

extension ApprovalPlace {
    /// As a cursor holds it.
    fileprivate var position: String { "\(isPending ? "pending" : "decided") \(requestedAt.milliseconds) \(id)" }

    fileprivate init?(position: String) {
        let parts = position.split(separator: " ")
        guard parts.count == 3, let moment = Int64(parts[1]), let id = try? ApprovalID(parsing: String(parts[2])) else {
            return nil
        }
        self.init(isPending: parts[0] == "pending", requestedAt: Timestamp(milliseconds: moment), id: id)
    }
}

/// An approval as the API shows it.
package enum ApprovalDocument {
    /// Reads the approval and its review and shows all of it.
    package static func read(
        _ record: ApprovalRecord, runtime: AgentRuntime, scope: TenantScope
    ) async throws -> JSONValue {
        full(
            record, halt: runtime.halt(on: record, scope: scope),
            bodies: try await EventBodies.read([record.review], runtime, scope, longest: longest))
    }

    /// Bytes of a review that are shown: a person who decides sees all of it.
    static let longest = 1 << 20

    /// `halt` is the one under which it is frozen.
    static func summary(_ record: ApprovalRecord, halt: HaltRecord?, bodies: EventBodies) -> JSONObject {
        let review = bodies.json(record.review)
        return [
            "approval_id": JSONValue(record.id.description), "run_id": JSONValue(record.id.run.description),
            "action_id": JSONValue(record.action.description), "gate": JSONValue(record.gate.name),
            "status": JSONValue(record.status.name), "tool": JSONValue(record.tool), "agent": JSONValue(record.agent),
            "principal": JSONValue(record.principal.name), "group": JSONValue(record.group),
            "requested_at": JSONValue(record.requestedAt.rfc3339), "expires_at": JSONValue(record.expiresAt.rfc3339),
            "decided_by": JSONValue(record.decidedBy?.name), "decided_at": JSONValue(record.decidedAt?.rfc3339),
            "arguments": review?["arguments"] ?? .null, "money": review?["money"] ?? .null,
            "reasons": review?["reasons"] ?? .null, "undo": review?["undo"] ?? .null,
            "endorsable": review?["endorsable"] ?? .array([]),
            "halt": halt.map { .object(HaltRoutes.document($0)) } ?? .null,
        ]
    }

    static func full(_ record: ApprovalRecord, halt: HaltRecord?, bodies: EventBodies) -> JSONValue {
        var document = summary(record, halt: halt, bodies: bodies)
        document["binding"] = JSONValue(record.binding.description)
        document.addJSON("review", record.review, from: bodies)
        return .object(document)
    }
}
