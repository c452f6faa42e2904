import BallastCore
import BallastRuntime
import BallastWire
import Foundation
import Testing

@testable import BallastClients

@Suite("The input of a child")
struct ChildInputTests {
    @Test("takes bytes, fills up, and reports a reader that is gone without a signal")
    func lifecycle() throws {
        let (input, childEnd) = try ChildInput.makePair()
        #expect(input.send(Array("hi".utf8)[...]) == .bytes(2))
        let block = [UInt8](repeating: 1, count: 65_536)
        var taken = 0
        while case .bytes(let count) = input.send(block[...]) { taken += count }
        #expect(taken > 0)
        #expect(input.send(block[...]) == .full)
        #expect(!input.waitUntilWritable(milliseconds: 1))
        close(childEnd)
        #expect(input.waitUntilWritable(milliseconds: 1))
        guard case .gone = input.send(block[...]) else {
            Issue.record("written to nobody")
            return
        }
    }

    @Test("ends after what was sent")
    func end() throws {
        let (input, childEnd) = try ChildInput.makePair()
        #expect(input.send([7]) == .bytes(1))
        input.finish()
        var buffer = [UInt8](repeating: 0, count: 8)
        let counts = (1...2).map { _ in read(childEnd, &buffer, buffer.count) }
        #expect(counts == [1, 0])
        close(childEnd)
    }
}

@Suite("An outbox")
struct OutboxTests {
    @Test("finishes a line that has begun before the next, and gives back only what has not begun")
    func order() {
        var box = Outbox()
        for id in 1...3 { box.append(Outbox.Entry(id: .integer(Int64(id)), bytes: [1, 2, 3])) }
        #expect(box.advance(by: 2) == nil)
        #expect(box.first?.hasBegun == true)
        #expect(box.first.map { Array($0.rest) } == [3])
        let withdrawals = [1, 2, 2].map { box.withdraw(.integer($0)) }
        #expect(withdrawals == [false, true, false])
        #expect(box.advance(by: 9)?.id == .integer(1))
        #expect(box.abandon().map(\.id) == [.integer(3)])
        #expect(box.isEmpty)
        #expect(box.advance(by: 1) == nil)
    }
}

@Suite("A child that ends")
struct RestartBackoffTests {
    @Test("may start again at once after it was useful, and later and later otherwise")
    func waits() {
        var backoff = RestartBackoff(base: .milliseconds(100), longest: .seconds(1))
        let now = ContinuousClock.now
        var waits: [Duration?] = []
        for _ in 1...8 {
            backoff.ended(at: now, wasUseful: false)
            waits.append(backoff.wait(at: now))
        }
        let expected: [Duration?] = [
            nil, .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1),
            .seconds(1),
            .seconds(1),
        ]
        #expect(waits == expected)
        #expect(backoff.wait(at: now + .seconds(1)) == nil)
        backoff.ended(at: now, wasUseful: true)
        #expect(backoff.wait(at: now) == nil)
    }
}

@Suite("The last words of a child")
struct RecentTextTests {
    @Test("are kept within bounds and shown on one line")
    func bounds() {
        let text = RecentText(capacity: 10)
        #expect(text.tail(5) == "")
        for _ in 1...100 { text.append(Array("0123456789abcdef".utf8)) }
        text.append(Array("\u{1B}[31m one\n\ttwo\n".utf8))
        #expect(text.tail(1_000).utf8.count <= 20)
        #expect(text.tail(9) == "one two")
    }
}

@Suite("A value that is waited for")
struct ArrivalTests {
    @Test("reaches everybody who waits, and those who come later")
    func everybody() async {
        let arrival = Arrival<Int>()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 1...20 {
                group.addTask { if case .value(7) = await arrival.wait() { true } else { false } }
            }
            group.addTask {
                arrival.fulfil(7)
                arrival.fulfil(8)
                return true
            }
            for await isRight in group { #expect(isRight) }
        }
        guard case .value(7) = await arrival.wait(until: .now) else {
            Issue.record("lost")
            return
        }
    }

    @Test("leaves one waiter to its deadline and another to its cancellation")
    func others() async {
        let arrival = Arrival<Int>()
        let cancelled = Task { await arrival.wait() }
        cancelled.cancel()
        guard case .cancelled = await cancelled.value else {
            Issue.record("not cancelled")
            return
        }
        guard case .timedOut = await arrival.wait(until: .now) else {
            Issue.record("not timed out")
            return
        }
        #expect(arrival.value == nil)
    }
}

@Suite("The tools of a server")
struct ToolCatalogueTests {
    private func catalogue(_ names: [String], isPrefixed: Bool) throws -> ToolCatalogue {
        var listing = MCPToolListing()
        _ = try listing.add([
            "tools": .array(names.map { ["name": .string(.init($0)), "inputSchema": ["type": "object"]] })
        ])
        return ToolCatalogue(listing, provider: "crm", isPrefixed: isPrefixed)
    }

    @Test("get names that models can use, and the ones that cannot are left out with the reason")
    func names() throws {
        let long = String(repeating: "n", count: 60)
        let names = ["get", "a.b", "a_b", long]
        let prefixed = try catalogue(names, isPrefixed: true)
        #expect(prefixed.definitions.map(\.name) == ["crm__get", "crm__a_b"])
        #expect(prefixed.definitions.map(\.remoteName) == ["get", "a.b"])
        #expect(prefixed.rejections.count == 2)
        let bare = try catalogue(names, isPrefixed: false)
        #expect(bare.definitions.map(\.name) == ["get", "a_b", long])
    }
}
