package import BallastCore
import BallastPolicy

/// What one person is asked about one run, as one question: all requests that wait and that they may decide.
package struct RunQuestion: Sendable {
    package let run: RunID
    /// The oldest first.
    package let approvals: [ApprovalRecord]
    /// Requests of the run that wait for somebody else.
    package let others: Int

    /// Stands for exactly these requests as they are shown: each by its binding, which covers its review document.
    package var shown: Digest { RunQuestion.digest(approvals[...]) }

    static func digest(_ approvals: ArraySlice<ApprovalRecord>) -> Digest {
        .lengthPrefixed(
            domain: "ballast.question.v1",
            approvals.flatMap { [Array($0.id.description.utf8), $0.binding.bytes] })
    }

    /// Those that the digest stands for. A request that came later is not among them.
    func shown(by digest: Digest) -> ArraySlice<ApprovalRecord>? {
        approvals.indices.map { approvals[...$0] }.first { RunQuestion.digest($0) == digest }
    }
}

/// As whom a person decides: their own reviews, and confirmations of the principal that they speak for.
package struct Decider: Sendable {
    package let confirmer: Principal
    /// nil for somebody who may review nothing.
    package let reviewer: Principal?

    package init(confirmer: Principal, reviewer: Principal?) {
        self.confirmer = confirmer
        self.reviewer = reviewer
    }

    fileprivate func person(at gate: Gate) -> Principal? { gate == .confirm ? confirmer : reviewer }
}

extension AgentRuntime {
    /// What waits in a run for this person.
    package func question(
        of run: RunID, for decider: Decider, scope: TenantScope
    ) async throws(RuntimeError) -> RunQuestion {
        let state = try await foldedState(of: run, scope: scope)
        let reviewers = Reviewers(services.deployment.now)
        var (records, others): ([ApprovalRecord], Int) = ([], 0)
        for action in state.batch {
            guard case .waiting(let wait) = action.stage, let created = state.created else { continue }
            let isTheirs = decider.person(at: wait.gate).map { person in
                !wait.approvers.contains(person)
                    && reviewers.mayDecide(
                        person, gate: wait.gate, group: wait.group, principal: created.principal,
                        startedBy: created.startedBy)
            }
            guard isTheirs == true else {
                others += 1
                continue
            }
            let record = try await stored { () async throws(StoreError) in
                try await self.store.approval(ApprovalID(run: run, ordinal: wait.approval), scope: scope)
            }
            if let record, record.status == .pending { records.append(record) }
        }
        return RunQuestion(run: run, approvals: records.sorted { $0.id.ordinal < $1.id.ordinal }, others: others)
    }

    /// Decides everything that was shown, each request on its own record; what came later waits on.
    ///
    /// - Returns: Each request as it stands then, or why it could not be decided.
    package func decideAll(
        of run: RunID, shown: Digest, _ decision: PersonDecision, by decider: Decider, scope: TenantScope
    ) async throws(RuntimeError) -> [(id: ApprovalID, result: Result<ApprovalRecord, RuntimeError>)] {
        let question = try await question(of: run, for: decider, scope: scope)
        guard let records = question.shown(by: shown) else {
            throw RuntimeError(
                .conflict, "What waits in \(run) is not what was shown: something was decided or asked anew since.",
                advice: "Look again: ballast approvals")
        }
        // Nothing is decided where one of them could not be.
        for record in records { try await checkEndorsement(decision, record, scope: scope) }
        var results: [(id: ApprovalID, result: Result<ApprovalRecord, RuntimeError>)] = []
        for record in records {
            guard let person = decider.person(at: record.gate) else { continue }
            do throws(RuntimeError) {
                results.append((record.id, .success(try await decide(record.id, decision, by: person, scope: scope))))
            } catch {
                results.append((record.id, .failure(error)))
            }
        }
        return results
    }
}
