package import BallastCore
import BallastPolicy

/// What a person decides about an approval.
package enum PersonDecision: Sendable, Hashable {
    case approve
    /// Approve, and vouch for the values that are doubted, or for where they came from, until the run ends.
    case endorse(EndorsementScope)
    /// Approve with other arguments (JSON of an object); they are judged again.
    case edit(String)
    case reject(reason: String)
}

extension AgentRuntime {
    /// Puts a decision on record. Exactly one of approve, reject, edit and expire wins; the others are told so.
    package func decide(
        _ id: ApprovalID, _ decision: PersonDecision, by person: Principal, scope: TenantScope
    ) async throws(RuntimeError) -> ApprovalRecord {
        let record = try await approval(id, scope: scope)
        try await checkMayDecide(person, record, scope: scope)
        let status = try await send(decision, about: record, by: person, scope: scope)
        return try await outcome(of: id, wanted: status, by: person, scope: scope)
    }

    /// Puts on record what the principal of a gateway run answered over the agent's own connection. Whoever calls this
    /// has looked that the key may do so: for `approve` that it lets an elicitation stand for a reviewer.
    package func decideElicited(
        _ id: ApprovalID, _ decision: PersonDecision, by principal: Principal, scope: TenantScope
    ) async throws(RuntimeError) {
        let record = try await approval(id, scope: scope)
        guard record.principal == principal else {
            throw RuntimeError(
                .forbidden, "\(id) is not about a task of \(principal).", advice: "See `ballast approvals`.")
        }
        // The agent's own connection carries a yes or a no, and no word for what comes later.
        if case .endorse = decision {
            throw RuntimeError(
                .forbidden, "Nothing is endorsed over the agent's own connection.",
                advice: "Endorse it with `ballast approve \(id) --endorse value`.")
        }
        _ = try await send(decision, about: record, by: principal, scope: scope)
    }

    private func approval(_ id: ApprovalID, scope: TenantScope) async throws(RuntimeError) -> ApprovalRecord {
        let record = try await stored { () async throws(StoreError) in
            try await self.store.approval(id, scope: scope)
        }
        guard let record else {
            throw RuntimeError(.notFound, "There is no approval \(id).", advice: "See `ballast approvals`.")
        }
        return record
    }

    /// Puts a decision into the inbox of its run; answers what it asks for.
    private func send(
        _ decision: PersonDecision, about record: ApprovalRecord, by person: Principal, scope: TenantScope
    ) async throws(RuntimeError) -> ApprovalStatus {
        let id = record.id
        try checkOpen(record)
        try checkEdit(decision, record)
        try await checkEndorsement(decision, record, scope: scope)
        let message = message(decision, record, by: person)
        let key = "approval/\(id.ordinal)/\(message.quorumKey)"
        let delivery = try await stored { () async throws(StoreError) in
            let vault = try await self.vault(of: scope.tenant)
            return try await self.store.deliver(
                InboxItem(
                    id: self.newID(), run: id.run, uniqueKey: key, kind: message.message.kind,
                    payload: message.message.sealed(by: vault), receivedAt: self.clock.now), scope: scope)
        }
        switch delivery {
        case .accepted, .duplicate: break
        case .unknownRun, .finished:
            throw RuntimeError(.finished, "The run of \(id) is over.", advice: "Nothing is left to decide.")
        }
        wake(id.run)
        return message.status
    }

    private func message(
        _ decision: PersonDecision, _ record: ApprovalRecord, by person: Principal
    ) -> (message: InboxMessage, status: ApprovalStatus, quorumKey: String) {
        func message(
            _ status: ApprovalStatus, reason: String? = nil, edited: String? = nil, endorsed: EndorsementScope? = nil
        ) -> (InboxMessage, ApprovalStatus, String) {
            let message = InboxMessage.decision(
                approval: record.id.ordinal, status: status, by: person, reason: reason, edited: edited,
                endorsed: endorsed)
            return (message, status, person.name)
        }
        return switch decision {
        case .approve: message(.approved)
        case .endorse(let scope): message(.approved, endorsed: scope)
        case .edit(let arguments): message(.approved, edited: arguments)
        case .reject(let reason): message(.rejected, reason: reason)
        }
    }

    func foldedState(of run: RunID, scope: TenantScope) async throws(RuntimeError) -> RunState {
        do {
            return try await RunReader(store).state(of: run, scope: scope)
        } catch let failure as StoreError {
            throw RuntimeError(failure)
        } catch {
            throw RuntimeError(
                .conflict, "The run \(run) cannot be read, so nothing is decided about it: \(error).",
                advice: "Restore the last backup, and check the disk.")
        }
    }

    private func checkMayDecide(
        _ person: Principal, _ record: ApprovalRecord, scope: TenantScope
    ) async throws(RuntimeError) {
        let state = try await foldedState(of: record.id.run, scope: scope)
        guard let created = state.created else {
            throw RuntimeError(.notFound, "There is no run of \(record.id).", advice: "See `ballast approvals`.")
        }
        let reviewers = Reviewers(services.deployment.now)
        let actedBy = state.batch.first { $0.stage.approval == record.id.ordinal }?.hand?.by
        guard
            reviewers.mayDecide(
                person, gate: record.gate, group: record.group, principal: created.principal,
                startedBy: created.startedBy, actedBy: actedBy)
        else {
            let who =
                record.gate == .confirm
                ? "only \(created.principal) can confirm it"
                : "it needs \(record.group.map { "a member of \($0)" } ?? "a reviewer") who neither asked for it nor started it"
                    + (actedBy == person ? ", and is not the one who does it by hand" : "")
            throw RuntimeError(
                .forbidden, "\(person) may not decide \(record.id): \(who).", advice: "Ask that person to decide.")
        }
    }

    /// How a request ended, as the end of a sentence about it.
    private static func end(of record: ApprovalRecord) -> String {
        let by = record.decidedBy.map { " by \($0)" } ?? ""
        let at = record.decidedAt.map { " at \($0.rfc3339)" } ?? ""
        return switch record.status {
        case .approved: "was approved\(by)\(at) already"
        case .used: "was approved\(by) already, and the action was started\(at)"
        case .expired: "expired\(at), because nobody decided in time"
        case .withdrawn: "was withdrawn\(at), because the run went on without it"
        default: "was \(record.status.name)\(by)\(at) already"
        }
    }

    private func checkOpen(_ record: ApprovalRecord) throws(RuntimeError) {
        guard record.status == .pending else {
            throw RuntimeError(
                .conflict, "\(record.id) \(AgentRuntime.end(of: record)); this decision changes nothing.",
                advice: "See `ballast show \(record.id.run)`.")
        }
        guard clock.now < record.expiresAt else {
            throw RuntimeError(
                .conflict, "\(record.id) expired at \(record.expiresAt.rfc3339).", advice: "Ask for the action again.")
        }
    }

    private func checkEdit(_ decision: PersonDecision, _ record: ApprovalRecord) throws(RuntimeError) {
        guard case .edit(let text) = decision else { return }
        let problem: String
        do throws(JSONError) {
            let arguments = try JSONReader.read(Array(text.utf8))
            guard let tool = services.deployment.now.catalog[record.tool],
                let violation = tool.inputSchema.validate(arguments).first
            else { return }
            problem = "do not fit \(record.tool): \(violation.message)"
        } catch {
            problem = "cannot be read: \(error)"
        }
        throw RuntimeError(
            .invalid, "The new arguments \(problem).",
            advice: "Give one JSON object that fits the tool's schema; nothing was decided.")
    }

    /// Only what the review document shows can be endorsed, so that the person knows what they say.
    func checkEndorsement(
        _ decision: PersonDecision, _ record: ApprovalRecord, scope: TenantScope
    ) async throws(RuntimeError) {
        guard case .endorse(let endorsed) = decision else { return }
        let items = try await reviewDocument(of: record, scope: scope).flatMap {
            EndorsableValue.items(of: $0["endorsable"])
        }
        guard let items, !items.isEmpty else {
            throw RuntimeError(
                .invalid,
                "Nothing about \(record.id) can be endorsed: no word for a value would change that it is asked.",
                advice: "Decide without it: ballast approve \(record.id)")
        }
        guard endorsed == .source, let item = items.first(where: { $0.source == nil }) else { return }
        throw RuntimeError(
            .invalid,
            "\(item.path) stands in no field of what a tool answered in this run, so there is no source to endorse.",
            advice: "Endorse the value: ballast approve \(record.id) --endorse value")
    }

    private func reviewDocument(
        of record: ApprovalRecord, scope: TenantScope
    ) async throws(RuntimeError) -> JSONValue? {
        try await stored { () async throws(StoreError) in
            let vault = try await self.vault(of: scope.tenant)
            let bytes: [UInt8]? =
                switch record.review {
                case .inline(let sealed): vault.open(sealed)
                case .stored(let name, _): try await self.store.bodies([name], scope: scope)[name].flatMap(vault.open)
                }
            return bytes.flatMap { try? JSONReader.read($0) }
        }
    }

    /// Waits, bounded, until the run has taken the decision; answers who won.
    private func outcome(
        of id: ApprovalID, wanted: ApprovalStatus, by person: Principal, scope: TenantScope
    ) async throws(RuntimeError) -> ApprovalRecord {
        for _ in 0..<200 {
            let record = try await stored { () async throws(StoreError) in
                try await self.store.approval(id, scope: scope)
            }
            guard let record else { break }
            let stands = record.status == wanted || (wanted == .approved && [.used, .void].contains(record.status))
            if record.status != .pending {
                guard stands, record.decidedBy == person || record.decidedBy == .ballast else {
                    throw RuntimeError(
                        .conflict,
                        "\(id) was \(record.status.name) by \(record.decidedBy?.name ?? "somebody else") first.",
                        advice: "See `ballast show \(id.run)`.")
                }
                return record
            }
            if gate.halt(of: [.everything, .tenant(scope.tenant), .run(id.run)]) != nil { return record }
            guard (try? await clock.sleep(milliseconds: 10)) != nil else { return record }
        }
        throw RuntimeError(
            .unavailable, "The decision about \(id) is on record but the run has not taken it yet.",
            advice: "It will; see `ballast show \(id.run)`.")
    }
}
