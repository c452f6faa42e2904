import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("A playbook is carried out one move at a time (R04)")
struct PlaybookInterpreterTests {
    private let slots: JSONObject = ["amount": 2000, "order_id": "O-1001"]

    @Test("calls, branches, asks for a fixed yes, and says what came of it")
    func wholeFlow() throws {
        var show = Performance(try Flow.refund(), slots: slots)
        #expect(show.next() == .call(tool: "lookup_order", arguments: ["order_id": "O-1001"], step: "order"))
        show.results["order"] = .succeeded(["status": "shipped", "total_cents": 4200])
        #expect(show.next() == .confirm("Refund 20.00 USD for order O-1001?"))
        #expect(
            show.next("yes")
                == .call(tool: "issue_refund", arguments: ["order_id": "O-1001", "amount": 2000], step: "refund"))
        show.results["refund"] = .succeeded([:])
        #expect(show.next() == .say("Done: 20.00 USD of 42.00 USD."))
        #expect(show.next() == .end(.succeeded, text: nil))
    }

    @Test("the same move comes again while its outcome is not there, as after a crash")
    func recovery() throws {
        var show = Performance(try Flow.refund(), slots: slots)
        let call = show.next()
        #expect(show.next() == call)
        show.results["order"] = .succeeded(["status": "shipped"])
        let question = show.next()
        #expect(show.next() == question)
    }

    @Test("a branch that is met ends the flow early")
    func branch() throws {
        var show = Performance(try Flow.refund(), slots: slots)
        _ = show.next()
        show.results["order"] = .succeeded(["status": "refunded"])
        #expect(show.next() == .end(.succeeded, text: "Order O-1001 is refunded already."))
    }

    @Test("no means that nothing is done; other words are asked about again, and then a person decides")
    func confirmation() throws {
        var show = Performance(try Flow.refund(), slots: slots)
        _ = show.next()
        show.results["order"] = .succeeded([:])
        _ = show.next()
        var other = show
        #expect(show.next("no") == .end(.cancelled, text: "All right, I did not go ahead."))
        #expect(
            other.next("perhaps") == .confirm("Please answer yes or no. Refund 20.00 USD for order O-1001?"))
        #expect(other.next("what do you mean") != .end(.cancelled, text: nil))
        #expect(other.next("hm") == .handOff(reason: "the answers were not understood"))
    }

    @Test("a principal who asks for a person at a question gets one (R14)")
    func human() throws {
        let ask = PlaybookStep(.ask(question: try Flow.text("Why?"), slot: "why", type: .text))
        var show = Performance(try Flow.playbook([ask, try Flow.say("Because: {why}")]))
        #expect(show.next() == .ask(question: "Why?", slot: "why"))
        #expect(show.next("talk to a human") == .handOff(reason: "the principal asked for a person"))
    }

    @Test("an answer fills its slot when it is of the slot's type")
    func ask() throws {
        let ask = PlaybookStep(
            .ask(question: try Flow.text("Which order?"), slot: "order_id", type: .id(IDShape("O-#"))))
        var show = Performance(try Flow.playbook([ask, try Flow.say("Order {order_id}.")]))
        _ = show.next()
        #expect(
            show.next("the blue one")
                == .ask(question: "I need an id such as O-1001. Which order?", slot: "order_id"))
        #expect(show.next("o-1042") == .say("Order O-1042."))
        #expect(show.slots["order_id"] == "O-1042")
    }

    @Test("a call that fails or is denied is said, and a person takes over")
    func failure() throws {
        for (result, words) in [
            (PlaybookStepResult.failed("no answer."), "lookup_order failed: no answer."),
            (.denied("not yours."), "lookup_order was not allowed: not yours."),
        ] {
            var show = Performance(try Flow.refund(), slots: slots)
            _ = show.next()
            show.results["order"] = result
            #expect(show.next() == .say("I could not finish this: \(words) A person will take over."))
            #expect(show.next() == .handOff(reason: words))
        }
    }

    @Test("a call's own steps for a failure come first, then the playbook's, and neither goes on with the flow")
    func ownFailure() throws {
        let sorry = [try Flow.say("Sorry.")]
        let call = try Flow.call("t", [], as: "r", onFailure: sorry)
        var own = Performance(try Flow.playbook([call, try Flow.say("next")]))
        _ = own.next()
        own.results["r"] = .failed("x")
        #expect(own.next() == .say("Sorry."))
        #expect(own.next() == .handOff(reason: "t failed: x"))
        var away = Performance(try Flow.playbook([call, try Flow.say("next")]))
        _ = away.next()
        away.results["r"] = .unavailable("not offered.")
        let words = "t cannot be used now: not offered."
        #expect(away.next() == .say("I could not finish this: \(words) A person will take over."))
        #expect(away.next() == .handOff(reason: words))
        var shared = Performance(
            try Flow.playbook([try Flow.call("t", [], as: "r"), try Flow.say("next")], onFailure: sorry))
        _ = shared.next()
        shared.results["r"] = .denied("x")
        #expect(shared.next() == .say("Sorry."))
        #expect(shared.next() == .handOff(reason: "a step of test failed"))
    }

    @Test("words of people and tools are data: never expanded, cut, and without marks that disguise")
    func injection() throws {
        let note: JSONValue = "{order.id} $order.id \u{202E}evil\u{0}\n"
        var show = Performance(try Flow.playbook([try Flow.say("You said: {note}!")]), slots: ["note": note])
        #expect(show.next() == .say("You said: {order.id} $order.id evil  !"))
        var long = Performance(
            try Flow.playbook([try Flow.say("{note}")]), slots: ["note": JSONValue(String(repeating: "x", count: 900))])
        #expect(long.next() == .say(String(repeating: "x", count: 500) + "…"))
    }

    @Test("arguments may be fixed, from the principal's attributes, or from earlier results; what is unknown stops")
    func arguments() throws {
        let literal = PlaybookArgument(name: "dry_run", value: .literal(true))
        let own = PlaybookArgument(name: "customer_id", value: .reference(try Flow.reference("principal.customer_id")))
        let call = PlaybookStep(.call(tool: "t", with: [literal, own], name: "r", onFailure: []))
        var show = Performance(try Flow.playbook([call, try Flow.call("u", [("id", "r.id")], as: "s")]))
        #expect(show.next() == .call(tool: "t", arguments: ["dry_run": true, "customer_id": "C-7"], step: "r"))
        show.results["r"] = .succeeded([:])
        #expect(show.next() == .handOff(reason: "u needs r.id, which is not known"))
    }

    @Test("go_to repeats steps with fresh outcomes, and a circle ends with a person")
    func loops() throws {
        let ask = PlaybookStep(.ask(question: try Flow.text("More?"), slot: "more", type: .word), label: "again")
        let again = PlaybookStep(.goTo("again"))
        var show = Performance(try Flow.playbook([ask, again]))
        var moves = 0
        var last = show.next()
        while case .ask = last, moves < 1000 {
            last = show.next("sure")
            moves += 1
        }
        #expect(last == .handOff(reason: "the playbook test took too many steps"))
        #expect(moves <= PlaybookInterpreter.maxMoves)
        var idle = Performance(try Flow.playbook([PlaybookStep(.goTo("self"), label: "self")]))
        #expect(idle.next() == .handOff(reason: "the playbook test goes round in circles"))
    }

    @Test("a cursor that fits no playbook, or is no cursor, hands over and never traps")
    func strangeCursors() throws {
        let playbook = try Flow.refund()
        for path in [
            [], [9], [1, 0, 0, 0, 7, 7], [1, 1, 0, 0, 0, 99], [1, 0, 5, 0, 0, 0, 0, 0], [1, 9, 0, 0, 0, 0],
            [-1, 2, 3, 4, 5, 6],
        ] {
            var show = Performance(playbook, slots: slots)
            show.path = path
            switch show.next("yes") {
            case .handOff, .end(.succeeded, _): break
            case let other: Issue.record("\(path) gave \(other)")
            }
        }
    }

    @Test("a cursor survives the journal")
    func encoding() throws {
        var show = Performance(try Flow.refund(), slots: slots)
        _ = show.next()
        #expect(PlaybookCursor(show.path).path == show.path)
        #expect(show.path.allSatisfy { $0 >= 0 })
    }

    @Test("how the journal says that a call ended becomes an outcome")
    func results() {
        let refusal: JSONValue = ["message": "This would exceed a limit.", "code": "guard.limit"]
        #expect(PlaybookStepResult(value: ["id": 1], text: "", end: .done) == .succeeded(["id": 1]))
        #expect(PlaybookStepResult(value: refusal, text: "{}", end: .denied) == .denied("This would exceed a limit."))
        #expect(PlaybookStepResult(value: .null, text: "boom", end: .failed) == .failed("boom"))
        let away: JSONValue = ["message": "It is not offered.", "code": "guard.unavailable"]
        #expect(PlaybookStepResult(value: away, text: "{}", end: .denied) == .unavailable("It is not offered."))
        #expect(PlaybookStepResult(value: .null, text: "gone", end: .withdrawn) == .unavailable("gone"))
        let rests: JSONValue = ["message": "It rests.", "code": "guard.breaker"]
        #expect(
            PlaybookStepResult(value: rests, text: "{}", end: .denied) == .unavailable("It rests."),
            "a tool that rests has found nothing out, so a person takes over (R57)")
        let unanswered: JSONValue = ["message": "Cannot be told.", "code": "guard.entitlement", "unanswered": true]
        #expect(
            PlaybookStepResult(value: unanswered, text: "{}", end: .denied) == .unavailable("Cannot be told."),
            "nor has one that was asked whose record it is and did not answer")
    }

    @Test("names that lead nowhere are found before any message")
    func problems() throws {
        let playbook = try Flow.playbook([
            try Flow.say("{nota} {order.id}"), PlaybookStep(.goTo("agian")),
            PlaybookStep(.end(.succeeded, say: nil), label: "again"),
        ])
        #expect(
            playbook.problems().map { "\($0.path) \($0.problem); \($0.advice)" } == [
                "[0, 0] nothing fills a slot `nota`; did you mean `note`?",
                "[0, 0] no call is named `order`, so `order.id` is never known; add `as: order` to the call",
                "[0, 1] no step is labelled `agian`; did you mean `again`?",
            ])
        #expect(try Flow.refund().problems().isEmpty)
    }
}
