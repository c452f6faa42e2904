import BallastInstallation
import BallastRuntime
import BallastServer

/// A run of an agent: one task, from request to outcome. A small value that can be kept, sent and made again from its
/// identifier; the run itself is in the store, and goes on after a crash whether anybody holds this or not.
public struct AgentRun: Sendable, Identifiable {
    let host: AgentHost
    let runID: RunID

    /// `run_…`
    public var id: String { runID.description }

    // MARK: What happens

    /// The run's events, from the first or after one that was seen, until the run is over.
    ///
    /// - Parameters:
    ///   - after: a sequence; events up to it are left out.
    ///   - includingProvisionalText: also pieces of the model's text as they come (`JournalEvent.isProvisional`).
    public func events(after: Int64 = 0, includingProvisionalText: Bool = false) -> RunEvents {
        RunEvents(run: self, after: after, includesProvisionalText: includingProvisionalText)
    }

    /// The journal as it is now.
    public func journal() async throws(AgentError) -> [JournalEvent] {
        try await host.core.using { installation in
            var pages = try await JournalPages(of: runID, runtime: installation.runtime, scope: host.scope)
            var events: [JournalEvent] = []
            while true {
                let page = try await pages.next()
                if page.isEmpty { return events }
                events += page.map { JournalEvent($0) }
            }
        }
    }

    /// Where it stands now.
    public func standing() async throws(AgentError) -> RunStanding {
        try await host.core.using { try await read($0) }
    }

    /// Returns once the run cannot go on without a person: it is over, waits for an answer or a decision, was handed
    /// over or halted. What was said to it before this call is taken first.
    ///
    /// - Throws: `AgentError`; with the code `unavailable` for a run that this process cannot move, and says why.
    public func rest() async throws(AgentError) -> RunStanding {
        try await host.core.using { installation in
            let runtime = installation.runtime
            while true {
                await runtime.rest(of: runID)
                try Task.checkCancellation()
                if let reason = runtime.quarantinedRuns[runID] {
                    throw AgentError(
                        .unavailable, "\(id) does not move: \(reason).",
                        advice: "Correct that and open the host again; nothing of it is lost.")
                }
                let standing = try await read(installation)
                if !standing.status.movesByItself { return standing }
                try host.core.checkOpen()
                // It rests until a timer moves it, or another has it.
                try await runtime.clock.sleep(milliseconds: AgentRun.pace)
            }
        }
    }

    /// Returns once the run is over, however long people take.
    public func end() async throws(AgentError) -> RunStanding {
        for try await _ in events() {}
        let standing = try await standing()
        guard standing.status.isTerminal else {
            throw AgentError(
                .cancelled, "\(id) is \(standing.status.name); the waiting for its end was given up.",
                advice: "The run itself goes on.")
        }
        return standing
    }

    private static let pace: Int64 = 50

    private func read(_ installation: Installation) async throws -> RunStanding {
        let header = try await host.header(of: runID, installation)
        let document = try await RunDocument.read(header, runtime: installation.runtime, scope: host.scope)
        var approvals: [PendingApproval] = []
        for open in document["open_approvals"]?.array ?? [] {
            let approval = try ApprovalID(parsing: open["approval_id"]?.string ?? "")
            guard let record = try await installation.store.approval(approval, scope: host.scope) else { continue }
            approvals.append(
                PendingApproval(
                    try await ApprovalDocument.read(record, runtime: installation.runtime, scope: host.scope)))
        }
        return RunStanding(status: header.status, approvals: approvals, document: document)
    }

    // MARK: What people say

    /// Words of the run's principal: an answer to its question, or a change of mind. On record when this returns; `rest`
    /// waits for what comes of them. The caller vouches that they are this principal's own.
    public func answer(_ text: String, as principal: Principal) async throws(AgentError) {
        try await host.core.using { installation in
            let header = try await host.header(of: runID, installation)
            guard header.principal == principal else {
                throw AgentError(
                    .forbidden, "\(id) is not a run of \(principal).", advice: "Only its principal speaks to it.")
            }
            try await installation.runtime.input(text, to: runID, by: principal, scope: host.scope)
        }
    }

    /// Ends the run: what is under way is settled or recorded as in doubt, nothing new starts.
    public func cancel(by person: Principal, reason: String) async throws(AgentError) {
        try await host.core.using { installation in
            try await installation.runtime.cancel(runID, by: person, reason: reason, scope: host.scope)
        }
    }
}
