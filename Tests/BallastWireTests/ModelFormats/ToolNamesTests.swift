import BallastWire
import Testing

@Suite("Tool names fit every provider and come back unchanged")
struct ToolNamesTests {
    private static let names = [
        "lookup_order", "desk__lookup", "über", "u\u{308}ber", "a b", "a/b", "a_b", "",
        String(repeating: "x", count: 65),
        String(repeating: "x", count: 64), "😀",
    ]

    @Test("legal and different from each other")
    func legal() {
        let map = ToolNames(Self.names)
        let wire = Self.names.map(map.wire)
        #expect(Set(wire).count == Self.names.count)
        for name in wire {
            #expect((1...64).contains(name.utf8.count), "\(name)")
            #expect(name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }, "\(name)")
        }
    }

    @Test("back to the same bytes")
    func back() {
        let map = ToolNames(Self.names)
        for name in Self.names { #expect(Array(map.original(map.wire(name)).utf8) == Array(name.utf8)) }
        #expect(map.original("never_offered") == "never_offered")
    }

    @Test("alike in every call, whatever else is offered")
    func stable() {
        #expect(ToolNames(["a b"]).wire("a b") == ToolNames(Self.names).wire("a b"))
        #expect(ToolNames(["lookup_order"]).wire("lookup_order") == "lookup_order")
    }

    @Test("even when a legal name looks like a made-up one")
    func collision() {
        let spelling = ToolNames(["a b"]).wire("a b")
        let map = ToolNames(["a b", spelling])
        #expect(map.wire(spelling) == spelling)
        #expect(map.wire("a b") != spelling)
        #expect(map.original(map.wire("a b")) == "a b")
    }
}
