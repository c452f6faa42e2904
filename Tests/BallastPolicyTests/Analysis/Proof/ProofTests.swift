import BallastCore
import BallastPolicy
import Testing

@Suite("An invariant is proved, or refuted by facts that the engine lets through (R19)")
struct ProofTests {
    private func never(
        _ tool: String, _ conditions: [Condition] = [], _ outcomes: Set<Outcome> = [.allow, .confirm]
    ) -> Invariant {
        Invariant(id: "never", scope: RuleScope(tools: [tool]), conditions: conditions, outcomes: outcomes)
    }

    private func verdict(
        _ invariant: Invariant, _ rules: [PolicyRule], refund: ToolRules? = nil, schemas: [String: JSONValue] = [:],
        agent: String? = nil, steps: Int = ProofSettings.defaultSteps
    ) throws -> ProofVerdict {
        let policy = Policy(
            classes: Desk.classes, tools: ["issue_refund": try refund ?? Desk.refundRules()], rules: rules,
            never: [invariant])
        let settings = ProofSettings(now: Desk.now, agent: agent, schemas: schemas, steps: steps)
        return try #require(policy.prove(settings).first).verdict
    }

    private func example(_ verdict: ProofVerdict) throws -> PolicyFacts {
        guard case .refuted(let example) = verdict else { throw Wrong("not refuted: \(verdict)") }
        return example.facts
    }

    private func expectProved(_ verdict: ProofVerdict, _ comment: Comment = "") {
        guard case .proved = verdict else {
            Issue.record("not proved: \(verdict) \(comment)")
            return
        }
    }

    struct Wrong: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    @Test("the class's own floor proves it, and a relaxation refutes it with the amount that slips through")
    func relaxation() throws {
        let above = [try Desk.amount(.above, "500.00")]
        expectProved(try verdict(never("issue_refund", above), []))
        let ease = Desk.relax("issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "500.01")])
        let facts = try example(try verdict(never("issue_refund", above), [ease]))
        #expect(facts.arguments["amount"] == 50001)
        let exact = Desk.relax("issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "500.00")])
        expectProved(try verdict(never("issue_refund", above), [exact]))
    }

    @Test("confidence is free: a relaxation that asks for it proves nothing")
    func confidence() throws {
        let ease = Desk.relax(
            "issue_refund", to: .confirm, when: [.confidence(.atLeast, .high), try Desk.amount(.atMost, "900.00")])
        let facts = try example(try verdict(never("issue_refund", [try Desk.amount(.above, "500.00")]), [ease]))
        #expect(facts.confidence == .high)
    }

    @Test("cases that only together cover everything prove it")
    func cases() throws {
        let rules = [
            Desk.approve(
                "send_email", ApprovalRequirement(), when: [.environment(.equals("production"))], id: "live"),
            Desk.approve(
                "send_email", ApprovalRequirement(), when: [.environment(.isNotIn(["production"]))], id: "other"),
        ]
        expectProved(try verdict(never("send_email"), rules))
        let facts = try example(try verdict(never("send_email"), [rules[0]]))
        #expect(facts.environment != "production")
    }

    @Test("a rule that cannot be told denies, so what is missing or of another type never slips past it")
    func unknown() throws {
        let rules = [
            Desk.approve(
                "send_email", ApprovalRequirement(),
                when: [.argument(try Desk.path("n"), .compares(.above, .integer(5)))]),
            Desk.deny("send_email", when: [.argument(try Desk.path("n"), .compares(.atMost, .integer(5)))]),
        ]
        // An empty list has no element above five and none below.
        let facts = try example(try verdict(never("send_email"), rules))
        #expect(facts.arguments["n"] == [])
        let schema: JSONValue = ["type": "object", "properties": ["n": ["type": "integer"]]]
        expectProved(try verdict(never("send_email"), rules, schemas: ["send_email": schema]))
        let number: JSONValue = ["type": "object", "properties": ["n": ["type": ["number", "string"]]]]
        expectProved(try verdict(never("send_email"), rules, schemas: ["send_email": number]))
    }

    @Test("a list may meet two conditions with two elements, which no single value does")
    func lists() throws {
        let path = try Desk.path("n")
        let between: [Condition] = [
            .argument(path, .compares(.atLeast, .integer(5))), .argument(path, .compares(.atMost, .integer(5))),
        ]
        let rule = Desk.deny("send_email", when: [.argument(path, .equals(5))])
        let facts = try example(try verdict(never("send_email", between, [.confirm, .allow, .approve]), [rule]))
        #expect(facts.arguments["n"]?.array?.count == 2)
        let schema: JSONValue = ["type": "object", "properties": ["n": ["type": "integer"]]]
        expectProved(
            try verdict(
                never("send_email", between, [.confirm, .allow, .approve]), [rule], schemas: ["send_email": schema]))
    }

    @Test("addresses: a prefix, a suffix and a domain are told apart exactly")
    func addresses() throws {
        let to = try Desk.path("to")
        let domain = try Desk.domain("example.com")
        let outside = [Condition.argument(to, .domainNotIn([domain]))]
        let deny = Desk.deny("send_email", when: [.argument(to, .domainNotIn([domain]))])
        let all: Set<Outcome> = [.allow, .confirm, .approve]
        expectProved(try verdict(never("send_email", outside, all), [deny]))
        // The suffix of a text is not the domain of an address: letters of another case are the same domain.
        let suffix = Desk.deny("send_email", when: [.argument(to, .hasSuffix("@example.com"))])
        let inside = [Condition.argument(to, .domainIn([domain]))]
        let facts = try example(try verdict(never("send_email", inside, all), [suffix]))
        #expect(facts.arguments["to"]?.string?.lowercased().hasPrefix("ana@example.com") == true)
        expectProved(try verdict(never("send_email", [.argument(to, .hasSuffix("@evil.test"))], all), [deny]))
    }

    @Test("an argument that must be the principal's own is compared with every attribute that there may be")
    func ownership() throws {
        let to = try Desk.path("to")
        let deny = Desk.deny(
            "send_email", when: [.argumentIsAttribute(to, attribute: "email", isEqual: false)])
        let other = [Condition.argumentIsAttribute(to, attribute: "email", isEqual: false)]
        let all: Set<Outcome> = [.allow, .confirm, .approve]
        expectProved(try verdict(never("send_email", other, all), [deny]))
        let outside = [Condition.argument(to, .domainNotIn([try Desk.domain("example.com")]))]
        let facts = try example(try verdict(never("send_email", outside, all), [deny]))
        #expect(facts.arguments["to"]?.string == facts.attributes["email"])
    }

    @Test("time runs on from now: a relaxation holds until its day, and one that is over never again")
    func time() throws {
        let over = Desk.relax(
            "send_email", to: .allow, when: [], expires: Desk.now.adding(milliseconds: -1), id: "over")
        expectProved(try verdict(never("send_email", [], [.allow]), [over]))
        let holds = Desk.relax("send_email", to: .allow, when: [], id: "holds")
        let facts = try example(try verdict(never("send_email", [], [.allow]), [over, holds]))
        #expect(facts.now < Desk.later)
    }

    @Test("statements of the tool count: what is over the bound of one action is never let through")
    func statements() throws {
        var refund = try Desk.refundRules()
        let ease = Desk.relax("issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "900.00")])
        let large = never("issue_refund", [try Desk.amount(.above, "500.00")])
        refund.magnitudes = [
            MagnitudeRule(subject: .argument(try Desk.path("amount")), atMost: .money(try Desk.usd("500.00")))
        ]
        expectProved(try verdict(large, [ease], refund: refund))
        refund.magnitudes = []
        let owner = try #require(ValueReference("lookup_order(order_id).customer_id"))
        refund.entitlements = [
            Entitlement(argument: try Desk.path("order_id"), owner: owner, attribute: "customer_id")
        ]
        let total = try #require(ValueReference("lookup_order(order_id).total"))
        refund.limits = [
            LimitRule(
                measure: .sum(try Desk.path("amount")), cap: .reference(total),
                per: .argument(try Desk.path("order_id")), every: .total)
        ]
        let facts = try example(try verdict(large, [ease], refund: refund))
        #expect(facts.groundTruth.count == 1)
        #expect(facts.attributes["customer_id"] != nil)
    }

    @Test("what may flow into the tool counts: an argument that must be said is said in the counterexample")
    func flow() throws {
        var refund = try Desk.refundRules()
        let ease = Desk.relax("issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "900.00")])
        let large = never("issue_refund", [try Desk.amount(.above, "500.00")])
        refund.flow.groundings = [
            Grounding(argument: try Desk.path("amount"), sources: [.principal]),
            Grounding(
                argument: try Desk.path("order_id"), sources: [.field(tool: "lookup_order", try Desk.path("id"))]),
        ]
        let facts = try example(try verdict(large, [ease], refund: refund))
        #expect(facts.evidence.words == ["500.01 USD"])
        let untrusted = Condition.label(try Desk.path("order_id"), isUntrusted: true)
        expectProved(try verdict(never("issue_refund", [untrusted]), [ease], refund: refund))
        refund.flow.groundings = []
        refund.flow.untainted = [try Desk.path("order_id")]
        let written = try example(try verdict(never("issue_refund", [untrusted]), [ease], refund: refund))
        #expect(written.hasReadUntrusted == false)
        expectProved(try verdict(never("issue_refund", [untrusted, .readUntrusted(true)]), [ease], refund: refund))
        refund.flow.destinations = [
            Destination(
                argument: try Desk.path("order_id"),
                conditions: [.argument(try Desk.path("order_id"), .hasPrefix("O-"))])
        ]
        let other = Condition.argument(try Desk.path("order_id"), .equals("X-1"))
        expectProved(try verdict(never("issue_refund", [other]), [ease], refund: refund))
    }

    @Test("an outcome in the middle can be ruled out alone, and an agent alone")
    func middle() throws {
        let approve = Desk.approve("send_email", ApprovalRequirement())
        expectProved(try verdict(never("send_email", [], [.confirm]), [approve]))
        _ = try example(try verdict(never("send_email", [], [.approve]), [approve]))
        let deny = PolicyRule(
            id: "no", action: .deny, scope: RuleScope(tools: ["send_email"], agents: ["support"]))
        let all: Set<Outcome> = [.allow, .confirm, .approve]
        expectProved(try verdict(never("send_email", [], all), [deny], agent: "support"))
        #expect(try example(try verdict(never("send_email", [], all), [deny])).agent != "support")
    }

    @Test("a search that may not go on says so, and proves nothing")
    func budget() throws {
        let rules = try (0..<40).map { number in
            Desk.deny(
                "send_email",
                when: try (0..<6).map {
                    .argument(try Desk.path("f\($0)"), .isNotIn([JSONValue("v\((number + $0) % 7)")]))
                },
                id: "r\(number)")
        }
        guard case .unproved(let reason) = try verdict(never("send_email"), rules, steps: 5) else {
            throw Wrong("it was decided within five steps")
        }
        #expect(reason == "the search was stopped at its limit of steps")
    }
}
