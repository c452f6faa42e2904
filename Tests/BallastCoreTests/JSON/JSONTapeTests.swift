import BallastCore
import Testing

@Suite("A token tape finds values without building trees")
struct JSONTapeTests {
    private let text =
        "{ \"model\" : \"m\\u0031\", \"messages\": [ {\"role\":\"user\"}, [], 3.50 ], \"st\\u0072eam\":true, \"n\":null }"

    private func tape() throws -> JSONTape { try JSONScanner.scan(Array(text.utf8)) }
    private func source(_ tape: JSONTape, _ index: Int?) -> String? {
        index.map { String(decoding: tape.bytes[tape.range(of: $0)], as: UTF8.self) }
    }

    @Test("holds the kind and the bytes of every value in source order")
    func tokens() throws {
        let tape = try tape()
        let expected: [JSONToken.Kind] = [
            .object, .string, .string, .string, .array, .object, .string, .string, .array, .number, .string, .true,
            .string, .null,
        ]
        #expect(tape.tokens.map(\.kind) == expected)
        #expect(source(tape, JSONTape.root) == text)
        #expect(Int(tape.tokens[0].next) == tape.tokens.count)
        #expect(tape.tokens[4].next == 10)
    }

    @Test("finds members by name, escaped or not, and the bytes of their values")
    func members() throws {
        let tape = try tape()
        #expect(source(tape, tape.member("model")) == "\"m\\u0031\"")
        #expect(source(tape, tape.member("stream")) == "true")
        #expect(source(tape, tape.member("messages")) == "[ {\"role\":\"user\"}, [], 3.50 ]")
        #expect(tape.member("role") == nil)
        #expect(tape.member("mode") == nil)
        #expect(tape.member(at: "messages", "role") == nil)
        #expect(tape.member("model").flatMap { tape.text(of: $0) } == "m1")
    }

    @Test("finds elements by position and values as trees")
    func elements() throws {
        let tape = try tape()
        let messages = try #require(tape.member("messages"))
        #expect(source(tape, tape.element(2, of: messages)) == "3.50")
        #expect(tape.element(3, of: messages) == nil)
        #expect(tape.element(-1, of: messages) == nil)
        #expect(tape.element(0, of: messages).flatMap { tape.value(of: $0) } == ["role": "user"])
        #expect(tape.children(of: messages).map(\.value).count == 3)
        #expect(tape.value() == (try JSONReader.read(text)))
    }

    @Test("finds nothing at an index that is not on the tape or not of the kind")
    func wrongIndex() throws {
        let tape = try tape()
        for index in [-1, tape.tokens.count, Int.max] {
            #expect(tape.kind(of: index) == nil)
            #expect(tape.value(of: index) == nil)
            #expect(tape.text(of: index) == nil)
            #expect(tape.range(of: index).isEmpty)
            #expect(tape.member("model", of: index) == nil)
            #expect(tape.element(0, of: index) == nil)
        }
        #expect(tape.element(0, of: JSONTape.root) == nil)
        #expect(tape.text(of: JSONTape.root) == nil)
    }

    @Test("splices byte ranges and leaves every other byte alone")
    func splices() throws {
        let tape = try tape()
        let model = tape.range(of: try #require(tape.member("model")))
        let stream = tape.range(of: try #require(tape.member("stream")))
        let spliced = tape.splicing([.init(stream, Array("false".utf8)), .init(model, Array("\"other\"".utf8))])
        let expected = text.replacing("\"m\\u0031\"", with: "\"other\"").replacing("true", with: "false")
        #expect(spliced.map { String(decoding: $0, as: UTF8.self) } == expected)
        #expect(tape.splicing([]) == tape.bytes)
    }

    @Test("refuses splices that overlap or leave the text")
    func refusesSplices() throws {
        let tape = try tape()
        #expect(tape.splicing([.init(1..<5, []), .init(4..<6, [])]) == nil)
        #expect(tape.splicing([.init(0..<(tape.bytes.count + 1), [])]) == nil)
    }
}
