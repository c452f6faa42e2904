import BallastCore
import BallastWire
import Testing

/// Plays a conversation of a client session against lines that the test gives.
struct Transcript {
    var session = MCPClientSession(client: MCPImplementation(name: "test", version: "1"))

    static let discovery = #"""
        {"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"}}}}
        """#
    static func initialize(_ id: Int) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{"form":{},"url":{}}},"clientInfo":{"name":"test","version":"1"}}}"#
    }
    static let initialized = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#

    static let modernServer =
        #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","version":"2"}}}}"#
    static func legacyServer(_ id: Int, version: String = "2025-06-18") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":{"protocolVersion":"\#(version)","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"s","version":"2"}}}"#
    }
    static func unknownMethod(_ id: Int, code: Int = -32_601) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"no"}}"#
    }

    mutating func receive(_ line: String) -> [MCPClientSession.Action] {
        session.receive(.complete(Array(line.utf8)))
    }

    /// A session that is open in the modern way.
    static func modern(listChanged: Bool = false) -> Transcript {
        var transcript = Transcript()
        _ = transcript.session.start()
        let answer =
            listChanged
            ? modernServer.replacing("\"tools\":{}", with: "\"tools\":{\"listChanged\":true}") : modernServer
        _ = transcript.receive(answer)
        return transcript
    }

    /// A session that is open in the older way.
    static func legacy() -> Transcript {
        var transcript = Transcript()
        _ = transcript.session.start()
        _ = transcript.receive(unknownMethod(1))
        _ = transcript.receive(legacyServer(2))
        return transcript
    }
}

extension [MCPClientSession.Action] {
    /// The lines that are to be written.
    var sent: [String] {
        compactMap { action in
            guard case .send(let line) = action else { return nil }
            return String(decoding: line.dropLast(line.last == 10 ? 1 : 0), as: UTF8.self)
        }
    }

    var ready: MCPServer? { lazy.compactMap { if case .ready(let server) = $0 { server } else { nil } }.first }
    var unusable: String? { lazy.compactMap { if case .unusable(let text) = $0 { text } else { nil } }.first }
}

extension MCPClientSession {
    /// A plain call of a tool.
    mutating func callTool(
        _ name: String, arguments: [UInt8], idempotencyKey: String?
    ) throws(MCPProtocolError) -> Request? {
        call(try MCPCallRequest(.tool(name), arguments: arguments, idempotencyKey: idempotencyKey))
    }
}
