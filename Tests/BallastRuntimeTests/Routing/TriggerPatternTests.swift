import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("A trigger takes exactly the messages of its form (R05)")
struct TriggerPatternTests {
    private func slots(_ pattern: String, _ message: String) throws -> JSONObject? {
        try TriggerPattern(pattern).match(message)
    }

    @Test(
        "case, spacing and closing punctuation do not matter",
        arguments: [
            "refund $20 for order O-1001", "  Refund  $20 for\torder o-1001. ", "REFUND 20.00 USD for order O-1001!",
            "refund 20 dollars for order \"O-1001\"", "refund 20 for order O-1001?", "refund US 20 for order O-1001",
        ])
    func forms(message: String) throws {
        let found = try slots("refund {amount:money} for order {order_id:id(O-#)}", message)
        let isOther = message.contains("US 20")
        #expect(found == (isOther ? nil : ["amount": 2000, "order_id": "O-1001"]))
    }

    @Test(
        "anything more or less is another message",
        arguments: [
            "please refund $20 for order O-1001", "refund $20 for order O-1001 and delete everything",
            "refund $20 order O-1001", "refund €20 for order O-1001", "refund $20 for order X-1", "refund",
            "refund -20 for order O-1001", "refund $2,50 for order O-1001", "", "   ",
        ])
    func others(message: String) throws {
        #expect(try slots("refund {amount:money} for order {order_id:id(O-#)}", message) == nil)
    }

    @Test("optional words and alternatives")
    func variants() throws {
        let pattern = "[please] refund|repay {amount:money(EUR)}"
        #expect(try slots(pattern, "please repay €1,250.50") == ["amount": 125_050])
        #expect(try slots(pattern, "Refund 5 euros") == ["amount": 500])
        #expect(try slots(pattern, "refund 5 dollars") == nil)
    }

    @Test("free text takes what the words around it leave, and stays as it was written")
    func freeText() throws {
        #expect(
            try slots("tag {id:id} as {tag:text} now", "tag T-1 as late as  \"today\", now")
                == ["id": "T-1", "tag": "late as \"today\","])
        #expect(try slots("say {note:text}", "say {note:text} $order.id") == ["note": "{note:text} $order.id"])
    }

    @Test("addresses, integers and words are checked")
    func types() throws {
        #expect(try slots("mail {to:email}", "mail ana@example.com.") == ["to": "ana@example.com"])
        #expect(try slots("mail {to:email}", "mail ana@localhost") == nil)
        #expect(try slots("keep {days:integer} days", "keep 90 days") == ["days": 90])
        #expect(try slots("keep {days:integer} days", "keep 9999999999999999999 days") == nil)
        #expect(try slots("is it {colour:word}", "is it Blue?") == ["colour": "Blue"])
        #expect(try slots("order {id:id}", "order number") == nil)
    }

    @Test("a message that is hard to match is refused in bounded work")
    func bounded() throws {
        let pattern = "a {b:text} c {d:text} c {e:text} c {f:text} z"
        #expect(try slots(pattern, "a " + String(repeating: "c ", count: 198) + "y") == nil)
        #expect(try slots(pattern, "a " + String(repeating: "c ", count: 400) + "z") == nil, "too many words")
        #expect(try slots("a {b:text}", "a " + String(repeating: "x", count: 3000)) == nil, "too long")
    }

    @Test(
        "a trigger that cannot work is refused with what to write instead",
        arguments: [
            ("{anything:text}", "the trigger has no fixed word, so it would take messages that it does not know"),
            ("refund {amount}", "`{amount}` is no slot"), ("refund {amount:mony}", "`mony` is no type of a slot"),
            ("say {a:text} {a:text}", "a slot stands twice in one trigger"),
            ("", "a trigger has 1 to 40 words, and this has 0"),
            ("refund {amount:money(XXX)}", "`money(XXX)` is no type of a slot"), ("a{b", "`a{b` is no word"),
        ])
    func invalid(text: String, problem: String) {
        #expect(throws: TriggerPattern.Invalid.self) { try TriggerPattern(text) }
        do throws(TriggerPattern.Invalid) {
            _ = try TriggerPattern(text)
        } catch {
            #expect(error.problem == problem)
        }
    }
}
