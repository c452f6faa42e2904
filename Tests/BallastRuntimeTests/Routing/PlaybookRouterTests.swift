import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("The router chooses without a model, and always the same (R04, R05)")
struct PlaybookRouterTests {
    private func playbook(_ name: String, _ triggers: String..., guards: [SlotGuard] = []) throws -> Playbook {
        Playbook(
            name: name, triggers: try triggers.map { try TriggerPattern($0) }, guards: guards,
            steps: [PlaybookStep(.end(.succeeded, say: nil))])
    }

    @Test("the first playbook of the agent that takes the message")
    func order() throws {
        let playbooks = [try playbook("a", "order {note:text}"), try playbook("b", "order {id:id}")]
        #expect(PlaybookRouter.match("order 7", playbooks: playbooks)?.playbook.name == "a")
        #expect(PlaybookRouter.match("order 7", playbooks: playbooks.reversed())?.playbook.name == "b")
        #expect(PlaybookRouter.match("where is it", playbooks: playbooks) == nil)
    }

    @Test("of its phrasings, the one that says most")
    func specificity() throws {
        let both = try playbook("a", "cancel {what:text}", "cancel order {id:id}", "cancel {id:id} {why:text}")
        let match = PlaybookRouter.match("cancel order 7", playbooks: [both])
        #expect(match?.trigger == "cancel order {id:id}")
        #expect(match?.slots == ["id": "7"])
    }

    @Test("guards on slots must hold; a slot that the phrasing lacks holds none")
    func guards() throws {
        let bound = SlotGuard(slot: "amount", test: .compares(.atMost, .money(try #require(Money("50.00 USD")))))
        let small = try playbook("small", "refund {amount:money}", "refund it", guards: [bound])
        #expect(PlaybookRouter.match("refund $50", playbooks: [small])?.playbook.name == "small")
        #expect(PlaybookRouter.match("refund $50.01", playbooks: [small]) == nil)
        #expect(PlaybookRouter.match("refund it", playbooks: [small]) == nil)
    }

    @Test(
        "a plain yes is a yes, and nothing else is (R04)",
        arguments: [
            ("yes", true), ("Yes, please.", true), ("OK!", true), ("go ahead", true), ("yes but only half", false),
            ("yes and delete C-8 too", false), ("yesterday", false), ("", false), ("no", false), ("oui", false),
        ])
    func yes(text: String, isYes: Bool) {
        #expect(PrincipalWords.isYes(text) == isYes)
    }

    @Test("a plain no, and a wish to stop", arguments: ["no", "No!", "cancel", "don’t", "never mind", "stop please"])
    func no(text: String) {
        #expect(PrincipalWords.isNo(text))
        #expect(!PrincipalWords.isYes(text))
    }

    @Test(
        "a principal who asks for a person is understood (R14)",
        arguments: [
            ("talk to a human", true), ("I want to speak with a real person please", true), ("human please", true),
            ("can I talk to someone", true), ("Connect me to an agent.", true), ("get me an operator", true),
            ("the human resources ticket", false), ("is order O-1001 handled by a person", false), ("agent", false),
        ])
    func human(text: String, asks: Bool) {
        #expect(PrincipalWords.asksForHuman(text) == asks)
    }
}
