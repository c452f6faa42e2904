import BallastCore
import BallastRuntime
import HTTPTypes

/// Liveness and readiness, for whatever looks after the process.
enum HealthRoutes {
    static var operations: [APIOperation] { [live, ready] }

    private static let live = APIOperation(
        method: .get, path: "/healthz", id: "getHealth", tag: "health", summary: "The process answers.", isPublic: true,
        answers: [.json(200, "Health", "It does.")]
    ) { _ in
        .json(["status": "ok", "version": JSONValue(BallastVersion.current)])
    }

    private static let ready = APIOperation(
        method: .get, path: "/readyz", id: "getReadiness", tag: "health",
        summary: "Whether the server takes work: the store answers, runs are recovered, tools are listed.",
        isPublic: true,
        answers: [
            .json(200, "Readiness", "It takes work."), .json(503, "Readiness", "It does not; the problems say why."),
        ]
    ) { call in
        let problems = await problems(call.server)
        let checks = problems.filter { $0.blocks }
        let document: JSONValue = [
            "status": checks.isEmpty ? "ready" : "not_ready", "version": JSONValue(BallastVersion.current),
            "problems": .array(problems.map(\.document)), "configuration": configuration(call.server.configuration),
        ]
        return .json(document, status: checks.isEmpty ? 200 : 503)
    }

    private struct Finding {
        let check: String
        let code: String
        let detail: String
        /// False for what only narrows the service.
        var blocks = true

        var document: JSONValue {
            [
                "check": JSONValue(check), "code": JSONValue(code), "detail": JSONValue(detail),
                "blocks": .bool(blocks),
            ]
        }
    }

    private static func problems(_ server: APIContext) async -> [Finding] {
        var found: [Finding] = []
        do {
            try await server.runtime.store.check()
        } catch {
            found.append(Finding(check: "store", code: error.code.name, detail: error.description))
        }
        if let failure = server.runtime.storeError, found.isEmpty {
            found.append(Finding(check: "store", code: failure.code.name, detail: failure.description))
        }
        if found.isEmpty, let detail = server.readiness.recentStoreFailure(at: server.runtime.clock.monotonic) {
            found.append(Finding(check: "store", code: "unavailable", detail: detail, blocks: false))
        }
        found += stage(server.readiness)
        found += tools(server.tools)
        found += runs(server.runtime)
        found += staleness(server.configuration)
        found += breakers(server.runtime)
        return found
    }

    /// What rests after failures; its name is told to callers with a key.
    private static func breakers(_ runtime: AgentRuntime) -> [Finding] {
        let open = runtime.breakers.standing(now: runtime.clock.monotonic).count { $0.state != .closed }
        guard open > 0 else { return [] }
        return [
            Finding(
                check: "breakers", code: "open",
                detail: "\(open) \(open == 1 ? "tool or model rests" : "tools or models rest") after failures: "
                    + "`ballast breakers`.",
                blocks: false)
        ]
    }

    /// Files that are not in force: the places of what is wrong; the words are told to callers with a key.
    private static func staleness(_ desk: ConfigurationDesk) -> [Finding] {
        guard let refusal = desk.standing.refusal else { return [] }
        let places = refusal.complaints.prefix(3).map(\.place).joined(separator: ", ")
        return [
            Finding(
                check: "configuration", code: "stale",
                detail:
                    "The files do not load (\(places)); what was in force before still is. `ballast reload` says why.",
                blocks: false)
        ]
    }

    private static func configuration(_ desk: ConfigurationDesk) -> JSONValue {
        let standing = desk.standing
        return [
            "state": JSONValue(standing.state), "hash": JSONValue(standing.hash),
            "loaded_at": JSONValue(standing.loadedAt.rfc3339),
            "diagnostics": .array((standing.refusal?.complaints ?? []).map { JSONValue($0.place) }),
        ]
    }

    /// Runs that stand still until somebody mends what is wrong; why is told to callers with a key.
    private static func runs(_ runtime: AgentRuntime) -> [Finding] {
        let count = runtime.quarantinedRuns.count
        guard count > 0 else { return [] }
        return [
            Finding(
                check: "runs", code: "quarantined",
                detail: "\(count) \(count == 1 ? "run stands" : "runs stand") still: `ballast runs --quarantined`.",
                blocks: false)
        ]
    }

    private static func stage(_ readiness: Readiness) -> [Finding] {
        if readiness.isStopping {
            return [Finding(check: "server", code: "stopping", detail: "The server is stopping.")]
        }
        var found: [Finding] = []
        if let failure = readiness.recoveryFailure {
            found.append(Finding(check: "recovery", code: failure.code.name, detail: failure.description))
        } else if !readiness.isRecovered {
            found.append(
                Finding(
                    check: "recovery", code: "in_progress", detail: "Runs of an earlier server are being recovered."))
        }
        if !readiness.areToolsListed {
            found.append(Finding(check: "tools", code: "in_progress", detail: "Tools are being listed."))
        }
        return found
    }

    /// Only names and codes: this answer needs no key, and a provider's own words may hold anything.
    private static func tools(_ directory: ToolDirectory) -> [Finding] {
        directory.standings.sorted { $0.key < $1.key }.compactMap { provider, standing in
            guard case .failed(let failure) = standing else { return nil }
            return Finding(
                check: "tools", code: failure.code.name, detail: "The tools of \(provider) are not available.",
                blocks: false)
        }
    }
}
