import AsyncHTTPClient
import BallastCore
import Foundation
import GRDB
import NIOCore
import NIOHTTP1
import Testing

/// `ballast mcp` as a client starts it: lines in, lines out.
private final class StdioClient {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let complaints = Pipe()
    private var buffer = Data()

    init(_ program: Program, _ arguments: [String] = []) throws {
        process.executableURL = Installation.programs.appending(path: "ballast")
        process.arguments = ["mcp"] + arguments
        process.environment = program.environment
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, complaints)
        try process.run()
    }

    func send(_ message: JSONValue) throws {
        try input.fileHandleForWriting.write(contentsOf: Data(JSONWriter.compact(message) + [0x0A]))
    }

    /// The next line, which must be JSON; nil at the end.
    func next() throws -> JSONValue? {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = Array(buffer[..<end])
                buffer.removeSubrange(...end)
                return try JSONReader.read(line)
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { return nil }
            buffer.append(more)
        }
    }

    func call(_ message: JSONValue) throws -> JSONValue {
        try send(message)
        while let answer = try next() {
            if answer["id"] == message["id"], answer["method"] == nil { return answer }
        }
        return .null
    }

    /// The client closes its end.
    func close() throws -> Int32 {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

@Suite("An agent that exists already", .serialized)
struct GatewayProgramTests {
    private static let agent = """
        description: An agent that is driven elsewhere.
        gateway: true
        policy: refunder
        escalation:
          - { to: operator:first-key, within: 1h }

        """

    private func installation() throws -> (Installation, Program) {
        let installation = try Installation(port: 17_000 + Int.random(in: 0..<800))
        try installation.write("agents/outside.yaml", GatewayProgramTests.agent)
        return (installation, program(installation, key: nil))
    }

    private func program(_ installation: Installation, key: String?) -> Program {
        Program(
            folder: installation.folder.appending(path: "home"), url: "http://127.0.0.1:\(installation.port)", key: key)
    }

    private func serving(_ body: (Installation, Program) async throws -> Void) async throws {
        let (installation, _) = try installation()
        try installation.start()
        defer { installation.stop() }
        try #require(await installation.ready(), "\(installation.log)")
        try await body(installation, program(installation, key: installation.key))
    }

    private let meta: JSONObject = [
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": ["elicitation": ["form": [:]]],
    ]

    private func modern(_ method: String, _ parameters: JSONObject = [:], id: JSONValue) -> JSONValue {
        var parameters = parameters
        parameters["_meta"] = .object(meta)
        return ["jsonrpc": "2.0", "id": id, "method": JSONValue(method), "params": .object(parameters)]
    }

    private func legacy(_ method: String, _ parameters: JSONObject = [:], id: JSONValue) -> JSONValue {
        ["jsonrpc": "2.0", "id": id, "method": JSONValue(method), "params": .object(parameters)]
    }

    private func refunds(_ installation: Installation) throws -> Int {
        try installation.desk { try Int.fetchOne($0, sql: "select count(*) from refunds") } ?? 0
    }

    private let initialize: JSONObject = [
        "protocolVersion": "2025-11-25", "capabilities": ["elicitation": [:]],
        "clientInfo": ["name": "test", "version": "1"],
    ]
    private let order: JSONObject = ["name": "lookup_order", "arguments": ["order_id": "O-1001"]]
    private let refund: JSONObject = [
        "name": "issue_refund", "arguments": ["order_id": "O-1001", "amount": 500, "reason": "damaged"],
    ]

    @Test("is carried over its pipes in both eras at once, and nothing but JSON comes out")
    func stdio() async throws {
        try await serving { installation, program in
            let client = try StdioClient(program)
            let discovered = try client.call(modern("server/discover", id: "probe"))
            #expect(discovered["result"]?["supportedVersions"]?[0] == "2026-07-28")
            let opened = try client.call(legacy("initialize", initialize, id: 0))
            #expect(opened["result"]?["protocolVersion"] == "2025-11-25")
            try client.send(["jsonrpc": "2.0", "method": "notifications/initialized"])
            let listed = try client.call(modern("tools/list", id: 1))
            let names = listed["result"]?["tools"]?.array?.compactMap { $0["name"]?.string }
            #expect(names == ["find_refund", "issue_refund", "lookup_order"])
            for (id, request) in [(2, modern("tools/call", order, id: 2)), (3, legacy("tools/call", order, id: 3))] {
                let answer = try client.call(request)
                #expect(answer["result"]?["structuredContent"]?["id"] == "O-1001", "\(id): \(answer)")
            }
            #expect(try client.call(legacy("no/such", id: 4))["error"]?["code"] == -32_601)
            try client.send("no message")
            #expect(try client.next()?["error"]?["code"] == -32_600)
            #expect(try client.close() == 0)
            // Both eras of one client are one conversation.
            let runs = await installation.request("GET", "/api/v1/runs")
            #expect(runs?.body["data"]?.array?.count == 1)
        }
    }

    @Test("has its refund approved in the client that asked, once, and is refused where nobody agrees")
    func approval() async throws {
        try await serving { installation, program in
            let before = try refunds(installation)
            let client = try StdioClient(program)
            _ = try client.call(legacy("initialize", initialize, id: 0))
            try client.send(["jsonrpc": "2.0", "method": "notifications/initialized"])
            try client.send(legacy("tools/call", refund, id: 1))
            let question = try #require(try client.next())
            #expect(question["method"] == "elicitation/create", "\(question)")
            #expect(question["params"]?["message"]?.string?.contains("5.00 USD") == true)
            try client.send([
                "jsonrpc": "2.0", "id": question["id"] ?? .null,
                "result": ["action": "accept", "content": ["approve": true]],
            ])
            let done = try #require(try client.next())
            #expect(done["result"]?["isError"] == false, "\(done)")
            let asked = try client.call(
                modern(
                    "tools/call",
                    ["name": "issue_refund", "arguments": ["order_id": "O-1001", "amount": 100, "reason": "late"]],
                    id: 2))
            #expect(asked["result"]?["resultType"] == "input_required", "\(asked)")
            let refused = try client.call(
                modern(
                    "tools/call",
                    [
                        "name": "issue_refund",
                        "arguments": ["order_id": "O-1001", "amount": 100, "reason": "late"],
                        "requestState": asked["result"]?["requestState"] ?? .null,
                        "inputResponses": ["approve": ["action": "decline"]],
                    ], id: 3))
            #expect(refused["result"]?["structuredContent"]?["code"] == "approval.rejected", "\(refused)")
            #expect(try client.close() == 0)
            #expect(try refunds(installation) == before + 1)
        }
    }

    @Test("that goes away over HTTP in mid-call finds the server as it was")
    func disconnect() async throws {
        try await serving { installation, _ in
            let before = try refunds(installation)
            let key = try #require(installation.key)
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(installation.port)/mcp")
            request.method = .POST
            for (name, value) in [
                ("authorization", "Bearer \(key)"), ("accept", "application/json, text/event-stream"),
                ("content-type", "application/json"), ("mcp-protocol-version", "2026-07-28"),
                ("mcp-method", "tools/call"), ("mcp-name", "issue_refund"),
            ] { request.headers.add(name: name, value: value) }
            let mute: JSONObject = [
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": [:],
            ]
            var parameters = refund
            parameters["_meta"] = .object(mute)
            let body = legacy("tools/call", parameters, id: 1)
            request.body = .bytes(ByteBuffer(bytes: JSONWriter.compact(body)))
            // Waits for a reviewer, for longer than this client does.
            await #expect(throws: (any Error).self) {
                _ = try await HTTPClient.shared.execute(request, timeout: .seconds(1))
            }
            // Leaving takes the call back: what waited is withdrawn and nothing was sent.
            let withdrawn = try await eventually {
                let pending = await installation.request("GET", "/api/v1/approvals?status=pending")
                return pending?.body["data"]?.array?.isEmpty == true ? true : nil
            }
            #expect(withdrawn == true)
            #expect(try refunds(installation) == before)
        }
    }

    @Test("finds a server that `ballast mcp` starts by itself, and is told what to do without one")
    func embedded() async throws {
        let (installation, program) = try installation()
        let none = try program("mcp")
        #expect(none.status == 4)
        #expect(none.complaints.contains("ballast serve --config"))
        #expect(none.output.isEmpty)
        let client = try StdioClient(program, ["--config", installation.folder.path])
        let opened = try client.call(legacy("initialize", initialize, id: 0))
        #expect(opened["result"]?["serverInfo"]?["name"] == "ballast", "\(opened)")
        try client.send(["jsonrpc": "2.0", "method": "notifications/initialized"])
        var id = 0
        let answer = try await eventually {
            id += 1
            let answer = try client.call(legacy("tools/call", order, id: JSONValue(id)))
            return answer["result"] == nil ? nil : answer
        }
        #expect(answer?["result"]?["structuredContent"]?["id"] == "O-1001", "\(answer ?? .null)")
        let second = try StdioClient(self.program(installation, key: installation.key))
        #expect(try second.call(modern("server/discover", id: 1))["result"] != nil)
        #expect(try second.close() == 0)
        #expect(try client.close() == 0)
    }
}
