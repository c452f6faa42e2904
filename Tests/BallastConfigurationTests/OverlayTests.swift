import BallastConfiguration
import BallastCore
import BallastPolicy
import BallastRuntime
import Foundation
import Testing

@Suite("A policy is several files, and stricter in one environment than in another")
struct OverlayTests {
    private static let production = "policies/overlays/production/support.yaml"
    private static let server = (Files.sound["ballast.yaml"] ?? "") + "\nenvironment: production\n"

    private func policy(_ changes: [String: String]) throws -> Policy {
        try #require(try Files.load(changes).agents["support"]?.policy)
    }
    private func overlaid(_ text: String) -> [String: String] {
        ["ballast.yaml": OverlayTests.server, OverlayTests.production: text]
    }

    // MARK: Includes

    @Test("an included file belongs to every policy that includes it, once")
    func include() throws {
        let sound = Files.sound["policies/support.yaml"] ?? ""
        let policy = try policy([
            "policies/support.yaml": "include: [common, mail]\n" + sound,
            "policies/mail.yaml": "include: common\nclasses: { risky: [send_email] }",
            "policies/common.yaml": "rules: [{ id: nobody, deny: void_refund }]",
        ])
        #expect(policy.rules.map(\.id) == ["by-leads", "nobody"])
        #expect(policy.toolClass(of: "send_email") == .risky)
    }

    @Test("files that include each other, and a file that is not there, are refused with their place")
    func circle() {
        let sound = Files.sound["policies/support.yaml"] ?? ""
        let circle = Files.complaints([
            "policies/support.yaml": sound + "\ninclude: mail", "policies/mail.yaml": "include: [support]",
        ])
        #expect(circle.contains { $0.hasPrefix("policies/mail.yaml:1:11: support includes mail includes support.") })
        let missing = Files.complaints(["policies/support.yaml": "include: [male]\n" + sound])
        #expect(missing.contains { $0.hasPrefix("policies/support.yaml:1:11: there is no policy `male`") })
    }

    // MARK: Overlays

    @Test("an overlay holds in its environment and nowhere else, and is part of the policy's hash")
    func environment() throws {
        let text = """
            classes: { dangerous: [lookup_order] }
            tools:
              issue_refund:
                limits: [{ sum: amount, at_most: 100.00 USD, per: tenant, every: day }]
            rules: [{ id: none-at-all, deny: void_refund }]
            """
        let here = try policy(overlaid(text))
        #expect(here.toolClass(of: "lookup_order") == .dangerous)
        #expect(here.rules(for: "issue_refund").limits.count == 1)
        #expect(here.rules(for: "issue_refund").undo != nil, "what is stated elsewhere stays")
        #expect(here.rules.map(\.id) == ["by-leads", "none-at-all"])
        let elsewhere = try policy([OverlayTests.production: text])
        let without = try policy([:])
        #expect(elsewhere.hash == without.hash && elsewhere.toolClass(of: "lookup_order") == .safe)
        #expect(here.hash != without.hash)
    }

    @Test(
        "what could also loosen is refused with its place, in every environment",
        arguments: [
            (
                "rules: [{ id: r, relax: issue_refund to confirm, owner: o, reason: r, expires: 2030-01-01 }]",
                "an overlay does not relax"
            ),
            ("tools: { issue_refund: { repeat: naturally } }", "an overlay does not state `repeat` of a tool"),
            ("include: support", "an overlay includes no other file"),
        ])
    func shape(text: String, complaint: String) {
        for changes in [overlaid(text), [OverlayTests.production: text]] {
            let found = Files.complaints(changes).filter { $0.hasPrefix(OverlayTests.production + ":1:") }
            #expect(found.contains { $0.contains(complaint) && $0.contains("could also loosen") }, "\(found)")
        }
    }

    @Test(
        "what is not stricter than what it tightens is refused with its place",
        arguments: [
            ("classes: { risky: [issue_refund] }", "`issue_refund` is dangerous, and risky is less"),
            ("classes: { risky: [send_email] }", "`send_email` stands in no class of what this tightens"),
            ("tools: { send_email: { limits: [{ count: at_most 1, per: run }] } }", "`send_email` stands in no class"),
            (
                "tools: { issue_refund: { limits: [{ count: at_most 9, per: run }] } }",
                "the limit of issue_refund that counts count/run/total is not lower"
            ),
            (
                "rules: [{ id: r, require: { approve: others }, when: { tool: issue_refund } }]",
                "`others` would be asked where the rule `by-leads` asks another group"
            ),
            (
                "classes: { dangerous: [find_refund] }",
                "the rule `reads` holds for safe tools and not for dangerous ones"
            ),
        ])
    func notStricter(text: String, complaint: String) {
        let base = (Files.sound["policies/support.yaml"] ?? "").replacingOccurrences(
            of: "money: { amount: USD }", with: "money: { amount: USD }\n    limits: [{ count: at_most 9, per: run }]")
        var changes = overlaid(text)
        changes["policies/support.yaml"] = base + "\n  - { id: reads, require: confirm, when: { class: safe } }\n"
        changes["people.yaml"] = (Files.sound["people.yaml"] ?? "") + "\n  others: [lead:tomas]\n"
        let found = Files.complaints(changes)
        #expect(
            found.contains { $0.hasPrefix(OverlayTests.production + ":1:") && $0.contains(complaint) }, "\(found)")
    }

    @Test("a lower limit takes the place of the one that counts the same, so that nothing is counted twice")
    func lowerLimit() throws {
        let base = (Files.sound["policies/support.yaml"] ?? "").replacingOccurrences(
            of: "money: { amount: USD }", with: "money: { amount: USD }\n    limits: [{ count: at_most 9, per: run }]")
        var changes = overlaid("tools: { issue_refund: { limits: [{ count: at_most 3, per: run }] } }")
        changes["policies/support.yaml"] = base
        #expect(try policy(changes).rules(for: "issue_refund").limits.map(\.cap) == [.fixed(.integer(3))])
    }

    @Test("an overlay of a policy that is not there, or outside of an environment's folder, is refused")
    func place() {
        let stray = Files.complaints(["policies/overlays/production/suport.yaml": "rules: []"])
        #expect(stray.contains { $0.contains("there is no policy `suport`") && $0.contains("`support`?") }, "\(stray)")
        let loose = Files.complaints(["policies/overlays/support.yaml": "rules: []"])
        #expect(loose.contains { $0.contains("a folder named after its environment") }, "\(loose)")
    }
}
