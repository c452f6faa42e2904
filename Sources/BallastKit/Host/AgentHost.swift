import BallastConfiguration
import BallastCore
import BallastInstallation
import BallastRuntime
import BallastServer
public import Logging

/// Runs agents in this process: opens the store, recovers what was under way, drives runs until it is closed.
///
/// A value of it is a view of one tenant; all views share the store, the agents and the end. One process at a time has
/// a store; `close` gives it back. Whatever a function acknowledged is durable, so a crash instead of a `close` loses
/// nothing: the next `open` goes on with it.
public struct AgentHost: Sendable {
    let core: HostCore
    let scope: TenantScope

    /// Where runs are kept.
    public enum Store: Sendable, Hashable {
        /// As the configuration says; in memory when it says nothing.
        case configured
        /// In this process's memory: gone when it ends.
        case memory
        /// A file, made with its folder when it is not there. Beside it stands its key (`PATH.key`), without which
        /// nothing stored can be read; `BALLAST_MASTER_KEY` (32 bytes, hexadecimal or base64) takes its place.
        case sqlite(String)
    }

    /// Opens the store, learns the tools, recovers runs, and drives them from now on.
    ///
    /// - Parameters:
    ///   - tools: native tools. They go before tools of the same name that others offer, and are accepted as they are
    ///     compiled in.
    ///   - grace: how long calls under way have at the end, before they are ended and recorded as what they then are.
    ///   - logger: for the operator; texts of principals and secrets are not logged.
    /// - Throws: `AgentError`: `configuration` with every fault of the configuration and the tools, `unavailable` for a
    ///   store that another process has or that cannot be read.
    public static func open(
        _ configuration: AgentConfiguration, tools: [NativeTool] = [], store: Store = .configured,
        grace: Duration = .seconds(20), logger: Logger = AgentHost.standardLogger
    ) async throws(AgentError) -> AgentHost {
        let core = try await AgentError.wrapping {
            try NativeTool.check(tools)
            return try await HostCore.open(
                try configuration.load(), tools: tools, store: store, grace: grace, logger: logger)
        }
        return AgentHost(core: core, scope: TenantScope(.default))
    }

    /// To standard error, warnings and worse.
    public static var standardLogger: Logger {
        var logger = Logger(label: "ballast") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }

    /// The same host for another customer. Nothing of one tenant is visible to another; `open` gives the tenant
    /// `default`.
    public func tenant(_ name: String) -> AgentHost { AgentHost(core: core, scope: TenantScope(TenantID(name))) }

    /// What loads and is probably not meant, and what does not fit the tools that are offered now; sentences for the
    /// operator. Empty when all is well.
    public var warnings: [String] {
        core.installation.configuration.warnings.map(\.description) + core.installation.complaints
    }

    // MARK: Runs

    /// Starts a run; durable when this returns.
    ///
    /// - Parameters:
    ///   - task: what is asked for, in the principal's own words, for which the caller vouches; 1 byte to 256 KiB.
    ///   - principal: who the run acts for. The caller has made sure that it is them.
    ///   - starter: who asks, when that is somebody else. Neither may review the run's actions.
    ///   - conversation: `conv_…` of an earlier run (`RunStanding.document`), to go on with it. While a run of it is
    ///     active, the words go to that run, which is returned.
    public func start(
        _ agent: String, _ task: String, as principal: Principal, startedBy starter: Principal? = nil,
        conversation: String? = nil
    ) async throws(AgentError) -> AgentRun {
        try await core.using { installation in
            let started = try await installation.runtime.start(
                StartRun(
                    agent: agent, text: task, tenant: scope.tenant, principal: principal, startedBy: starter,
                    conversation: try conversation.map { try ConversationID(parsing: $0) }, source: "library"))
            return AgentRun(host: self, runID: started.run)
        }
    }

    /// A run by its identifier (`run_…`), whether it is active, waiting or over.
    public func run(_ id: String) async throws(AgentError) -> AgentRun {
        try await core.using { installation in
            let header = try await header(of: try RunID(parsing: id), installation)
            return AgentRun(host: self, runID: header.run)
        }
    }

    func header(of run: RunID, _ installation: Installation) async throws -> RunHeader {
        guard let header = try await installation.store.header(of: run, scope: scope) else {
            throw AgentError(.notFound, "There is no run \(run) in the tenant \(scope.tenant).", advice: "")
        }
        return header
    }

    // MARK: Approvals

    /// Actions of this tenant that wait for a decision, newest first; at most `limit`.
    public func pendingApprovals(limit: Int = 100) async throws(AgentError) -> [PendingApproval] {
        try await core.using { installation in
            let records = try await installation.store.approvals(
                status: .pending, limit: max(0, limit), scope: scope)
            var approvals: [PendingApproval] = []
            for record in records where record.status == .pending {
                approvals.append(
                    PendingApproval(
                        try await ApprovalDocument.read(record, runtime: installation.runtime, scope: scope)))
            }
            return approvals
        }
    }

    /// Approves an action, or confirms it when it waits for its principal. The caller has made sure that it is this
    /// person who decides, and that they saw the review.
    ///
    /// - Parameter arguments: other arguments, an object that fits the tool's schema. They are judged again, and may need
    ///   another approval.
    /// - Throws: `AgentError`: `forbidden` for a person who may not decide, `conflict` when another decision came first.
    public func approve(
        _ approval: String, by person: Principal, arguments: JSONValue? = nil
    ) async throws(AgentError) {
        try await decide(approval, arguments.map { .edit($0.text) } ?? .approve, by: person)
    }

    /// Rejects an action; the run reads the reason and goes on without it. Throws as `approve` does.
    public func reject(_ approval: String, by person: Principal, reason: String) async throws(AgentError) {
        try await decide(approval, .reject(reason: reason), by: person)
    }

    private func decide(
        _ approval: String, _ decision: PersonDecision, by person: Principal
    ) async throws(AgentError) {
        try await core.using { installation in
            _ = try await installation.runtime.decide(
                try ApprovalID(parsing: approval), decision, by: person, scope: scope)
        }
    }

    // MARK: HTTP

    /// The control API as this host serves it.
    public struct API: Sendable, Hashable {
        /// Such as `http://127.0.0.1:7340`.
        public let address: String
        /// The key of the first operator, the first time this store is served: shown once, every scope. Also in the file
        /// `first-key` beside the store.
        public let firstKey: String?
    }

    /// Serves the control API, exactly as `ballast serve` does, until the host is closed. Returns once it listens.
    ///
    /// - Parameter port: 0 takes a free one.
    /// - Throws: `AgentError`: `unavailable` for an address that is in use or not this machine's.
    public func serve(host: String = "127.0.0.1", port: Int = 7340) async throws(AgentError) -> API {
        try await AgentError.wrapping { try await core.serve(host: host, port: port) }
    }

    // MARK: End

    /// Takes no more work, lets what is under way end for as long as the grace says, and gives the store back. Runs that
    /// are not over go on at the next `open`. Calling it again waits for the same end.
    public func close() async { await core.close() }
}

extension NativeTool {
    /// Says all that is wrong with the tools, not only the first.
    static func check(_ tools: [NativeTool]) throws(AgentError) {
        let twice = Dictionary(grouping: tools, by: \.name).filter { $0.value.count > 1 }.keys.sorted()
        let problems = tools.compactMap(\.problem) + twice.map { "Two native tools are named `\($0)`." }
        guard problems.isEmpty else {
            throw AgentError(.configuration, problems.joined(separator: "\n"), advice: "")
        }
    }
}
