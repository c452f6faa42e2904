import BallastCore
import BallastPolicy
import Testing

@Suite("A value is in the principal's words as they meant it, and in no other way")
struct SpokenValueTests {
    private static func isSaid(_ value: JSONValue, _ words: String) throws -> Bool {
        let ease = PolicyRule(
            id: "ease", action: .relax(to: .allow), scope: RuleScope(tools: ["act"]), conditions: [.grounded(true)],
            owner: "o", reason: "r", expires: Desk.later)
        let policy = Policy(classes: ["act": .risky], rules: [ease])
        var action = AssumedAction(
            tool: "act", arguments: ["value": value], agent: "a", principal: Principal("user:emma"),
            surroundings: DecisionSurroundings(environment: "test"), now: Desk.now)
        action.hasReadUntrusted = true
        action.evidence.words = [words]
        return policy.decideInOrder(action.facts(for: policy)).outcome == .allow
    }

    @Test(
        "Dates and times of day in the spellings that can be read in one way only",
        arguments: [
            ("2030-05-19 12:00", "at 12:00 on 2030-05-19", true), ("2030-05-19T12:00:00", "2030-05-19 at 12:00", true),
            ("2030-05-19T12:00:00Z", "on May 19th, 2030 at noon", true), ("2030-05-19", "19 May 2030", true),
            ("2030-05-19", "the 19th of May 2030.", true), ("2030-05-09", "May 9, 2030", true),
            ("2030-05-19", "2030/05/19", true), ("2030-05-19", "05/19/2030", false), ("2030-05-19", "May 19th", false),
            ("2030-05-19", "next Sunday", false), ("15:00", "at 3 pm", true), ("15:30", "at 3:30pm", true),
            ("09:05", "at 9:05", true), ("10:00", "at 10 a.m. sharp", true), ("00:00", "at 12am", true),
            ("22:00", "at 10 o'clock", false), ("2030-05-19 13:00", "at 12:00 on 2030-05-19", false),
        ])
    func moments(value: String, words: String, isSaid: Bool) throws {
        #expect(try Self.isSaid(JSONValue(value), words) == isSaid, "\(value) in \(words)")
    }

    @Test(
        "Every word of a value stands in the words, whole; short values never do",
        arguments: [
            ("Dental check-up", "move my dental check-up", true), ("check-up", "a check up", false),
            ("Lunch", "titled 'Lunch'.", true), ("Lun", "Lun Lun", false), ("lunchtime", "titled 'Lunch'", false),
            ("Mia's plan", "Mia’s plan", true), ("-500", "500 of them", false), ("Ana, Ben", "Ben and Ana", true),
            ("hi", "hi there", false), ("Grandma's house", "at grandma's", false), ("  ", "anything", true),
        ])
    func words(value: String, words: String, isSaid: Bool) throws {
        #expect(try Self.isSaid(JSONValue(value), words) == isSaid, "\(value) in \(words)")
    }

    @Test("Truth values, short numbers, fractions and objects gain nothing by a match; long numbers and lists do")
    func kinds() throws {
        let words = "true false 12 4711 4.25 Ana Lima"
        let fraction = try JSONReader.read("4.25")
        for value in [true, false, 12, fraction, ["a": "Ana"], ["Ana Lima", "Eve Hill"]] as [JSONValue] {
            #expect(try !Self.isSaid(value, words), "\(value)")
        }
        for value in [4711, ["Ana Lima", "4711"], .null, [], [:]] as [JSONValue] {
            #expect(try Self.isSaid(value, words), "\(value)")
        }
    }
}
