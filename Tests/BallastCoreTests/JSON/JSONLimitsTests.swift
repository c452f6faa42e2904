import BallastCore
import Testing

@Suite("The JSON reader stops at its limits")
struct JSONLimitsTests {
    private func code(_ text: String, _ limits: JSONLimits) -> JSONError.Code? {
        do throws(JSONError) {
            _ = try JSONReader.read(text, limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("depth", arguments: [1, 2, 64, 128, 512])
    func depth(_ depth: Int) {
        let limits = JSONLimits(maxDepth: depth)
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(code(nested(depth), limits) == nil)
        #expect(code(nested(depth + 1), limits) == .tooDeep)
        let objects = String(repeating: "{\"a\":", count: depth + 1) + "1" + String(repeating: "}", count: depth + 1)
        #expect(code(objects, limits) == .tooDeep)
    }

    @Test("depth in a text that never closes anything")
    func openOnly() {
        #expect(code(String(repeating: "[", count: 1_000_000), .standard) == .tooDeep)
        #expect(code(String(repeating: "{\"a\":", count: 1_000_000), .standard) == .tooDeep)
    }

    @Test("bytes")
    func bytes() {
        let limits = JSONLimits(maxBytes: 8)
        #expect(code("\"123456\"", limits) == nil)
        #expect(code("\"1234567\"", limits) == .tooLarge)
    }

    @Test("values, containers and scalars alike but not names")
    func values() {
        let limits = JSONLimits(maxValues: 4)
        #expect(code("[1,2,3]", limits) == nil)
        #expect(code("[1,2,3,4]", limits) == .tooManyValues)
        #expect(code("{\"a\":1,\"b\":[2]}", limits) == nil)
        #expect(code("[[[[[]]]]]", limits) == .tooManyValues)
    }

    @Test("have defaults, and are clamped to what is safe")
    func clamped() {
        #expect(JSONLimits.standard.maxDepth == 128)
        #expect(JSONLimits.standard.maxBytes == 16 << 20)
        #expect(JSONLimits.standard.maxValues == 1_000_000)
        let wild = JSONLimits(maxDepth: .max, maxBytes: .max, maxValues: -1)
        #expect(wild.maxDepth == 512)
        #expect(wild.maxBytes == 1 << 30)
        #expect(wild.maxValues == 1)
    }

    @Test("equality and hashing of a deep value stay linear")
    func deepEquality() throws {
        func nested(_ leaf: Int, isReversed: Bool) -> String {
            (0..<120).reduce("\(leaf)") { inner, _ in
                isReversed ? "{\"b\":0,\"a\":\(inner)}" : "{\"a\":\(inner),\"b\":0}"
            }
        }
        let value = try JSONReader.read(nested(1, isReversed: false))
        let reversed = try JSONReader.read(nested(1, isReversed: true))
        #expect(value == reversed)
        #expect(value.hashValue == reversed.hashValue)
        #expect(value != (try JSONReader.read(nested(2, isReversed: true))))
    }
}
