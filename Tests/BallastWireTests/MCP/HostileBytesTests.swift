import BallastCore
import BallastWire
import Testing

@Suite("Hostile bytes")
struct HostileBytesTests {
    /// xorshift64*, so that a failing seed can be played again.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return state &* 2_685_821_657_736_338_717
        }
    }

    private static let seeds = (1...1_000).map { UInt64($0) }

    /// Lines that a server may send, with bytes changed, dropped and doubled.
    private func stream(_ generator: inout Generator) -> [UInt8] {
        let lines = [
            Transcript.modernServer, Transcript.legacyServer(2), Transcript.unknownMethod(1),
            #"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"é"}],"nextCursor":"","tools":[]}}"#,
            #"{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"a","arguments":{}}}"#,
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":4}}"#,
        ]
        var bytes: [UInt8] = []
        for _ in 0..<6 { bytes += Array((lines.randomElement(using: &generator) ?? "").utf8) + [10] }
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            let place = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0...2, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            default: bytes.insert(bytes[place], at: place)
            }
        }
        return bytes
    }

    @Test("cannot break a client, whatever the chunks")
    func client() {
        for seed in Self.seeds { playClient(seed) }
    }

    private func playClient(_ seed: UInt64) {
        var generator = Generator(state: seed)
        var session = MCPClientSession(client: MCPImplementation(name: "test", version: "1"))
        _ = session.start()
        var framer = LineFramer(maxLength: 200)
        var rest = stream(&generator)[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(Int.random(in: 1...40, using: &generator))
            rest = rest.dropFirst(chunk.count)
            for line in framer.receive(Array(chunk)) {
                for case .send(let bytes) in session.receive(line) { #expect(bytes.last == 10, "seed \(seed)") }
            }
            _ = session.listTools(cursor: nil)
        }
        #expect(framer.pendingCount <= 300, "seed \(seed)")
    }

    @Test("cannot break a server, which answers each request with one line")
    func server() throws {
        for seed in Self.seeds { try playServer(seed) }
    }

    private func playServer(_ seed: UInt64) throws {
        var generator = Generator(state: seed)
        let session = MCPServerSession(
            server: MCPImplementation(name: "s", version: "1"),
            tools: [MCPTool(name: "a", description: "", inputSchema: ["type": "object"])])
        var framer = LineFramer(maxLength: 200)
        for line in framer.receive(stream(&generator)) {
            for case .send(let bytes) in session.receive(line) {
                #expect(bytes.filter { $0 == 10 }.count == 1, "seed \(seed)")
                _ = try JSONRPCMessage(parsing: bytes.dropLast())
            }
        }
    }
}
