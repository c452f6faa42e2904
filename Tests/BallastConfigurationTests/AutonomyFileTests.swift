import BallastConfiguration
import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("A policy states how autonomy begins and on what it may rise (R08)")
struct AutonomyFileTests {
    private static let policy = Files.sound["policies/support.yaml"] ?? ""

    private func stating(_ autonomy: String, tool: String = "void_refund") -> [String: String] {
        [
            "policies/support.yaml": "include: trust\n" + AutonomyFileTests.policy,
            "policies/trust.yaml": "tools: { \(tool): { autonomy: \(autonomy) } }",
        ]
    }
    private static let rise = "{ reviewed: 60, errors_at_most: 5%, clean_for: 14d, agreed_by: leads }"

    @Test("with its level, the widest one, and the terms of a rise")
    func read() throws {
        let rule = try Files.load(
            stating("{ start: draft, at_most: confirm, rise: \(AutonomyFileTests.rise) }")
        ).agents["support"]?.policy.rules(for: "void_refund").autonomy
        #expect(rule?.start == .draft && rule?.atMost == .confirm)
        #expect(rule?.rise?.reviewed == 60 && rule?.rise?.errorsAtMost == 500 && rule?.rise?.agreedBy == "leads")
        #expect(rule?.rise?.cleanFor == 14 * 86_400_000 && rule?.rise?.lasts == RiseTerms.defaultLasts)
    }

    @Test(
        "and what contradicts itself does not load",
        arguments: [
            ("{ start: allow, at_most: draft }", "wider than the most"),
            ("{ start: draft, at_most: confirm }", "nothing says on what evidence"),
            ("{ start: draft, at_most: allow, rise: \(AutonomyFileTests.rise) }", "to confirm at most"),
            (
                "{ start: draft, at_most: confirm, rise: { reviewed: 20, errors_at_most: 1%, clean_for: 1d, agreed_by: leads } }",
                "20 reviews without one error show no less than"
            ),
            (
                "{ start: draft, at_most: confirm, rise: { reviewed: 60, errors_at_most: 5%, clean_for: 1d, agreed_by: nobody } }",
                "people.yaml has no group `nobody`"
            ),
            ("{ start: free }", "`free`"),
        ])
    func wrong(autonomy: String, complaint: String) {
        let complaints = Files.complaints(stating(autonomy))
        #expect(complaints.contains { $0.contains(complaint) }, "\(complaints)")
    }

    @Test("and a worker has few steps, asks nobody back, and has no other agents")
    func shape() throws {
        let agent = Files.sound["agents/support.yaml"] ?? ""
        let worker = try Files.load(["agents/support.yaml": agent + "\nshape: worker\n"]).agents["support"]
        let plain = try Files.load().agents["support"]
        #expect(worker?.definition.shape == .worker)
        #expect(worker?.reference != plain?.reference)
        #expect(
            Files.complaints(["agents/support.yaml": agent + "\nshape: worker\nagents: [support]\n"]).contains {
                $0.contains("a worker gives nothing to other agents")
            })
    }
}
