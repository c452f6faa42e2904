import BallastCore

/// Runs that go round in circles, after a beginning that does not.
enum LoopTraces {
    typealias Walk = @Sendable (inout Trace, inout Dice, Int) -> Void

    /// Each walk is made over and over; one of them is one repeat.
    static let makers: [(kind: String, make: @Sendable (inout Dice) -> Walk)] = [
        ("same error", sameError), ("same error, other things between", sameErrorWithNoise),
        ("same error, words differ in numbers", sameErrorWithNumbers), ("same answer", sameAnswer),
        ("same answer, other moments", sameAnswerWithMoments),
        ("same answer, other things between", sameAnswerWithNoise),
        ("spelling", spelling), ("guessing", guessing), ("options", options), ("types", types),
        ("two in turn", twoInTurn), ("three in turn", threeInTurn), ("done and undone", doneAndUndone),
        ("set to and fro", setToAndFro), ("standing plan", standingPlan), ("kept plan", keptPlan),
        ("rephrasing", rephrasing), ("denied again", deniedAgain), ("unusable again", unusableAgain),
        ("two errors in turn", twoErrorsInTurn),
    ]

    static let walks = 12

    /// The trace number `index` of the suite: every kind in turn, each time another.
    static func trace(_ index: Int) -> Trace {
        var dice = Dice(30_000 + index)
        let maker = makers[index % makers.count]
        var trace = Trace(maker.kind)
        trace.say("Please see to my \(dice.word()) \(dice.id("O")).")
        let before = GoodTraces.trace(dice.roll(0...9_999)).entries
        if dice.chance(60) { trace.entries += before.prefix(dice.roll(0...before.count)) }
        let walk = maker.make(&dice)
        let start = trace.entries.count
        for round in 0..<walks { walk(&trace, &dice, round) }
        trace.loop = (start, (trace.entries.count - start) / walks)
        return trace
    }

    private static func sameError(_ dice: inout Dice) -> Walk {
        let (id, tool) = (dice.id("X"), dice.pick(["lookup_order", "get_file", "issue_refund"]))
        let error = dice.pick(["not found", "500 internal error", "permission denied", "{\"error\":\"bad id\"}"])
        return { trace, _, _ in trace.fail(tool, ["id": JSONValue(id)], error) }
    }

    private static func sameErrorWithNoise(_ dice: inout Dice) -> Walk {
        let id = dice.id("X")
        return { trace, dice, _ in
            trace.fail("issue_refund", ["order_id": JSONValue(id)], "order is locked")
            for _ in 0..<dice.roll(1...2) {
                trace.read("read_note", ["id": JSONValue(dice.id("N"))], ["text": JSONValue(dice.word())])
            }
        }
    }

    private static func sameErrorWithNumbers(_ dice: inout Dice) -> Walk {
        let id = dice.id("X")
        return { trace, dice, _ in
            trace.fail(
                "get_report", ["id": JSONValue(id)],
                "timeout after \(dice.roll(100...999)) ms (request \(dice.id("r")))")
        }
    }

    private static func sameAnswer(_ dice: inout Dice) -> Walk {
        let id = dice.id("O")
        let total = dice.roll(1...999)
        return { trace, _, _ in trace.read("lookup_order", ["order_id": JSONValue(id)], ["total": JSONValue(total)]) }
    }

    private static func sameAnswerWithMoments(_ dice: inout Dice) -> Walk {
        let id = dice.id("O")
        return { trace, dice, _ in
            trace.read(
                "lookup_order", ["order_id": JSONValue(id)],
                ["total": 5, "request_id": JSONValue(dice.id("q")), "fetched_at": JSONValue(dice.id("t"))])
        }
    }

    private static func sameAnswerWithNoise(_ dice: inout Dice) -> Walk {
        let id = dice.id("O")
        return { trace, dice, _ in
            trace.read("get_policy", ["topic": JSONValue(id)], words: "Ask a colleague.")
            if dice.chance(60) {
                trace.read(
                    "search", ["q": JSONValue("\(dice.word()) \(dice.word())")], ["hits": [JSONValue(dice.id("H"))]])
            }
        }
    }

    private static func spelling(_ dice: inout Dice) -> Walk {
        let name = dice.name() + " " + dice.name()
        return { trace, dice, round in
            let spelled = [
                name, name.lowercased(), name.uppercased(), name + " ", name.replacing(" ", with: "_"),
                name.replacing(" ", with: "."), String(name.dropLast()), name + "s", "the " + name, name + "?",
                name.replacing(" ", with: ""), "\"\(name)\"",
            ]
            trace.fail("find_customer", ["name": JSONValue(spelled[round % spelled.count])], "no such customer")
        }
    }

    private static func guessing(_ dice: inout Dice) -> Walk {
        let first = dice.roll(1_000...9_000)
        return { trace, dice, round in
            trace.fail(
                "lookup_order", ["order_id": JSONValue("ZZ-\(first + round * dice.roll(1...3))")],
                "no order ZZ-\(first + round)")
        }
    }

    private static func options(_ dice: inout Dice) -> Walk {
        let id = dice.id("D")
        return { trace, dice, round in
            var arguments: JSONObject = ["id": JSONValue(id)]
            if round % 2 == 1 { arguments["force"] = .bool(round % 4 == 1) }
            if round % 3 == 1 { arguments["verbose"] = true }
            if round % 3 == 2 { arguments["limit"] = JSONValue(dice.roll(1...100)) }
            trace.fail("deploy", .object(arguments), "error: target is not reachable")
        }
    }

    private static func types(_ dice: inout Dice) -> Walk {
        let number = dice.roll(100...999)
        return { trace, _, round in
            let spelled: [JSONValue] = [
                JSONValue(number), JSONValue("\(number)"), JSONValue("#\(number)"), JSONValue("\(number).0"),
                JSONValue("0\(number)"),
            ]
            trace.fail(
                "get_ticket", ["id": spelled[round % spelled.count]], "The arguments do not fit: `id` is not known.")
        }
    }

    private static func twoInTurn(_ dice: inout Dice) -> Walk {
        let (one, two) = (dice.id("A"), dice.id("B"))
        return { trace, _, _ in
            trace.read("read_file", ["name": JSONValue(one)], words: "see \(two)")
            trace.read("read_file", ["name": JSONValue(two)], words: "see \(one)")
        }
    }

    private static func threeInTurn(_ dice: inout Dice) -> Walk {
        let id = dice.id("O")
        return { trace, _, _ in
            trace.read("lookup_order", ["order_id": JSONValue(id)], ["status": "shipped"])
            trace.fail("cancel_order", ["order_id": JSONValue(id)], "a shipped order cannot be cancelled")
            trace.read("get_policy", ["topic": "cancel"], words: "Look the order up, then cancel it.")
        }
    }

    private static func doneAndUndone(_ dice: inout Dice) -> Walk {
        let pair = dice.pick([("enable_user", "disable_user"), ("lock_door", "unlock_door"), ("add_tag", "remove_tag")])
        let id = dice.id("U")
        return { trace, _, _ in
            trace.act(pair.0, ["id": JSONValue(id)])
            trace.act(pair.1, ["id": JSONValue(id)])
        }
    }

    private static func setToAndFro(_ dice: inout Dice) -> Walk {
        let id = dice.id("T")
        return { trace, dice, _ in
            trace.act("set_priority", ["ticket": JSONValue(id), "priority": "high"])
            if dice.chance(50) {
                trace.read("get_ticket", ["ticket": JSONValue(dice.id("T"))], ["x": JSONValue(dice.word())])
            }
            trace.act("set_priority", ["ticket": JSONValue(id), "priority": "low"])
        }
    }

    private static func standingPlan(_ dice: inout Dice) -> Walk {
        let points = [dice.word(), dice.word(), dice.word()].map { "1. see to the \($0)" }
        let plan = "Here is my plan:\n" + points.joined(separator: "\n")
        return { trace, dice, _ in
            trace.read("think", ["about": JSONValue(dice.id("t"))], ["idea": JSONValue(dice.id("i"))], text: plan)
        }
    }

    private static func keptPlan(_ dice: inout Dice) -> Walk {
        let points = [dice.word(), dice.word()]
        return { trace, dice, round in
            let todo: JSONValue = .array(
                points.map { ["content": JSONValue($0), "status": round % 2 == 0 ? "pending" : "in_progress"] })
            trace.read(
                "write_todo", ["todos": todo, "note": JSONValue(dice.id("n"))], ["saved": JSONValue(dice.id("s"))])
        }
    }

    private static func rephrasing(_ dice: inout Dice) -> Walk {
        let (word, other) = (dice.word(), dice.word())
        return { trace, _, round in
            let queries = [
                "\(word) \(other)", "\(other) \(word)", "the \(word) \(other)", "\(word) and \(other)",
                "\(word) \(other) 2026", "find \(word) \(other)", "\(word)-\(other)", "\(word) \(other) document",
                "\(word) \(other) file", "my \(word) \(other)", "\(word) \(other) please", "\(word) of \(other)",
            ]
            trace.read("search", ["q": JSONValue(queries[round % queries.count])], ["hits": []])
        }
    }

    private static func deniedAgain(_ dice: inout Dice) -> Walk {
        let id = dice.id("C")
        return { trace, dice, _ in
            trace.fail(
                "delete_customer", ["id": JSONValue(id)],
                "{\"action_id\":\"act_\(dice.id("a"))\",\"code\":\"policy.denied\",\"outcome\":\"deny\"}")
        }
    }

    private static func unusableAgain(_ dice: inout Dice) -> Walk {
        { trace, _, _ in
            trace.fail("book_room", ["day": "tomorrow"], "The arguments do not fit: `day` must be a date.")
        }
    }

    private static func twoErrorsInTurn(_ dice: inout Dice) -> Walk {
        let id = dice.id("O")
        return { trace, _, _ in
            trace.fail("issue_refund", ["order_id": JSONValue(id)], "the order must be returned first")
            trace.fail("return_order", ["order_id": JSONValue(id)], "the order must be refunded first")
        }
    }
}
