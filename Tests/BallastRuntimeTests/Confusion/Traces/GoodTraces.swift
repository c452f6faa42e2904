import BallastCore

/// Runs that do what they should, however often they ask: none of them goes round in circles.
enum GoodTraces {
    typealias Maker = @Sendable (inout Dice) -> Trace

    static let makers: [Maker] = [
        pages, cursors, polls, oddPolls, transient, corrections, missingOfAList, missingOfAQuestion, readChangeRead,
        batch, narrowing, rereading, trying, planned, longPlan, comparing, together, askedAgain, testsAndEdits,
        exploring, watching, manyTickets, tokens, labels, payments, hourly, denied, inbox, oneByOne, longConversation,
    ]

    /// The trace number `index` of the suite: every kind in turn, each time another.
    static func trace(_ index: Int) -> Trace {
        var dice = Dice(70_000 + index)
        return makers[index % makers.count](&dice)
    }

    private static func pages(_ dice: inout Dice) -> Trace {
        var trace = Trace("pages")
        trace.say("How many open \(dice.word()) tickets are there?")
        let last = dice.roll(4...25)
        for page in 1...last {
            let tickets: [JSONValue] = page == last ? [] : dice.ids("T", 5).map { ["id": JSONValue($0)] }
            trace.read("list_tickets", ["page": JSONValue(page), "status": "open"], ["tickets": .array(tickets)])
        }
        return trace
    }

    private static func cursors(_ dice: inout Dice) -> Trace {
        var trace = Trace("cursors")
        trace.say("Export all mails about the \(dice.word()).")
        var cursor: String?
        for _ in 0..<dice.roll(3...15) {
            let next = dice.id("c")
            trace.read(
                "search_mail", cursor.map { ["q": "from:me", "cursor": JSONValue($0)] } ?? ["q": "from:me"],
                ["mails": [["id": JSONValue(dice.id("M"))]], "next": JSONValue(next)])
            cursor = next
        }
        return trace
    }

    private static func polls(_ dice: inout Dice) -> Trace {
        var trace = Trace("polls")
        let job = dice.id("J")
        trace.say("Run the \(dice.word()) report and tell me when it is there.")
        trace.act("start_report", ["name": "monthly"], ["job_id": JSONValue(job)])
        let word = dice.pick(["pending", "running", "queued", "in_progress", "processing", "building"])
        for round in 0..<dice.roll(1...7) {
            switch dice.roll(0...2) {
            case 0: trace.read("job_status", ["job_id": JSONValue(job)], ["status": JSONValue(word)])
            case 1: trace.read("job_status", ["job_id": JSONValue(job)], ["progress": JSONValue(10 * round)])
            default: trace.read("job_status", ["job_id": JSONValue(job)], words: "Still running.")
            }
        }
        trace.read("job_status", ["job_id": JSONValue(job)], ["status": "done", "url": JSONValue(dice.id("R"))])
        return trace
    }

    /// What says that it is under way in words that nobody foresaw.
    private static func oddPolls(_ dice: inout Dice) -> Trace {
        var trace = Trace("odd polls")
        let order = dice.id("O")
        trace.say("Has \(order) left the warehouse?")
        for _ in 0..<dice.roll(1...3) {
            trace.read("track", ["order": JSONValue(order)], words: "Parcel at the depot")
        }
        trace.read("track", ["order": JSONValue(order)], words: "Parcel left the depot")
        return trace
    }

    private static func transient(_ dice: inout Dice) -> Trace {
        var trace = Trace("transient")
        let order = dice.id("O")
        trace.say("Refund \(order), please.")
        for _ in 0..<dice.roll(1...2) {
            trace.fail("lookup_order", ["order_id": JSONValue(order)], "503 service unavailable")
        }
        trace.read("lookup_order", ["order_id": JSONValue(order)], ["total": JSONValue(dice.roll(100...9_000))])
        if dice.chance(50) { trace.fail("issue_refund", ["order_id": JSONValue(order)], "connection reset") }
        trace.act("issue_refund", ["order_id": JSONValue(order), "amount": 100])
        return trace
    }

    private static func corrections(_ dice: inout Dice) -> Trace {
        var trace = Trace("corrections")
        trace.say("Book a room for the \(dice.word()) on May 19th.")
        trace.fail("book_room", ["day": "May 19"], "The arguments do not fit: `day` must be a date such as 2030-05-19.")
        trace.fail(
            "book_room", ["day": "19-05-2030"], "The arguments do not fit: `day` must be a date such as 2030-05-19.")
        trace.fail("book_room", ["day": "2030-05-19"], "The arguments do not fit: `from` is missing.")
        if dice.chance(50) {
            trace.fail(
                "book_room", ["day": "2030-05-19", "from": "9"], "The arguments do not fit: `from` must be HH:MM.")
        }
        trace.act("book_room", ["day": "2030-05-19", "from": "09:00"], ["room": JSONValue(dice.id("R"))])
        return trace
    }

    /// Every id comes from a list, and most of them are gone.
    private static func missingOfAList(_ dice: inout Dice) -> Trace {
        var trace = Trace("missing of a list")
        let ids = dice.ids("O", dice.roll(4...12))
        trace.say("Which of my orders were refunded?")
        trace.read("list_orders", ["customer": "me"], ["orders": .array(ids.map { JSONValue($0) })])
        for id in ids {
            if dice.chance(75) {
                trace.fail("find_refund", ["order_id": JSONValue(id)], "no refund for \(id)")
            } else {
                trace.read("find_refund", ["order_id": JSONValue(id)], ["refund": JSONValue(dice.id("F"))])
            }
        }
        return trace
    }

    private static func missingOfAQuestion(_ dice: inout Dice) -> Trace {
        var trace = Trace("missing of a question")
        let ids = dice.ids("INV", dice.roll(3...8))
        trace.say("Do you know these invoices: \(ids.joined(separator: ", "))?")
        for id in ids { trace.fail("get_invoice", ["id": JSONValue(id)], "404: invoice \(id) not found") }
        return trace
    }

    private static func readChangeRead(_ dice: inout Dice) -> Trace {
        var trace = Trace("read, change, read")
        trace.say("Restock everything that ran out.")
        for item in dice.ids("SKU", dice.roll(3...8)) {
            trace.read("get_quota", [:], ["left": 500])
            trace.act("order_stock", ["sku": JSONValue(item), "count": 20])
            if dice.chance(50) { trace.read("get_quota", [:], ["left": 500]) }
        }
        return trace
    }

    private static func batch(_ dice: inout Dice) -> Trace {
        var trace = Trace("batch")
        trace.say("Tell everybody about the \(dice.word()).")
        for number in 0..<dice.roll(5...20) {
            trace.act(
                "send_email", ["to": JSONValue("\(number).\(dice.address())"), "subject": "News", "body": "As said."])
        }
        return trace
    }

    private static func narrowing(_ dice: inout Dice) -> Trace {
        var trace = Trace("narrowing")
        let (word, other) = (dice.word(), dice.word())
        trace.say("Find the mail about the \(word).")
        let queries = [word, "\(word) \(other)", "\(other) \(word) 2026", "subject:\(word)"]
        for query in queries.prefix(dice.roll(1...4)) {
            trace.read("search_mail", ["q": JSONValue(query)], ["mails": []])
        }
        trace.read("search_mail", ["q": JSONValue(other)], ["mails": [["id": JSONValue(dice.id("M"))]]])
        return trace
    }

    private static func rereading(_ dice: inout Dice) -> Trace {
        var trace = Trace("rereading")
        trace.say("Compare the contracts with the terms.")
        for _ in 0..<dice.roll(2...3) {
            trace.read("read_file", ["name": "terms.txt"], words: "30 days, no more.")
            trace.read(
                "read_file", ["name": JSONValue("\(dice.id("contract")).txt")], words: "Terms of \(dice.name()).")
        }
        return trace
    }

    private static func trying(_ dice: inout Dice) -> Trace {
        var trace = Trace("trying")
        trace.say("Does the alert still work?")
        trace.act("enable_alert", ["name": "disk"])
        trace.read("list_alerts", [:], ["alerts": [["name": "disk", "on": true]]])
        trace.act("disable_alert", ["name": "disk"])
        if dice.chance(50) { trace.act("enable_alert", ["name": "disk"]) }
        trace.act("set_level", ["name": "disk", "level": "high"])
        trace.act("set_level", ["name": "disk", "level": "low"])
        if dice.chance(50) { trace.act("set_level", ["name": "disk", "level": "high"]) }
        return trace
    }

    private static func planned(_ dice: inout Dice) -> Trace {
        var trace = Trace("planned")
        let points = (0..<dice.roll(3...7)).map { "handle the \(dice.word()) \($0)" }
        trace.say("Do all of it.")
        for done in 0...points.count {
            let plan = points.enumerated().map { "- [\($0 < done ? "x" : " ")] \($1)" }.joined(separator: "\n")
            // Some points take more than one reply.
            for part in 0..<dice.roll(1...2) {
                trace.read(
                    "look", ["point": JSONValue(done), "part": JSONValue(part)], ["n": JSONValue(done)], text: plan)
            }
        }
        return trace
    }

    /// One point of the plan takes many effects.
    private static func longPlan(_ dice: inout Dice) -> Trace {
        var trace = Trace("long plan")
        trace.say("Clean up the list, then report.")
        let plan = "My plan:\n1. remove the old entries\n2. report"
        for entry in dice.ids("E", dice.roll(4...9)) {
            trace.act("remove_entry", ["id": JSONValue(entry)], text: plan)
        }
        trace.act("report", ["to": "me"], text: "My plan:\n1. remove the old entries (done)\n2. report")
        return trace
    }

    private static func comparing(_ dice: inout Dice) -> Trace {
        var trace = Trace("comparing")
        trace.say("Which of the two is cheaper?")
        for _ in 0..<2 {
            trace.read("get_price", ["item": "a"], ["price": 100])
            trace.read("get_price", ["item": "b"], ["price": 120])
            if dice.chance(50) { trace.read("get_terms", ["item": JSONValue(dice.word())], ["days": 14]) }
        }
        return trace
    }

    private static func together(_ dice: inout Dice) -> Trace {
        var trace = Trace("together")
        trace.say("Look at all of them.")
        for _ in 0..<dice.roll(2...4) {
            let calls = dice.ids("O", 5).map {
                Trace.Call(
                    tool: "lookup_order", arguments: ["order_id": JSONValue($0)],
                    answer: "{\"total\":\(dice.roll(1...99))}")
            }
            trace.entries.append(.reply("", calls))
        }
        return trace
    }

    private static func askedAgain(_ dice: inout Dice) -> Trace {
        var trace = Trace("asked again")
        for _ in 0..<dice.roll(3...8) {
            trace.say(dice.pick(["And now?", "What is my balance?", "Look once more."]))
            trace.read("get_balance", ["account": "main"], ["balance": 1_200])
        }
        return trace
    }

    private static func testsAndEdits(_ dice: inout Dice) -> Trace {
        var trace = Trace("tests and edits")
        trace.say("Make the tests pass.")
        for round in 0..<dice.roll(3...8) {
            trace.fail("run_tests", [:], "\(dice.roll(1...9)) of 120 tests failed in \(dice.roll(10...90)) s")
            if dice.chance(20) { trace.fail("run_tests", [:], "\(dice.roll(1...9)) of 120 tests failed in 12 s") }
            trace.act("edit_file", ["name": JSONValue("file\(round).txt"), "text": JSONValue(dice.id("text"))])
        }
        trace.read("run_tests", [:], words: "all passed")
        return trace
    }

    private static func exploring(_ dice: inout Dice) -> Trace {
        var trace = Trace("exploring")
        trace.say("Where is the \(dice.word()) configured?")
        for number in 0..<dice.roll(8...30) {
            let path = "src/\(dice.word())/\(number)"
            if dice.chance(15) {
                trace.fail("list_folder", ["path": JSONValue(path + dice.word())], "no such folder: \(path)")
            } else {
                trace.read(
                    "list_folder", ["path": JSONValue(path)],
                    ["files": dice.chance(20) ? [] : [JSONValue("\(dice.word()).txt")]])
            }
        }
        return trace
    }

    private static func watching(_ dice: inout Dice) -> Trace {
        var trace = Trace("watching")
        trace.say("Keep an eye on the three services for a while.")
        for _ in 0..<2 {
            for name in ["web", "mail", "store"] {
                trace.read(
                    "health", ["service": JSONValue(name)],
                    ["healthy": true, "checked_at": JSONValue("2026-11-21T10:\(dice.roll(10...59)):00Z")])
            }
        }
        return trace
    }

    private static func manyTickets(_ dice: inout Dice) -> Trace {
        var trace = Trace("many tickets")
        trace.say("Close what is answered, reopen what is not.")
        for ticket in dice.ids("T", dice.roll(4...15)) {
            trace.act("set_status", ["ticket": JSONValue(ticket), "status": JSONValue(dice.pick(["open", "closed"]))])
        }
        return trace
    }

    private static func tokens(_ dice: inout Dice) -> Trace {
        var trace = Trace("tokens")
        trace.say("Upload the files.")
        for file in dice.ids("F", dice.roll(3...9)) {
            trace.read("refresh_session", [:], ["ok": true])
            trace.act("upload", ["file": JSONValue(file)])
        }
        return trace
    }

    private static func labels(_ dice: inout Dice) -> Trace {
        var trace = Trace("labels")
        trace.say("Tag the ticket properly.")
        let ticket = JSONValue(dice.id("T"))
        for label in ["urgent", "billing", "vip", "europe"].prefix(dice.roll(2...4)) {
            trace.act("add_label", ["ticket": ticket, "label": JSONValue(label)])
            if dice.chance(30) { trace.act("remove_label", ["ticket": ticket, "label": JSONValue(label)]) }
        }
        return trace
    }

    private static func payments(_ dice: inout Dice) -> Trace {
        var trace = Trace("payments")
        trace.say("Pay the four weeks.")
        for week in 1...4 {
            trace.act(
                "pay_wages", ["to": "crew", "amount": week.isMultiple(of: 2) ? 2_000 : 1_500, "week": JSONValue(week)])
        }
        return trace
    }

    private static func hourly(_ dice: inout Dice) -> Trace {
        var trace = Trace("hourly")
        trace.say("What is on in which room?")
        for hour in 8...dice.roll(10...18) {
            trace.read("is_free", ["room": "Atrium", "hour": JSONValue(hour)], ["free": .bool(dice.chance(50))])
        }
        return trace
    }

    private static func denied(_ dice: inout Dice) -> Trace {
        var trace = Trace("denied")
        trace.say("Delete the customer's account.")
        trace.fail(
            "delete_customer", ["id": JSONValue(dice.id("C"))], "{\"code\":\"approval.rejected\",\"outcome\":\"deny\"}")
        trace.fail(
            "anonymise_customer", ["id": JSONValue(dice.id("C"))], "{\"code\":\"policy.denied\",\"outcome\":\"deny\"}")
        trace.act("open_ticket", ["subject": "account"], ["id": JSONValue(dice.id("T"))])
        return trace
    }

    private static func inbox(_ dice: inout Dice) -> Trace {
        var trace = Trace("inbox")
        trace.say("Answer the next mail that comes.")
        for _ in 0..<dice.roll(1...3) { trace.read("read_inbox", ["unread": true], ["mails": []]) }
        trace.read("read_inbox", ["unread": true], ["mails": [["id": JSONValue(dice.id("M"))]]])
        trace.act("reply", ["mail": JSONValue(dice.id("M")), "text": "Thanks."])
        return trace
    }

    /// Ids made by counting, none of which came from anywhere: the first is found soon.
    private static func oneByOne(_ dice: inout Dice) -> Trace {
        var trace = Trace("one by one")
        trace.say("Find a free name for the \(dice.word()) project.")
        let word = dice.word()
        for number in 1...dice.roll(1...3) {
            trace.fail("reserve_name", ["name": JSONValue("\(word)-\(number)")], "the name is taken")
        }
        trace.act("reserve_name", ["name": JSONValue("\(word)-\(dice.name())")])
        return trace
    }

    private static func longConversation(_ dice: inout Dice) -> Trace {
        var trace = Trace("long conversation")
        for _ in 0..<dice.roll(3...6) {
            let order = dice.id("O")
            trace.say("What about \(order)?")
            trace.read("lookup_order", ["order_id": JSONValue(order)], ["total": JSONValue(dice.roll(100...900))])
            if dice.chance(40) { trace.act("add_note", ["order_id": JSONValue(order), "text": "asked"]) }
            if dice.chance(40) {
                trace.fail("find_refund", ["order_id": JSONValue(order)], "no refund for \(order)")
            }
        }
        return trace
    }
}
