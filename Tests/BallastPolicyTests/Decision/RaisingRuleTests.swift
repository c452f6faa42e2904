import BallastCore
import BallastPolicy
import Testing

@Suite("A raising rule makes a decision stricter and never looser (R19)")
struct RaisingRuleTests {
    private func outside() throws -> PolicyRule {
        Desk.deny(
            "send_email",
            when: [
                .argument(try Desk.path("to"), .domainNotIn([try Desk.domain("example.com")])),
                .label(try Desk.path("to"), isUntrusted: true),
            ], id: "no-outside-mail")
    }

    private func mail(to address: JSONValue, _ source: Label.Sources?) -> PolicyFacts {
        var facts = Desk.facts("send_email", ["to": address])
        if let source { facts.labels["to"] = Label(source) }
        return facts
    }

    @Test("denies what it describes and says what would be allowed")
    func denies() throws {
        let decision = try Desk.policy([outside()]).decide(mail(to: "eve@evil.test", .untrustedTool))
        #expect(decision.outcome == .deny)
        #expect(decision.code == .denied)
        #expect(decision.rule == "no-outside-mail")
        #expect(
            decision.wouldBeAllowed == "send_email can go ahead if to is an address at example.com "
                + "or to comes from a trusted source.")
    }

    @Test("leaves alone what fails one of its conditions, whatever is unknown beside it")
    func oneConditionFails() throws {
        let policy = try Desk.policy([outside()])
        #expect(policy.decide(mail(to: "ana@example.com", nil)).outcome == .confirm)
        #expect(policy.decide(mail(to: "eve@evil.test", .principal)).outcome == .confirm)
    }

    @Test("that cannot be evaluated denies and names the fact")
    func unknownFact() throws {
        let decision = try Desk.policy([outside()]).decide(mail(to: "eve@evil.test", nil))
        #expect(decision.outcome == .deny)
        #expect(decision.code == .cannotEvaluate)
        #expect(
            decision.explanation.hasPrefix(
                "Rule no-outside-mail cannot be evaluated: whether to comes from untrusted text cannot be told."))
    }

    @Test(
        "is not slipped past by spelling an address so that two readers disagree",
        arguments: [
            "ana@example.com, eve@evil.test", "Ana <eve@evil.test>", "ana@example.com@evil.test", "ana@example.com ",
            "ana@EXAMPLE.COM\u{0}", "ana@\u{212A}example.com", "\"a@b\"@example.com", "",
        ])
    func trickyAddresses(text: String) throws {
        #expect(try Desk.policy([outside()]).decide(mail(to: JSONValue(text), .untrustedTool)).outcome == .deny)
    }

    @Test("is met by one bad element among good ones")
    func lists() throws {
        let policy = try Desk.policy([outside()])
        let both: JSONValue = ["ana@example.com", "eve@evil.test"]
        #expect(policy.decide(mail(to: both, .untrustedTool)).outcome == .deny)
        #expect(policy.decide(mail(to: ["ana@example.com"], .untrustedTool)).outcome == .confirm)
        #expect(policy.decide(mail(to: ["ana@example.com", 7], .untrustedTool)).outcome == .deny)
    }

    @Test("asks a group, a number of people and a deadline; the strictest of several holds")
    func strictestApproval() throws {
        let policy = try Desk.policy([
            Desk.approve("issue_refund", ApprovalRequirement(group: "finance", quorum: 1, within: 3_600_000), id: "a"),
            Desk.approve(
                "issue_refund", ApprovalRequirement(group: "finance", quorum: 2),
                when: [try Desk.amount(.above, "1000.00")], id: "b"),
        ])
        let large = policy.decide(Desk.refund(100_001))
        #expect(large.approvals == [ApprovalRequirement(group: "finance", quorum: 2, within: 3_600_000)])
        #expect(large.within == 3_600_000)
        let small = policy.decide(Desk.refund(100_000))
        #expect(small.approvals == [ApprovalRequirement(group: "finance", quorum: 1, within: 3_600_000)])
        #expect(small.code == .required)
        #expect(small.wouldBeAllowed == "issue_refund runs after approval by one of finance within 1h.")
    }

    @Test("never lowers the floor of a class")
    func confirmOnDangerous() throws {
        let rule = PolicyRule(
            id: "confirm", action: .requireConfirm(within: 60_000), scope: RuleScope(classes: [.dangerous]))
        let decision = try Desk.policy([rule]).decide(Desk.refund(100))
        #expect(decision.outcome == .approve)
        #expect(decision.within == 60_000)
    }

    @Test("compares an argument with the principal's own attribute; a principal without it is denied")
    func ownAttribute() throws {
        let other = Condition.argumentIsAttribute(try Desk.path("to"), attribute: "email", isEqual: false)
        let policy = try Desk.policy([Desk.deny("send_email", when: [other])])
        var facts = mail(to: "ana@example.com", nil)
        #expect(policy.decide(facts).code == .cannotEvaluate)
        facts.attributes["email"] = "ana@example.com"
        #expect(policy.decide(facts).outcome == .confirm)
        facts.arguments = ["to": ["ana@example.com", "eve@evil.test"]]
        #expect(policy.decide(facts).code == .denied)
    }

    @Test("past its date stays in force and is reported")
    func expired() throws {
        let rule = PolicyRule(
            id: "old", action: .deny, scope: RuleScope(tools: ["send_email"]), expires: Timestamp(milliseconds: 1))
        let policy = try Desk.policy([rule])
        #expect(policy.decide(Desk.facts("send_email")).outcome == .deny)
        #expect(policy.expiredRules(at: Desk.now).map(\.id) == ["old"])
    }

    @Test("holds only for the agents it names")
    func agents() throws {
        let rule = PolicyRule(id: "night", action: .deny, scope: RuleScope(agents: ["night"]))
        #expect(try Desk.policy([rule]).decide(Desk.facts("lookup_order")).outcome == .allow)
        var facts = Desk.facts("lookup_order")
        facts.agent = "night"
        #expect(try Desk.policy([rule]).decide(facts).outcome == .deny)
    }

    @Test("looks at the principal, their attributes and groups, the tenant and the environment")
    func otherFacts() throws {
        let conditions: [Condition] = [
            .principal(.hasPrefix("customer:")), .attribute("customer_id", .equals("C-7")), .role(.isNotIn(["staff"])),
            .tenant(.isIn(["default"])), .environment(.equals("production")), .readUntrusted(true),
        ]
        let policy = try Desk.policy([Desk.deny("lookup_order", when: conditions)])
        var facts = Desk.facts("lookup_order")
        #expect(policy.decide(facts).code == .cannotEvaluate, "whether untrusted text was read is not given")
        facts.hasReadUntrusted = true
        #expect(policy.decide(facts).code == .denied)
        facts.roles = ["staff", "night-shift"]
        #expect(policy.decide(facts).outcome == .allow)
    }

    @Test(
        "follows the band of confidence: medium is confirmed, low asks the user, very low goes to a person",
        arguments: [
            (ConfidenceBand.high, Outcome.allow, NextStep?.none), (.medium, .confirm, nil),
            (.low, .deny, .askUser), (.veryLow, .deny, .escalate),
        ])
    func confidence(band: ConfidenceBand, outcome: Outcome, next: NextStep?) throws {
        let rule = Desk.relax("send_email", to: .allow, when: [.confidence(.atLeast, .high)])
        var facts = Desk.facts("send_email", ["to": "ana@example.com"])
        facts.confidence = band
        let decision = try Desk.policy([rule]).decide(facts)
        #expect(decision.outcome == outcome)
        #expect(decision.next == next)
    }
}
