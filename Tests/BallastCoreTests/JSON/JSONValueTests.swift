import BallastCore
import Testing

@Suite("A JSON value is compared by what a tool would receive")
struct JSONValueTests {
    @Test("strings are equal by bytes")
    func strings() {
        #expect(JSONString("\u{E9}") != JSONString("e\u{301}"))
        #expect(Set([JSONString("\u{E9}"), JSONString("e\u{301}"), JSONString("\u{E9}")]).count == 2)
    }

    @Test("objects are equal in any order of members")
    func objects() {
        let one: JSONValue = ["a": 1, "b": [1, 2]]
        let other: JSONValue = ["b": [1, 2], "a": 1]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["a": 1, "b": [2, 1]])
        #expect(one != ["a": 1])
    }

    @Test("a later member replaces an earlier one in place when an object is built")
    func building() {
        let object = JSONObject([JSONMember("a", 1), JSONMember("b", 2), JSONMember("a", 3)])
        #expect(object.members == [JSONMember("a", 3), JSONMember("b", 2)])
        var edited = object
        edited["c"] = 4
        edited["b"] = nil
        #expect(edited.keys == ["a", "c"])
    }

    @Test("integers are exact or nothing")
    func integers() throws {
        #expect(try JSONReader.read("9007199254740993").integer == 9_007_199_254_740_993)
        #expect(try JSONReader.read("-9223372036854775808").integer == .min)
        #expect(try JSONReader.read("9223372036854775808").integer == nil)
        #expect(try JSONReader.read("1.0").integer == nil)
        #expect(JSONNumber(validated: "1e999").double == nil)
        #expect(JSONNumber(validated: "0.5").double == 0.5)
    }

    @Test("look-ups of the wrong kind find nothing")
    func lookups() {
        let value: JSONValue = ["list": [1, 2]]
        #expect(value["list"]?[1] == 2)
        #expect(value["list"]?[2] == nil)
        #expect(value["list"]?[-1] == nil)
        #expect(value["missing"] == nil)
        #expect(value[0] == nil)
        #expect(JSONValue.null["a"] == nil)
    }
}
