import BallastCore
import Testing

@Suite("The JSON reader accepts RFC 8259 and nothing else")
struct JSONReaderTests {
    static let accepted: [String] = [
        "null", "true", "false", "0", "-0", "7", "-12", "1.5", "-0.0", "1e5", "1E+5", "1e-5", "0e0", "0.00",
        "12345678901234567890123456789", "1e400", "1e-99999999", "\"\"", "[]", "{}", " [ ] ", "\t{\r\n}\t",
        "[1,2,[3]]", "[ 1 , 2 ]", "{\"a\":1}", "{ \"a\" : { \"b\" : [ ] } }", "{\"\":0}", "{\"a\":1,\"A\":2}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0000\"", "\"\\u00e9\\u20AC\"", "\"\\ud83d\\ude00\"",
        "\"\\uDBFF\\uDFFF\"", "\"\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}\"",
        "\"\u{FEFF}\"", "{\"é\":1,\"e\u{301}\":2}", "[[[[[[[[[[]]]]]]]]]]", "\"/\"", "[\"\\\\\"]", "[1e0,1E0,1e00]",
    ]

    @Test("accepts what the grammar allows", arguments: accepted)
    func accepts(_ text: String) throws {
        let value = try JSONReader.read(text)
        #expect(try JSONReader.read(JSONWriter.compact(value)) == value)
    }

    static let refused: [(String, JSONError.Code)] = [
        ("", .unexpectedEnd), (" ", .unexpectedEnd), ("[", .unexpectedEnd), ("{", .unexpectedEnd),
        ("[1", .unexpectedEnd), ("[1,", .unexpectedEnd), ("{\"a\"", .unexpectedEnd), ("{\"a\":", .unexpectedEnd),
        ("{\"a\":1", .unexpectedEnd), ("{\"a\":1,", .unexpectedEnd), ("\"abc", .unexpectedEnd),
        ("\"\\", .unexpectedEnd), ("tru", .unexpectedEnd), ("-", .unexpectedEnd), ("1.", .unexpectedEnd),
        ("1e", .unexpectedEnd), ("1e+", .unexpectedEnd),
        ("[1,]", .unexpectedByte), ("[,1]", .unexpectedByte), ("[1,,2]", .unexpectedByte),
        ("{\"a\":1,}", .unexpectedByte), ("{,}", .unexpectedByte), ("{a:1}", .unexpectedByte),
        ("{'a':1}", .unexpectedByte), ("{\"a\" 1}", .unexpectedByte), ("{\"a\":}", .unexpectedByte),
        ("{1:2}", .unexpectedByte), ("[1 2]", .unexpectedByte), ("[}", .unexpectedByte), ("{]", .unexpectedByte),
        ("[1}", .unexpectedByte), ("{\"a\":1]", .unexpectedByte), ("]", .unexpectedByte), ("}", .unexpectedByte),
        ("True", .unexpectedByte), ("NaN", .unexpectedByte), ("Infinity", .unexpectedByte), ("+1", .unexpectedByte),
        (".5", .unexpectedByte), ("nul1", .unexpectedByte), ("nulL", .unexpectedByte), ("'a'", .unexpectedByte),
        ("/**/1", .unexpectedByte), ("#", .unexpectedByte), ("\u{A0}1", .unexpectedByte),
        ("\u{0}", .unexpectedByte), ("[\u{0}]", .unexpectedByte), ("\u{B}1", .unexpectedByte),
        ("-Infinity", .invalidNumber), ("01", .invalidNumber), ("-01", .invalidNumber), ("00", .invalidNumber),
        ("[1.]", .invalidNumber), ("[-]", .invalidNumber), ("[1e]", .invalidNumber), ("[1.e1]", .invalidNumber),
        ("[1e+]", .invalidNumber), ("--1", .invalidNumber), ("1.\u{661}", .invalidNumber),
        ("1 2", .trailingBytes), ("1,", .trailingBytes), ("{} {}", .trailingBytes), ("[]]", .trailingBytes),
        ("nullx", .trailingBytes), ("0x10", .trailingBytes), ("1_000", .trailingBytes), ("\"a\"b", .trailingBytes),
        ("1\u{0}", .trailingBytes), ("{}//", .trailingBytes),
        ("\"\n\"", .controlCharacter), ("\"\t\"", .controlCharacter), ("\"\u{0}\"", .controlCharacter),
        ("\"abcdefgh\u{1F}\"", .controlCharacter), ("{\"a\nb\":1}", .controlCharacter),
        ("\"\\x\"", .invalidEscape), ("\"\\'\"", .invalidEscape), ("\"\\0\"", .invalidEscape),
        ("\"\\u12\"", .invalidEscape), ("\"\\u12g4\"", .invalidEscape), ("\"\\U0041\"", .invalidEscape),
        ("\"\\u{41}\"", .invalidEscape), ("\"\\u-123\"", .invalidEscape), ("\"\\u123", .invalidEscape),
        ("\"\\ud800\"", .loneSurrogate), ("\"\\udc00\"", .loneSurrogate), ("\"\\ud800x\"", .loneSurrogate),
        ("\"\\ud800\\n\"", .loneSurrogate), ("\"\\ud800\\ud800\"", .loneSurrogate),
        ("\"\\ude00\\ud83d\"", .loneSurrogate), ("\"\\ud83d\\u0041\"", .loneSurrogate),
        ("{\"\\ud800\":1}", .loneSurrogate),
        ("{\"a\":1,\"a\":1}", .duplicateMember), ("{\"a\":1,\"b\":2,\"a\":3}", .duplicateMember),
        ("{\"a\":1,\"\\u0061\":2}", .duplicateMember), ("{\"\\/\":1,\"/\":2}", .duplicateMember),
        ("{\"\":1,\"\":2}", .duplicateMember), ("[{\"x\":{\"k\":1,\"k\":2}}]", .duplicateMember),
        ("{\"\\ud83d\\ude00\":1,\"😀\":2}", .duplicateMember),
        ("\u{FEFF}{}", .byteOrderMark), ("\u{FEFF}", .byteOrderMark),
    ]

    @Test("refuses everything else and says which rule was broken", arguments: refused)
    func refuses(_ text: String, _ code: JSONError.Code) {
        let error = #expect(throws: JSONError.self) { try JSONReader.read(text) }
        #expect(error?.code == code)
        #expect(throws: JSONError.self) { try JSONScanner.scan(Array(text.utf8)) }
    }

    static let invalidUTF8: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE],
        [0xFF], [0xE9], [0x61, 0xCC],
    ]

    @Test("refuses bytes that are not UTF-8, in values and in names", arguments: invalidUTF8)
    func refusesInvalidUTF8(_ bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let value = [quote] + bytes + [quote]
        #expect(throws: JSONError.self) { try JSONReader.read(value) }
        #expect(throws: JSONError.self) { try JSONReader.read(Array("{".utf8) + value + Array(":1}".utf8)) }
        let error = #expect(throws: JSONError.self) { try JSONReader.read(Array("\"12345678".utf8) + bytes + [quote]) }
        #expect(error?.code == .invalidUTF8)
        #expect(throws: JSONError.self) { try JSONReader.read([quote] + bytes) }
    }

    @Test("never reads past a text that is cut anywhere")
    func survivesTruncation() {
        let text = "{\"a\":[1.5e-3,true,null,\"x\\u00e9\\ud83d\\ude00\\n é😀\"],\"b\":{\"c\":false}}"
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count {
            #expect(throws: JSONError.self) { try JSONReader.read(Array(bytes[..<length])) }
        }
    }

    @Test("keeps member order, number spelling and string bytes")
    func keepsSource() throws {
        let value = try JSONReader.read("{\"z\":1.0,\"a\":1e2,\"m\":\"e\u{301}\",\"b\":-0}")
        #expect(value.object?.keys == ["z", "a", "m", "b"])
        #expect(value["z"] == .number(JSONNumber(validated: "1.0")))
        #expect(value["z"] != .number(JSONNumber(1)))
        #expect(value["m"] == .string(JSONString("e\u{301}")))
        #expect(value["m"] != .string(JSONString("\u{E9}")))
        #expect(JSONWriter.compact(value) == Array("{\"z\":1.0,\"a\":1e2,\"m\":\"e\u{301}\",\"b\":-0}".utf8))
    }

    @Test("decodes escapes to the characters they stand for")
    func decodesEscapes() throws {
        let value = try JSONReader.read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\u0000.\"")
        #expect(value.string == "\"\\/\u{8}\u{C}\n\r\tA\u{E9}\u{20AC}\u{1F600}\u{0}.")
    }

    @Test("reads memory that somebody else owns")
    func readsBuffers() throws {
        let bytes = Array("[1,\"a long enough string to be allocated\"]".utf8)
        let value = try bytes.withUnsafeBytes { try JSONReader.read($0) }
        #expect(value == [1, "a long enough string to be allocated"])
        #expect(throws: JSONError.self) { try JSONReader.read(UnsafeRawBufferPointer(start: nil, count: 0)) }
    }

    @Test("finds a duplicate among many names", arguments: [2, 15, 16, 17, 40, 5_000])
    func findsDuplicates(_ count: Int) throws {
        let members = (0..<count).map { "\"name\($0)\":\($0)" }
        #expect(try JSONReader.read("{\(members.joined(separator: ","))}").object?.count == count)
        let doubled = members + ["\"name0\":0"]
        let error = #expect(throws: JSONError.self) {
            try JSONReader.read("{\(doubled.joined(separator: ","))}")
        }
        #expect(error?.code == .duplicateMember)
        #expect(error?.message.contains("name0") == true)
    }
}
