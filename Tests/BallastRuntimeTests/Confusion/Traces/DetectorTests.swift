import BallastCore
import BallastRuntime
import Testing

@Suite("Each way of going round in circles has its detector, and what looks like it and is work is left alone (R50)")
struct DetectorTests {
    /// Plays entries until the detector speaks.
    private func finding(_ make: (inout Trace) -> Void) -> Confusion? {
        var trace = Trace("test")
        trace.say("Please see to order O-4711.")
        make(&trace)
        return trace.alarm()?.confusion
    }

    @Test("the same call with the same error, whatever was asked in between")
    func sameError() {
        let found = finding { trace in
            for round in 0..<3 {
                trace.fail("refund", ["id": "X-1"], "locked since \(round + 3) s, request r-\(round)")
                trace.read("look", ["n": JSONValue(round)], ["answer": JSONValue(round)])
            }
        }
        #expect(found == Confusion(kind: .sameError, tool: "refund", count: 3))
        let twice = finding { trace in
            trace.fail("refund", ["id": "X-1"], "locked")
            trace.fail("refund", ["id": "X-1"], "busy")
            trace.fail("refund", ["id": "X-1"], "locked")
        }
        #expect(twice == nil)
    }

    @Test("the same error after an effect that was not had before is news, and after one that was is none")
    func advance() {
        let edits = finding { trace in
            for round in 0..<6 {
                trace.fail("run_tests", [:], "3 tests failed")
                trace.act("edit", ["text": JSONValue("version \(round)")])
            }
        }
        #expect(edits == nil)
        let sameEdit = finding { trace in
            for _ in 0..<6 {
                trace.fail("run_tests", [:], "3 tests failed")
                trace.act("edit", ["text": "the same"])
            }
        }
        #expect(sameEdit?.kind == .sameError)
    }

    @Test("slightly different calls with the same error: spelling, numbers, options, types")
    func varied() {
        let spellings: [JSONValue] = ["Ana Bell", "ana bell", "Ana  Bell.", "AnaBell", "Ana Bel"]
        let found = finding { trace in
            for name in spellings { trace.fail("find", ["name": name], "no customer \(name)") }
        }
        #expect(found?.kind == .sameErrorVaried && found?.count == 4)
        let types = finding { trace in
            for id in ["17", 17, "#17", "017"] as [JSONValue] { trace.fail("get", ["id": id], "bad id") }
        }
        #expect(types?.kind == .sameErrorVaried)
        let options = finding { trace in
            trace.fail("deploy", ["to": "live"], "unreachable")
            trace.fail("deploy", ["to": "live", "force": true], "unreachable")
            trace.fail("deploy", ["to": "live", "force": false], "unreachable")
            trace.fail("deploy", ["to": "live", "verbose": true], "unreachable")
        }
        #expect(options?.kind == .sameErrorVaried)
    }

    @Test("other things that fail alike are no variation, and ids out of an answer or the user's words are work")
    func work() {
        let ids = (0..<9).map { "O-\(100 + $0)" }
        let listed = finding { trace in
            trace.read("list", [:], ["orders": .array(ids.map { JSONValue($0) })])
            for id in ids { trace.fail("find_refund", ["order_id": JSONValue(id)], "no refund for \(id)") }
        }
        #expect(listed == nil)
        let said = finding { trace in
            trace.say("Check \(ids.joined(separator: ", ")).")
            for id in ids { trace.fail("find_refund", ["order_id": JSONValue(id)], "no refund for \(id)") }
        }
        #expect(said == nil)
        let guessed = finding { trace in
            for id in ids { trace.fail("find_refund", ["order_id": JSONValue(id)], "no refund for \(id)") }
        }
        #expect(guessed?.kind == .sameErrorVaried)
        let others = finding { trace in
            for name in ["invoice", "parking", "roadmap", "catering", "payroll", "budget"] {
                trace.fail("get_page", ["title": JSONValue(name)], "404")
            }
        }
        #expect(others == nil)
    }

    @Test("the same answer to the same question, whatever moment or request it names")
    func sameAnswer() {
        let found = finding { trace in
            for round in 0..<9 {
                trace.read("look", ["id": 1], ["total": 5, "request_id": JSONValue(round), "at": JSONValue(round)])
            }
        }
        #expect(found == Confusion(kind: .sameAnswer, tool: "look", count: 4))
        let changing = finding { trace in
            for round in 0..<9 { trace.read("look", ["id": 1], ["total": JSONValue(round)]) }
        }
        #expect(changing == nil)
    }

    @Test(
        "what says that it is under way may be asked for again",
        arguments: [
            "{\"status\":\"running\"}", "{\"job\":{\"state\":\"queued\"}}", "{\"ready\":false}", "{\"progress\":40}",
            "Still processing.", "pending",
        ])
    func pending(answer: String) {
        let found = finding { trace in
            for _ in 0..<9 { trace.read("job", ["id": 1], words: answer) }
        }
        #expect(found == nil)
    }

    @Test("the same effect, made again and again, each time with an id of its own")
    func effects() {
        var trace = Trace("refunds")
        trace.say("Please refund $20 for order O-1001.")
        for number in 2...6 {
            trace.act(
                "issue_refund", ["order_id": "O-1001", "amount": 20],
                ["refund_id": JSONValue("R-\(number)"), "order_id": "O-1001", "amount": 20, "status": "issued"])
        }
        #expect(trace.alarm()?.confusion == Confusion(kind: .sameAnswer, tool: "issue_refund", count: 4))
    }

    @Test("searches that find nothing, in ever other words")
    func nothingFound() {
        let queries = [
            "blue tent", "tent blue", "a blue tent", "blue tents", "the blue tent", "blue tent 2026", "tent, blue",
        ]
        let found = finding { trace in
            for query in queries { trace.read("search", ["q": JSONValue(query)], ["hits": []]) }
        }
        #expect(found?.kind == .nothingFound && found?.count == 6)
        let narrowing = finding { trace in
            for query in ["tent", "blue", "camping gear", "two persons", "outdoor", "sleeping", "summer"] {
                trace.read("search", ["q": JSONValue(query)], ["hits": []])
            }
        }
        #expect(narrowing == nil)
    }

    @Test("a round of calls, made three times with the same answers")
    func rounds() {
        let found = finding { trace in
            for _ in 0..<4 {
                trace.read("read", ["name": "a"], words: "see b")
                trace.read("read", ["name": "b"], words: "see c")
                trace.read("read", ["name": "c"], words: "see a")
            }
        }
        #expect(found?.kind == .rounds && found?.count == 3)
    }

    @Test("what is done, undone and done again")
    func toAndFro() {
        let found = finding { trace in
            for _ in 0..<3 {
                trace.act("set_status", ["ticket": 1, "status": "open"])
                trace.act("set_status", ["ticket": 1, "status": "closed"])
            }
        }
        #expect(found?.kind == .toAndFro)
        let verbs = finding { trace in
            for _ in 0..<3 {
                trace.act("lock_door", ["door": 1])
                trace.act("unlock_door", ["door": 1])
            }
        }
        #expect(verbs?.kind == .toAndFro)
        let trying = finding { trace in
            trace.act("enable_alarm", ["id": 1])
            trace.act("disable_alarm", ["id": 1])
            trace.act("enable_alarm", ["id": 1])
        }
        #expect(trying == nil)
        let wages = finding { trace in
            for week in 1...6 { trace.act("pay", ["to": "crew", "amount": week.isMultiple(of: 2) ? 20 : 15]) }
        }
        #expect(wages?.kind != .toAndFro)
    }

    @Test("one reply that sets the same thing to two values")
    func contradiction() {
        func finding(_ first: JSONValue, _ second: JSONValue) -> Confusion? {
            self.finding { trace in
                trace.add(
                    "", Trace.Call(tool: "set_status", arguments: first, answer: "{}", isEffect: true),
                    Trace.Call(tool: "set_status", arguments: second, answer: "{}", isEffect: true))
            }
        }
        let both = finding(["ticket": 1, "status": "open"], ["ticket": 1, "status": "closed"])
        #expect(both == Confusion(kind: .contradiction, tool: "set_status", count: 2))
        #expect(finding(["ticket": 1, "status": "open"], ["ticket": 2, "status": "closed"]) == nil)
        #expect(finding(["ticket": 1, "status": "open"], ["ticket": 2, "status": "open"]) == nil)
        #expect(finding(["row": 1, "text": "a"], ["row": 1, "text": "b"]) == nil, "a text may be two notes")
    }

    @Test("a plan that is stated four times, of which nothing is done: in words, and in the arguments of a tool")
    func standingPlan() {
        let plan = "My plan:\n1. read the mail\n2. answer it"
        let found = finding { trace in
            for round in 0..<4 { trace.read("think", ["n": JSONValue(round)], ["n": JSONValue(round)], text: plan) }
        }
        #expect(found == Confusion(kind: .standingPlan, tool: "", count: 4))
        let shrinking = finding { trace in
            for round in 0..<5 {
                let points = (0..<5).map { "- [\($0 < round ? "x" : " ")] point \($0)" }.joined(separator: "\n")
                trace.read("look", ["n": JSONValue(round)], ["n": JSONValue(round)], text: points)
            }
        }
        #expect(shrinking == nil)
        let doing = finding { trace in
            for round in 0..<8 { trace.act("remove", ["id": JSONValue(round)], text: plan) }
        }
        #expect(doing == nil)
        let kept = finding { trace in
            for round in 0..<4 {
                trace.read(
                    "write_todo",
                    [
                        "todos": [["content": "a", "status": "pending"], ["content": "b", "status": "pending"]],
                        "note": JSONValue(round),
                    ], ["saved": JSONValue(round)])
            }
        }
        #expect(kept?.kind == .standingPlan)
    }

    @Test("words of a person begin it anew")
    func words() {
        let found = finding { trace in
            for _ in 0..<6 {
                trace.say("And now?")
                trace.fail("look", ["id": 1], "not found")
            }
        }
        #expect(found == nil)
    }

    @Test("an answer that says its arguments over and over is compared by its beginning")
    func longEchoes() {
        let echo = String(repeating: "abcdefgh ", count: 260)
        let found = finding { trace in
            for (number, word) in ["one", "two", "three", "four", "five"].enumerated() {
                trace.fail("look", ["q": "abcdefgh", "n": JSONValue(number)], echo + word)
            }
        }
        #expect(found?.kind == .sameErrorVaried)
    }

    @Test("once it was pointed out, less of the same is borne")
    func again() {
        var detector = ConfusionDetector()
        func call(_ step: Int) -> TracedCall {
            TracedCall(
                step: step, tool: "look", arguments: JSONWriter.canonical(["id": 1]), answer: "no", isError: true,
                isEffect: false)
        }
        for step in 0..<3 { detector.add([call(step)]) }
        #expect(detector.finding()?.count == 3)
        #expect(detector.finding(since: 3) == nil)
        detector.add([call(3)])
        #expect(detector.finding(since: 3) == nil)
        detector.add([call(4)])
        #expect(detector.finding(since: 3) == Confusion(kind: .sameError, tool: "look", count: 5))
    }

    /// Calls of a model of half a billion parameters (Qwen2.5 0.5B) at the support desk, as the journal has them: what the
    /// user asked, the tool, its arguments, and what the model read each time.
    private static let recorded: [(words: String, tool: String, arguments: JSONValue, code: String, message: String)] =
        [
            (
                "Look up order O-9999 and tell me when it arrives.", "lookup_order", ["order_id": "O-9999"],
                "guard.entitlement", "Whether order_id \"O-9999\" belongs to customer:ana cannot be told."
            ),
            (
                "Refund order O-1001 completely, please.", "issue_refund",
                [
                    "amount": 1_000_000_000, "order_id": "O-1001", "reason": "I need to refund the order completely.",
                ], "policy.magnitude", "amount is more than 500.00 USD, the most that one action may touch."
            ),
            (
                "Delete customer C-8.", "delete_customer", ["customer_id": "C-8"], "guard.entitlement",
                "customer_id \"C-8\" does not belong to customer:ana."
            ),
        ]

    @Test("a small model that never stops calling a tool, as recorded: three times, and then twice", arguments: 0..<3)
    func realModel(number: Int) {
        let real = Self.recorded[number]
        var detector = ConfusionDetector()
        detector.hear(real.words)
        var notices: [Int] = []
        for step in 1...5 {
            let answer: JSONValue = [
                "action_id": JSONValue("act_01m805t0949mm09fzp5b389tf9_\(step)"), "code": JSONValue(real.code),
                "message": JSONValue(real.message), "outcome": "deny",
            ]
            detector.add([
                TracedCall(
                    step: step, tool: real.tool, arguments: JSONWriter.canonical(real.arguments),
                    answer: JSONWriter.canonicalString(answer), isError: true, isEffect: false)
            ])
            let found = notices.isEmpty ? detector.finding() : detector.finding(since: 4)
            if found?.kind == .sameError { notices.append(step) }
        }
        #expect(notices == [3, 5])
    }
}
