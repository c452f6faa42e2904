import BallastCore
import Foundation
import GRDB
import Testing

@Suite("Taking a run over with the built program", .serialized)
struct TakeoverProgramTests {
    private func json(_ end: Program.End) throws -> JSONValue { try JSONReader.read(end.output) }

    private func until<Value>(_ body: () throws -> Value?) async throws -> Value {
        for _ in 0..<200 {
            if let value = try body() { return value }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CancellationError()
    }

    @Test("a refund is done by hand with a form and another's approval, over a crash, and stands once (R57)")
    func refund() async throws {
        let installation = try Installation(port: 19_000 + Int.random(in: 0..<900))
        try installation.write(
            "people.yaml",
            """
            principals:
              customer:ana: { name: Ana, customer_id: C-7 }
              operator:first-key: { name: Operator }
              reviewer:fatima: { name: Fatima }
            groups:
              finance: [reviewer:fatima]

            """)
        try installation.start()
        defer { installation.stop() }
        try #require(await installation.ready(), "\(installation.log)")
        let url = "http://127.0.0.1:\(installation.port)"
        let program = Program(folder: installation.folder.appending(path: "home"), url: url, key: installation.key)
        let key = try program(
            "key", "create", "--name", "review", "--principal", "reviewer:fatima", "--scopes", "approve")
        let fatima = Program(
            folder: installation.folder.appending(path: "fatima"), url: url,
            key: key.output.trimmingCharacters(in: .whitespacesAndNewlines))

        let started = try program(
            "run", "refunder", "refund 20.00 USD for order O-1001", "--as", "customer:ana", "--detach", "--json")
        let run = try #require(try json(started)["run_id"]?.string, "\(started.output)\(started.complaints)")
        _ = try await until { try json(program("approvals", "--json")).array?.first }
        #expect(try program("handoff", run, "--reason", "the customer is on the phone").status == 0)
        _ = try await until { try json(program("escalations", "--json")).array?.first }

        let sheet = try program("escalations", "show", run)
        #expect(sheet.output.contains("form 1  issue_refund (dangerous)"), "\(sheet.output)\(sheet.complaints)")
        #expect(sheet.output.contains("do it: ballast act \(run) --form 1"), "\(sheet.output)")
        #expect(try program("act", run, "--form", "1").complaints.contains("ballast claim \(run)"))
        #expect(try program("claim", run).output.contains("operator:first-key has it"))
        let asked = try program("act", run, "--form", "1", "--set", "amount=1500", "--json")
        let approval = try #require(try json(asked)["approval_id"]?.string, "\(asked.output)\(asked.complaints)")
        #expect(try program("approve", approval).status == 3, "whoever acts may not approve it")
        installation.kill()
        try installation.start()
        try #require(await installation.ready(), "\(installation.log)")
        #expect(try fatima("approve", approval).status == 0)
        let amounts = try await until {
            let amounts = try installation.desk { db in
                try Int.fetchAll(db, sql: "SELECT amount FROM refunds WHERE key IS NOT NULL")
            }
            return amounts.isEmpty ? nil : amounts
        }
        #expect(amounts == [1500])
        _ = try await until { try json(program("escalations", "--json")).array?.first }
        #expect(try program("escalations", "show", run).output.contains("by hand of operator:first-key"))
        #expect(try program("finish", run, "You have 15.00 USD back.").status == 0)
        let end = try await until {
            let document = try json(program("show", run, "--json"))
            return document["outcome"]?.isNull == false ? document["outcome"] : nil
        }
        #expect(end["text"] == "You have 15.00 USD back.\n\nOn record. Done: issue_refund (by hand).")
    }
}
