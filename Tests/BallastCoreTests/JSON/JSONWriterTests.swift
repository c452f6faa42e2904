import BallastCore
import Testing

@Suite("The JSON writer has one canonical text for one value")
struct JSONWriterTests {
    @Test("sorts names by UTF-16 code units, not by scalars and not by Swift's order")
    func sortsByUTF16() throws {
        let value = try JSONReader.read(
            "{\"\u{FB33}\":1,\"\u{1F600}\":2,\"\u{20AC}\":3,\"\\r\":4,\"1\":5,\"\u{80}\":6,\"\u{F6}\":7}")
        #expect(
            value.object?.sortedMembers.map(\.key.text) == [
                "\r", "1", "\u{80}", "\u{F6}", "\u{20AC}", "\u{1F600}", "\u{FB33}",
            ])
    }

    @Test("orders any two names as their UTF-16 does", arguments: JSONWriterTests.names)
    func ordersLikeUTF16(_ a: String) {
        for b in Self.names {
            let expected = a.utf16.lexicographicallyPrecedes(b.utf16)
            #expect((JSONString(a) < JSONString(b)) == expected, "\(a.debugDescription) \(b.debugDescription)")
        }
    }

    static let names = [
        "", "a", "ab", "b", "\u{7F}", "\u{80}", "e\u{301}", "\u{E9}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}",
        "\u{EFFF}", "\u{F000}", "\u{FB33}", "\u{FFFF}", "\u{10000}", "\u{1F600}", "\u{10FFFF}", "\u{E000}a",
        "\u{10000}\u{E000}", "a\u{FFFF}", "a\u{10000}",
    ]

    @Test("keeps names apart that Swift strings hold equal")
    func keepsEquivalentNames() throws {
        let value = try JSONReader.read("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value.object?.count == 2)
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(JSONWriter.canonicalString(value).utf8.elementsEqual("{\"e\u{301}\":2,\"\u{E9}\":1}".utf8))
    }

    @Test("escapes what RFC 8785 escapes and nothing more")
    func escapes() {
        let text = "\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1F} \"\\/\u{7F}\u{E9}\u{2028}\u{1F600}"
        let expected = "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \\\"\\\\/\u{7F}\u{E9}\u{2028}\u{1F600}\""
        #expect(JSONWriter.canonicalString(.string(JSONString(text))).utf8.elementsEqual(expected.utf8))
    }

    @Test("finds the byte to escape at any distance from the start")
    func escapesAnywhere() throws {
        for before in 0..<20 {
            for special in ["\"", "\\", "\n", "\u{1}", "é\u{0}"] {
                let text = String(repeating: "x", count: before) + special + "yyyyyyyyyyy"
                let written = JSONWriter.compact(.string(JSONString(text)))
                #expect(try JSONReader.read(written).string == text)
            }
        }
    }

    @Test(
        "keeps the spelling of numbers, whatever a double would make of them",
        arguments: [
            "1e16", "1e20", "1e-6", "-0.0", "0.10", "9007199254740993", "1E+2", "100000000000000000000000000000000001",
        ])
    func keepsNumbers(_ source: String) throws {
        #expect(JSONWriter.canonicalString(try JSONReader.read(source)) == source)
    }

    @Test("writes compact text in source order and canonical text in name order")
    func forms() throws {
        let value = try JSONReader.read(" { \"b\" : [ 1 , { } , [ ] ] , \"a\" : null } ")
        #expect(String(decoding: JSONWriter.compact(value), as: UTF8.self) == "{\"b\":[1,{},[]],\"a\":null}")
        #expect(JSONWriter.canonicalString(value) == "{\"a\":null,\"b\":[1,{},[]]}")
    }

    @Test("indents by two spaces for people")
    func pretty() throws {
        let value = try JSONReader.read("{\"b\":[1,{\"c\":true}],\"a\":{},\"d\":[]}")
        #expect(
            JSONWriter.pretty(value) == """
                {
                  "b": [
                    1,
                    {
                      "c": true
                    }
                  ],
                  "a": {},
                  "d": []
                }
                """)
    }

    @Test("appends a string to bytes that are already there")
    func appendsStrings() {
        var bytes = Array("[1,".utf8)
        JSONWriter.append(string: "a\"b", to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "[1,\"a\\\"b\"")
    }
}
