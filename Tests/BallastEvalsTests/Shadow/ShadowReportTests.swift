import BallastCore
import BallastEvals
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("What shadows said of recorded actions is summed up")
struct ShadowReportTests {
    private static let hash = [UInt8](repeating: 9, count: 16)
    private static let shadows = [ShadowReport.Shadow(agent: "worker", name: "other", policy: hash)]

    /// Runs that write and pay, beside a shadow that forbids to write and lets pay.
    private func stage(hash: [UInt8] = hash) throws -> Stage {
        var workshop = Workshop()
        workshop.tool("look", .safe) { _ in .result(ToolResult(content: "{}")) }
        workshop.tool("write", .safe) { _ in .result(ToolResult(content: "{}")) }
        workshop.tool("pay", .dangerous) { _ in .result(ToolResult(content: "{}")) }
        workshop.model { request in
            guard !request.messages.contains(where: { $0.role == .tool }),
                let part = request.messages.last?.parts.first,
                case .text(let tool) = part
            else { return .says("done") }
            return .calls([(tool, "{}")])
        }
        workshop.shadow = ShadowPolicy(
            name: "other",
            policy: Policy(
                classes: ["look": .safe, "write": .safe, "pay": .risky],
                rules: [PolicyRule(id: "no-writing", action: .deny, scope: RuleScope(tools: ["write"]))], hash: hash))
        return try Stage(workshop)
    }

    private func report(
        _ stage: Stage, shadows: [ShadowReport.Shadow] = shadows, since: Timestamp? = nil
    ) throws -> ShadowReport {
        var report = ShadowReport(shadows: shadows, since: since)
        try report.read(try MemoryArchive(stage), ArchiveFilter())
        return report
    }

    @Test("by tool and rule: agreed, stricter, looser, each with an example")
    func sums() throws {
        let stage = try stage()
        let runs = try ["look", "look", "write", "pay", "look"].map { try stage.start($0) }
        let report = try report(stage)
        #expect(report.count(.agreed) == 3 && report.count(.stricter) == 1 && report.count(.looser) == 1)
        #expect(report.differs)
        let rules = report.document["rules"]?.array ?? []
        #expect(rules.map { $0["tool"]?.string } == ["pay", "write", "look"], "what differs comes first")
        #expect(rules[1]["rule"] == "no-writing" && rules[1]["stricter"] == 1)
        let example = rules[1]["examples"]?["stricter"]
        #expect(example?["action_id"]?.string == ActionID(run: runs[2], ordinal: 1).description)
        #expect(example?["in_force"]?["outcome"] == "allow" && example?["shadow"]?["outcome"] == "deny")
        #expect(rules[0]["examples"]?["looser"]?["shadow"]?["outcome"] == "confirm")
    }

    @Test("the same from a server's store as from the archive")
    func store() throws {
        let stage = try stage()
        for task in ["look", "write", "pay"] { _ = try stage.start(task) }
        let scope = stage.scope
        let shadows = ShadowReportTests.shadows
        let served = try stage.perform { runtime in
            var report = ShadowReport(shadows: shadows)
            try await report.read(runtime.store, scope: scope, agent: nil, since: nil)
            return report.document
        }
        #expect(try served == report(stage).document)
    }

    @Test("what an earlier shadow said is only counted, and what is older than asked for is not")
    func others() throws {
        let stage = try stage(hash: Array(repeating: 5, count: 16))
        _ = try stage.start("write")
        let report = try report(stage)
        #expect(!report.differs && report.document["actions"] == 0)
        #expect(report.document["under_other_shadows"] == 1)
        let later = try self.report(stage, since: stage.clock.now.adding(milliseconds: 1))
        #expect(later.document["under_other_shadows"] == 0)
    }

    @Test("a backtest passes over what shadows said")
    func backtest() throws {
        let stage = try stage()
        for task in ["look", "write", "pay"] { _ = try stage.start(task) }
        let policy = Policy(classes: ["look": .safe, "write": .safe, "pay": .dangerous])
        let test = Backtest(
            archive: try MemoryArchive(stage), masterKey: PlayedDesk.masterKey,
            candidate: Candidate(policies: ["worker": policy]), options: Backtest.Options())
        let report = try stage.perform { _ in try await test.run() }
        #expect(report.document["decisions"] == 3 && report.document["flipped"] == 0)
    }
}
