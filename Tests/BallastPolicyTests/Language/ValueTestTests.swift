import BallastCore
import BallastPolicy
import Testing

@Suite("A test answers for every value, and does not guess")
struct ValueTestTests {
    @Test("values of another type are unknown, never false")
    func otherTypes() {
        #expect(ValueTest.equals("5").evaluate(5, quantifier: .any) == .unknown)
        #expect(ValueTest.equals(5).evaluate(.number(JSONNumber(validated: "5.0")), quantifier: .any) == .unknown)
        #expect(ValueTest.isNotIn(["a"]).evaluate(5, quantifier: .any) == .unknown)
        #expect(ValueTest.compares(.above, .integer(1)).evaluate("2", quantifier: .any) == .unknown)
        #expect(ValueTest.hasPrefix("a").evaluate(nil, quantifier: .any) == .unknown)
    }

    @Test("text is compared by bytes")
    func bytes() {
        #expect(ValueTest.equals("é").evaluate("e\u{301}", quantifier: .any) == .no)
        #expect(ValueTest.hasPrefix("e").evaluate("e\u{301}", quantifier: .any) == .yes)
        #expect(ValueTest.hasSuffix("b").evaluate("ab", quantifier: .any) == .yes)
    }

    @Test("presence is a test of its own")
    func presence() {
        #expect(ValueTest.exists(true).evaluate(nil, quantifier: .any) == .no)
        #expect(ValueTest.exists(false).evaluate(nil, quantifier: .any) == .yes)
        #expect(ValueTest.exists(true).evaluate("x", quantifier: .every) == .yes)
    }

    @Test("the opposite in words holds exactly where the test does not")
    func words() throws {
        let test = ValueTest.compares(.atMost, .money(try Desk.usd("50.00")))
        #expect(test.words == "is at most 50.00 USD")
        #expect(test.oppositeWords == "is above 50.00 USD")
        #expect(ValueTest.isIn(["a", "b"]).oppositeWords == "is none of \"a\", \"b\"")
    }

    @Test("unknown joins as Kleene has it")
    func kleene() {
        #expect(Truth.no.and(.unknown) == .no)
        #expect(Truth.yes.and(.unknown) == .unknown)
        #expect(Truth.yes.or(.unknown) == .yes)
        #expect(Truth.no.or(.unknown) == .unknown)
    }
}
