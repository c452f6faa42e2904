import BallastCore
import BallastWire
import Testing

@Suite("A list of tools")
struct MCPToolListingTests {
    private func page(_ names: [String], next: JSONValue? = nil) -> JSONValue {
        var page: JSONObject = [
            "tools": .array(names.map { ["name": JSONValue($0), "inputSchema": ["type": "object"]] })
        ]
        page["nextCursor"] = next
        return .object(page)
    }

    @Test("is put together from its pages; the empty cursor is one like any other")
    func pages() throws {
        var listing = MCPToolListing()
        #expect(try listing.add(page(["a"], next: "")) == .page(cursor: ""))
        #expect(try listing.add(page(["b"], next: "x")) == .page(cursor: "x"))
        #expect(try listing.add(page(["c"], next: .null)) == .finished)
        #expect(listing.tools.map(\.name) == ["a", "b", "c"])
    }

    @Test("that runs in a circle or never ends is refused")
    func endless() throws {
        var circle = MCPToolListing()
        #expect(try circle.add(page([], next: "x")) == .page(cursor: "x"))
        #expect(throws: MCPProtocolError.self) { try circle.add(page([], next: "x")) }

        var endless = MCPToolListing()
        for number in 1..<MCPToolListing.maxPages { _ = try endless.add(page([], next: JSONValue("\(number)"))) }
        #expect(throws: MCPProtocolError.self) { try endless.add(page([], next: "on")) }

        var many = MCPToolListing()
        let names = (0...MCPToolListing.maxTools).map { "t\($0)" }
        #expect(throws: MCPProtocolError.self) { try many.add(page(names)) }
        #expect(throws: MCPProtocolError.self) { try many.add(["tools": 1]) }
    }

    @Test("leaves out entries that break the rules and says which")
    func rejections() throws {
        var listing = MCPToolListing()
        _ = try listing.add([
            "tools": [
                ["name": "good", "inputSchema": ["type": "object"]],
                ["name": "a b", "inputSchema": ["type": "object"]],
                ["name": "none"], ["name": "array", "inputSchema": ["type": "array"]],
                ["name": "good", "inputSchema": ["type": "object"]], 7,
            ], "ttlMs": 5,
        ])
        #expect(listing.tools.map(\.name) == ["good"])
        #expect(listing.rejections.count == 5)
        #expect(listing.rejections.contains { $0.contains("listed twice") })
        #expect(listing.timeToLive == 5)
    }
}
