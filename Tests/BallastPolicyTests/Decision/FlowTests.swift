import BallastCore
import BallastPolicy
import Testing

@Suite("What may flow into a tool and out with it is stated, and a model is not asked (R22, R26, R28)")
struct FlowTests {
    private static func policy(_ change: (inout FlowRules) throws -> Void) throws -> Policy {
        var rules = ToolRules()
        rules.money = [MoneyField(path: try Desk.path("amount"), source: .fixed(try #require(Currency(code: "USD"))))]
        try change(&rules.flow)
        return Policy(classes: Desk.classes, tools: ["send_email": rules])
    }

    private static func mail(_ arguments: JSONValue, words: [String] = []) -> PolicyFacts {
        var facts = Desk.facts("send_email", arguments)
        facts.hasReadUntrusted = false
        facts.evidence.words = words
        return facts
    }

    // MARK: Grounding

    @Test(
        "a value that the principal said, exactly and as a word of its own, is grounded",
        arguments: [
            ("O-1001", "Please refund O-1001.", true), ("O-1001", "Refund O-10011", false),
            ("O-1001", "Refund XO-1001", false),
            ("O-1001", "Refund O-1001-B", false), ("O-1001", "refund (O-1001), now", true),
            ("O-1001", "refund o-1001", false),
            ("O-1001", "O-1001", true), ("ana@example.com", "mail ana@example.com!", true),
            ("ana@example.com", "mail ana@example.com.evil.test", false),
            ("ana@example.com", "mail bad-ana@example.com", false),
            ("ana@example.com", "mail ana@example.com@evil.test", false), ("Müller", "an Müller bitte", true),
            ("ller", "an Müller bitte", false), ("", "anything", false), (" ", "any thing", false),
            ("/tmp/x", "rm /tmp/x/y", false),
        ])
    func spoken(value: String, words: String, isGrounded: Bool) throws {
        let policy = try Self.policy {
            $0.groundings = [Grounding(argument: try Desk.path("to"), sources: [.principal])]
        }
        let decision = policy.decide(Self.mail(["to": JSONValue(value)], words: ["hello", words]))
        #expect((decision.code != .grounding) == isGrounded)
    }

    @Test(
        "an amount is grounded in what people call it, in its own currency",
        arguments: [
            ("refund me 20 dollars", true), ("$20 please", true), ("20.00 USD", true), ("USD 20", true),
            ("I want 20", true),
            ("about $20.", true), ("20 EUR", false), ("€20", false), ("2000", false), ("$20.01", false), ("-20", false),
            ("O-2000", false), ("twenty", false), ("1,020", false),
        ])
    func amounts(words: String, isGrounded: Bool) throws {
        let policy = try Self.policy {
            $0.groundings = [Grounding(argument: try Desk.path("amount"), sources: [.principal])]
        }
        let decision = policy.decide(Self.mail(["amount": 2000], words: [words]))
        #expect((decision.code != .grounding) == isGrounded)
    }

    @Test("a field of a tool's answer grounds an equal value, of the same tool and field only; each element counts")
    func answers() throws {
        let policy = try Self.policy {
            $0.groundings = [
                Grounding(
                    argument: try Desk.path("order_id"),
                    sources: [.principal, .field(tool: "lookup_order", try Desk.path("id"))]),
                Grounding(
                    argument: try Desk.path("amount"),
                    sources: [.field(tool: "lookup_order", try Desk.path("total_cents"))]),
            ]
        }
        func code(_ arguments: JSONValue) -> DecisionCode {
            var facts = Self.mail(arguments, words: ["refund O-9"])
            facts.evidence.answers["lookup_order"] = [
                ["id": "O-1", "note": "O-2", "total_cents": 4200], ["id": ["O-3", "O-4"]],
            ]
            facts.evidence.answers["read_email"] = [["id": "O-5"]]
            return policy.decide(facts).code
        }
        #expect(code(["order_id": "O-1"]) == .classFloor)
        #expect(code(["order_id": "O-4"]) == .classFloor)
        #expect(code(["order_id": ["O-1", "O-9"]]) == .classFloor)
        #expect(code(["order_id": "O-2"]) == .grounding)
        #expect(code(["order_id": "O-5"]) == .grounding)
        #expect(code(["order_id": ["O-1", "O-2"]]) == .grounding)
        #expect(code(["order_id": []]) == .grounding)
        #expect(code(["order_id": true]) == .grounding)
        #expect(code(["amount": 4200]) == .classFloor)
        #expect(code(["amount": 4201]) == .grounding)
        #expect(code([:]) == .classFloor, "what is not given is nobody's invention")
    }

    @Test("a refusal names the value and where it should have come from")
    func sentence() throws {
        let policy = try Self.policy {
            $0.groundings = [
                Grounding(
                    argument: try Desk.path("to"),
                    sources: [.principal, .field(tool: "lookup_order", try Desk.path("email"))])
            ]
        }
        let decision = policy.decide(Self.mail(["to": "eve@evil.test"]))
        #expect(decision.rule == "grounded:to")
        #expect(
            decision.explanation.contains(
                "to \"eve@evil.test\" occurs nowhere in the principal's own words or email of what lookup_order answered"
            ))
    }

    // MARK: Labels

    @Test("untrusted text decides no untainted argument, unless its value is grounded elsewhere")
    func untainted() throws {
        let policy = try Self.policy {
            $0.untainted = [try Desk.path("to")]
            $0.groundings = [Grounding(argument: try Desk.path("to"), sources: [.principal])]
        }
        var facts = Self.mail(["to": "ana@example.com"], words: ["write to ana@example.com"])
        facts.labels["to"] = Label([.model, .untrustedTool])
        facts.hasReadUntrusted = true
        #expect(policy.decide(facts).code == .classFloor)
        facts.evidence.words = []
        #expect(policy.decide(facts).code == .flow)
        #expect(policy.flowDecision(facts)?.code == .flow, "nothing needs to be fetched for it")
        facts.labels = [:]
        #expect(policy.flowDecision(facts)?.code == .flow, "what is not known is not trusted")
        facts.labels["to"] = Label([.claimed])
        facts.hasReadUntrusted = false
        #expect(policy.flowDecision(facts)?.code == .flow)
        facts.labels["to"] = Label([.model])
        #expect(policy.flowDecision(facts) == nil, "a model that has read nothing untrusted may choose")
        facts.hasReadUntrusted = nil
        #expect(policy.flowDecision(facts)?.code == .flow)
    }

    @Test("nothing is told to more people than may see what the run has read")
    func readers() throws {
        let policy = try Self.policy { $0.readers = .tenant }
        var facts = Self.mail(["to": "ana@example.com"])
        #expect(policy.flowDecision(facts)?.code == .flow, "unknown counts as everything")
        facts.mostConfidentialRead = .tenant
        #expect(policy.flowDecision(facts) == nil)
        facts.mostConfidentialRead = .principal
        let refusal = try #require(policy.flowDecision(facts))
        #expect(refusal.code == .flow)
        #expect(refusal.explanation.contains("only the principal may see"))
    }

    // MARK: Destinations and content

    @Test("a destination is one of the places that are allowed, every element of a list")
    func destinations() throws {
        let policy = try Self.policy {
            let to = try Desk.path("to")
            $0.destinations = [
                Destination(argument: to, conditions: [.argument(to, .domainIn([try Desk.domain("example.com")]))])
            ]
        }
        func code(_ to: JSONValue) -> DecisionCode? { policy.flowDecision(Self.mail(["to": to]))?.code }
        #expect(code("ana@example.com") == nil)
        #expect(code(["ana@example.com", "bo@example.com"]) == nil)
        #expect(code(["ana@example.com", "eve@evil.test"]) == .destination)
        #expect(code("ana@example.com.evil.test") == .destination)
        #expect(code([]) == .destination)
        #expect(code(7) == .destination)
        #expect(policy.flowDecision(Self.mail(["subject": "x"])) == nil)
    }

    @Test("secrets leave with no tool that was not given them by name; personal data where the policy says so")
    func content() throws {
        let card = "my card is 4111 1111 1111 1111"
        let plain = try Self.policy { _ in }
        let refusal = try #require(plain.flowDecision(Self.mail(["body": ["lines": [JSONValue(card)]]])))
        #expect(refusal.code == .secret)
        #expect(refusal.rule == "carries:cards")
        #expect(
            refusal.explanation == "body.lines holds a payment card's number, and that must not leave with send_email.")
        #expect(plain.flowDecision(Self.mail(["n": 4_111_111_111_111_111]))?.code == .secret, "also as a number")
        #expect(plain.flowDecision(Self.mail(["body": "write to ana@example.com"])) == nil)
        #expect(try Self.policy { $0.mayCarry = [.cards] }.flowDecision(Self.mail(["body": JSONValue(card)])) == nil)
        let shy = try Self.policy {
            let to = try Desk.path("to")
            $0.deniesPersonal = true
            $0.destinations = [Destination(argument: to, conditions: [.argument(to, .exists(true))])]
        }
        #expect(
            shy.flowDecision(Self.mail(["to": "ana@example.com", "body": "hello"])) == nil, "where it goes is known")
        #expect(shy.flowDecision(Self.mail(["to": "ana@example.com", "body": "or bo@example.com"]))?.code == .personal)
        #expect(
            Policy(classes: ["look": .safe]).flowDecision(Desk.facts("look", ["q": JSONValue(card)]))?.code == .secret)
    }

    @Test("the first reason in the guard's order names the decision")
    func rank() throws {
        let policy = try Self.policy {
            let to = try Desk.path("to")
            $0.destinations = [Destination(argument: to, conditions: [.argument(to, .isIn(["a@example.com"]))])]
            $0.groundings = [Grounding(argument: to, sources: [.principal])]
        }
        let facts = Self.mail(["to": "b@example.com", "body": "4111111111111111"])
        #expect(policy.decide(facts).code == .destination)
        #expect(policy.decide(facts).reasons.map(\.code) == [.destination, .secret, .grounding, .classFloor])
    }
}
