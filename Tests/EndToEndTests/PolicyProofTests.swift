import BallastCore
import Foundation
import Testing

@Suite("What policy check finds is what a server does", .serialized)
struct PolicyProofTests {
    /// Refunds above 20 dollars are approved; nothing above them runs otherwise.
    private static func policy(above bound: String) -> String {
        """
        version: 1
        classes:
          safe: [lookup_order, find_refund]
          risky: [issue_refund]
        tools:
          issue_refund:
            money: { amount: USD }
            limits:
              - { sum: amount, at_most: lookup_order(order_id).total_cents, per: order_id }
        rules:
          - id: refunds-by-finance
            require: { approve: finance, within: 24h }
            when: { tool: issue_refund, amount: { above: \(bound) USD } }
        never:
          - { id: large-refunds, tool: issue_refund, when: { amount: { above: 20.00 USD } }, outcome: [allow, confirm] }

        """
    }

    private func write(_ bound: String, _ installation: Installation) throws -> String {
        let file = installation.folder.appending(path: "policies/refunder.yaml")
        try Data(PolicyProofTests.policy(above: bound).utf8).write(to: file)
        return file.path
    }

    /// The status in which a refund of this amount rests.
    private func status(ofRefunding words: String, _ installation: Installation, _ program: Program) async throws
        -> String
    {
        let end = try program("run", "refunder", "refund \(words) USD for order O-1001", "--as", "customer:ana")
        #expect(end.status == 0, "\(end.complaints)")
        return try JSONReader.read(try program("runs", "--json").output)[0]?["status"]?.string ?? ""
    }

    @Test("a proved policy is changed in one rule, and its counterexample really passes a running server")
    func counterexample() async throws {
        let installation = try Installation(port: 18_000 + Int.random(in: 0..<900))
        let folder = installation.folder.path
        let offline = Program(folder: installation.folder.appending(path: "home"), url: "http://127.0.0.1:1")
        let old = try write("20.00", installation)
        let proved = try offline("policy", "check", folder)
        #expect(proved.status == 0, "\(proved.output)\(proved.complaints)")
        #expect(proved.output.contains("proved       large-refunds"))
        let kept = installation.folder.appending(path: "old.yaml").path
        try FileManager.default.copyItem(atPath: old, toPath: kept)

        _ = try write("30.00", installation)
        let refuted = try offline("policy", "check", folder, "--json", "--with", "{\"order_id\": \"O-1001\"}")
        #expect(refuted.status == 1)
        let found = try JSONReader.read(refuted.output)["policies"]?[0]?["never"]?[0]?["tools"]?[0]
        #expect(found?["verdict"] == "refuted")
        #expect(found?["outcome"] == "confirm")
        let call = try #require(found?["call"])
        #expect(call["arguments"] == ["amount": 2001, "order_id": "O-1001"])
        let difference = try offline("policy", "diff", kept, old)
        #expect(difference.status == 1)
        #expect(difference.output.contains("issue_refund: approve becomes confirm"))
        #expect(try offline("policy", "diff", old, kept).status == 0)

        try installation.start()
        defer { installation.stop() }
        try #require(await installation.ready(), "\(installation.log)")
        let program = Program(
            folder: installation.folder.appending(path: "home"), url: "http://127.0.0.1:\(installation.port)",
            key: installation.key)
        #expect(try await status(ofRefunding: "20.01", installation, program) == "waiting_confirm")
        #expect(try await status(ofRefunding: "30.01", installation, program) == "waiting_approval")
        // With the tools of a running server, the proof relies on their schemas.
        let known = try program("policy", "check", folder, "--json")
        #expect(try JSONReader.read(known.output)["policies"]?[0]?["never"]?[0]?["tools"]?[0]?["used_schema"] == true)
    }

    @Test("a policy that does not load is wrong use, and says where")
    func wrong() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ballast-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "wrong.yaml")
        try Data("classes: { safe: [a] }\nnever:\n  - { tool: b, outcome: [deny] }\n".utf8).write(to: file)
        let end = try Program(folder: folder)("policy", "check", file.path, "--offline")
        #expect(end.status == 2)
        #expect(end.complaints.contains("wrong.yaml:3:"))
        #expect(end.complaints.contains("`deny` is no outcome that runs"))
    }
}
