import BallastKit
import Testing

@Suite("JSON values and Codable types")
struct CodingTests {
    struct Order: Codable, Hashable {
        enum State: String, Codable { case open, shipped }
        struct Line: Codable, Hashable {
            var sku: String
            var count: UInt8
        }
        var id: String
        var state: State
        var lines: [Line]
        var note: String?
        var weight: Double
        var extra: JSONValue
    }

    private let order = Order(
        id: "O-1", state: .shipped, lines: [.init(sku: "A", count: 2), .init(sku: "B", count: 255)], note: nil,
        weight: 1.5, extra: ["gift": true, "tags": ["x", .null]])

    @Test("are the same on the way there and back, in the order of the type")
    func roundTrip() throws {
        let value = try JSONValue(encoding: order)
        #expect(
            value.text == """
                {"id":"O-1","state":"shipped","lines":[{"sku":"A","count":2},{"sku":"B","count":255}],\
                "weight":1.5,"extra":{"gift":true,"tags":["x",null]}}
                """)
        #expect(try value.decoded(as: Order.self) == order)
        #expect(try JSONValue(parsing: value.prettyText) == value)
    }

    @Test("a whole number is one however it is spelled, and nothing else is")
    func integers() throws {
        #expect(try JSONValue(parsing: "[1, 1.0, 10e-1, 9223372036854775807]").decoded() == [1, 1, 1, Int.max])
        #expect(try JSONValue(parsing: "18446744073709551615").decoded() == UInt64.max)
        for text in ["1.5", "256", "-1", "true", "\"1\"", "null"] {
            #expect(throws: DecodingError.self) { try JSONValue(parsing: text).decoded(as: UInt8.self) }
        }
    }

    @Test("what does not fit is named with its place")
    func places() throws {
        let value: JSONValue = ["id": "O-1", "state": "open", "lines": [["sku": "A", "count": 300]], "weight": 1]
        let error = #expect(throws: DecodingError.self) { try value.decoded(as: Order.self) }
        guard case .typeMismatch(_, let context) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(context.codingPath.map(\.stringValue) == ["lines", "0", "count"])
        #expect(context.debugDescription == "expected a whole number that fits UInt8, found number")
    }

    @Test("what JSON cannot spell is not written")
    func infinite() {
        #expect(throws: EncodingError.self) { try JSONValue(encoding: [Double.nan]) }
        #expect(JSONNumber(Double.infinity) == nil)
    }

    @Test("text is read strictly")
    func strict() {
        for text in ["{\"a\":1,\"a\":2}", "[1,]", "", "1 2"] {
            let error = #expect(throws: AgentError.self) { try JSONValue(parsing: text) }
            #expect(error?.code == .invalid)
        }
    }
}
