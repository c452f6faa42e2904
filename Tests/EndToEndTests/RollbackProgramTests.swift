import BallastCore
import Foundation
import GRDB
import Testing

@Suite("Taking back with the built program", .serialized)
struct RollbackProgramTests {
    private func serving(
        policy: String, playbook: String, _ body: (Installation, Program, Program) async throws -> Void
    ) async throws {
        let installation = try Installation(port: 18_000 + Int.random(in: 0..<900))
        try installation.write("policies/refunder.yaml", policy)
        try installation.write("playbooks/refund.yaml", playbook)
        try installation.write("people.yaml", RollbackProgramTests.people)
        try installation.start()
        defer { installation.stop() }
        try #require(await installation.ready(), "\(installation.log)")
        let url = "http://127.0.0.1:\(installation.port)"
        let operators = Program(folder: installation.folder.appending(path: "home"), url: url, key: installation.key)
        let key = try operators(
            "key", "create", "--name", "review", "--principal", "reviewer:fatima", "--scopes", "approve")
        let reviewer = Program(
            folder: installation.folder.appending(path: "fatima"), url: url,
            key: key.output.trimmingCharacters(in: .whitespacesAndNewlines))
        try await body(installation, operators, reviewer)
    }

    /// Refunds that stand in the desk's books, and those that were voided.
    private func books(_ installation: Installation) throws -> (issued: Int, voided: Int) {
        try installation.desk { db in
            let issued = try Int.fetchOne(db, sql: "SELECT count(*) FROM refunds WHERE key IS NOT NULL") ?? 0
            let voided =
                try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM refunds WHERE key IS NOT NULL AND voided_at IS NOT NULL") ?? 0
            return (issued, voided)
        }
    }

    private func json(_ end: Program.End) throws -> JSONValue { try JSONReader.read(end.output) }

    private func start(_ program: Program, _ text: String) throws -> String {
        let started = try program("run", "refunder", text, "--as", "customer:ana", "--detach", "--json")
        return try #require(try json(started)["run_id"]?.string, "\(started.output)\(started.complaints)")
    }

    private func waiting(_ program: Program) async throws -> String {
        let approval = try await eventually {
            let list = try json(try program("approvals", "--json"))
            return (list.array ?? []).first { $0["status"]?.string == "pending" }?["approval_id"]?.string
        }
        return try #require(approval)
    }

    private func ended(_ run: String, _ program: Program) async throws -> JSONValue {
        let document = try await eventually {
            let document = try json(try program("show", run, "--json"))
            return document["outcome"]?.isNull == false ? document : nil
        }
        return try #require(document)
    }

    @Test("a refund is taken back once in the desk's books (R60)")
    func refund() async throws {
        try await serving(policy: RollbackProgramTests.strict, playbook: RollbackProgramTests.refund) {
            installation, program, reviewer in
            let run = try start(program, "refund 20.00 USD for order O-1001")
            let approval = try await waiting(program)
            let shown = try json(try program("approvals", "--json")).array?.first
            #expect(shown?["undo"]?["possible"]?.bool == true)
            #expect(shown?["undo"]?["tool"]?.string == "void_refund")
            #expect(shown?["undo"]?["with"]?["refund_id"]?.string == "$result.refund_id")
            #expect(try reviewer("approve", approval).status == 0)
            #expect(try await ended(run, program)["status"]?.string == "succeeded")
            #expect(try books(installation) == (1, 0))

            let plan = try program("rollback", run, "--dry-run")
            #expect(plan.status == 0 && plan.output.contains("void_refund {\"refund_id\":\"R-"), "\(plan.output)")
            #expect(plan.output.contains("approve (policy.required)"), "\(plan.output)")
            #expect(try books(installation) == (1, 0))

            let begun = try program("rollback", run, "--reason", "the wrong order")
            #expect(begun.status == 1 && begun.output.contains("waits for people"), "\(begun.output)")
            #expect(try program("rollback", run).status == 1, "joined")
            let undo = try await waiting(program)
            #expect(try program("approve", undo).status == 3, "whoever asked for it may not approve it")
            #expect(try reviewer("approve", undo).status == 0)
            let report = try json(try program("rollback", run, "--json"))
            let rollback = try #require(report["rollback_run_id"]?.string)
            let end = try await ended(rollback, program)
            #expect(end["outcome"]?["text"]?.string == "I took back: issue_refund.")
            #expect(try program("rollback", run).status == 0)
            #expect(try books(installation) == (1, 1))
            let effects = try program("effects", "--run", run, "--json")
            #expect(effects.output.contains("compensated"), "\(effects.output)")
            #expect(try program("show", run).output.contains("taken back: issue_refund"))
        }
    }

    @Test("ten refunds are taken back; the third fails, is said, and the rest goes on when it is asked for again (R60)")
    func ten() async throws {
        try await serving(policy: RollbackProgramTests.loose, playbook: RollbackProgramTests.tenRefunds) {
            installation, program, _ in
            let run = try start(program, "ten refunds")
            #expect(try await ended(run, program)["status"]?.string == "succeeded")
            #expect(try books(installation) == (10, 0))
            // The eighth refund, third from the end, is gone from the books for a while.
            let eighth = try installation.desk { db in
                let number = try Int.fetchOne(db, sql: "SELECT max(number) - 2 FROM refunds") ?? 0
                try db.execute(sql: "UPDATE refunds SET number = 800 WHERE number = ?", arguments: [number])
                return number
            }
            let first = try program("rollback", run)
            #expect(first.status == 1, "\(first.output)\(first.complaints)")
            #expect(first.output.contains("there is no refund R-\(eighth)"), "\(first.output)")
            #expect(try books(installation) == (10, 2))
            try installation.desk { db in
                try db.execute(sql: "UPDATE refunds SET number = ? WHERE number = 800", arguments: [eighth])
            }
            installation.kill()
            try installation.start()
            try #require(await installation.ready(), "\(installation.log)")
            let rest = try program("rollback", run)
            #expect(rest.status == 0, "\(rest.output)\(rest.complaints)")
            #expect(try books(installation) == (10, 10))
        }
    }

    private static let people = """
        principals:
          customer:ana: { name: Ana, customer_id: C-7 }
          reviewer:fatima: { name: Fatima }
          operator:first-key: { name: Operator }
        groups:
          finance: [reviewer:fatima, operator:first-key]

        """

    private static func policy(_ classes: String, _ rules: String) -> String {
        """
        version: 1
        classes:
          safe: [lookup_order, find_refund]
          \(classes)
        tools:
          lookup_order: { trusted: true }
          find_refund: { trusted: true }
          void_refund: { repeat: naturally }
          issue_refund:
            money: { amount: USD }
            repeat: never
            verify:
              tool: find_refund
              with: { key: $idempotency_key }
              happened_when: { found: true }
              lands_within: 1s
            undo: { tool: void_refund, with: { refund_id: $result.refund_id } }
        rules:
        \(rules)

        """
    }

    private static let strict = policy(
        "dangerous: [issue_refund, void_refund]",
        """
          - id: refunds-by-finance
            require: { approve: finance, within: 24h }
            when: { tool: [issue_refund, void_refund] }
        """)

    private static let loose = policy(
        "risky: [issue_refund, void_refund]",
        """
          - { id: alone, relax: issue_refund to allow, owner: tests, reason: many at once, expires: 2099-01-01 }
        """)

    private static let refund = Installation.playbook(saying: "Refunded.")

    private static let tenRefunds: String = {
        let steps = (1...10).map { number in
            "  - { call: issue_refund, with: { order_id: O-1001, amount: \(100 + number), reason: many }, as: r\(number) }"
        }
        return "triggers: [ten refunds]\nsteps:\n" + steps.joined(separator: "\n")
            + "\n  - end: succeeded\n    say: Done.\n"
    }()
}
