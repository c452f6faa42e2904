import AsyncHTTPClient
import BallastCore
import Foundation
import GRDB
import NIOCore
import NIOHTTP1

/// An installation in a temporary folder: the built program, a configuration, the desk's own database.
final class Installation: @unchecked Sendable {  // the process is only touched by the one task that starts and kills it
    let folder: URL
    let port: Int
    private var server: Process?
    private(set) var kills = 0

    init(port: Int, deskOptions: [String] = []) throws {
        self.port = port
        folder = FileManager.default.temporaryDirectory.appending(path: "ballast-\(UUID().uuidString)")
        try write("ballast.yaml", Installation.ballast(folder, deskOptions))
        try write("agents/refunder.yaml", Installation.agent)
        try write("policies/refunder.yaml", Installation.policy)
        try write("playbooks/refund.yaml", Installation.playbook(saying: "Refunded {amount} for order {order_id}."))
        try write("people.yaml", Installation.people)
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var data: URL { folder.appending(path: "data") }
    var key: String? {
        (try? String(contentsOf: data.appending(path: "first-key"), encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The folder of the built programs: the one that holds the test bundle.
    static var programs: URL {
        let bundle = URL(filePath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath()
        var folder = bundle.deletingLastPathComponent()
        for _ in 0..<4 where !FileManager.default.isExecutableFile(atPath: folder.appending(path: "ballast").path) {
            folder = folder.deletingLastPathComponent()
        }
        return folder
    }

    /// An empty folder, but for the data.
    func clear() throws {
        for name in ["ballast.yaml", "people.yaml", "agents", "policies", "playbooks"] {
            try FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    // MARK: The server's process

    func start() throws {
        let process = Process()
        process.executableURL = Installation.programs.appending(path: "ballast")
        process.arguments = ["serve", "--config", folder.path, "--listen", "127.0.0.1:\(port)"]
        let log = data.appending(path: "serve.log")
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        server = process
    }

    /// `kill -9`, then wait until it is gone. Tools live on and finish what they were asked, unless they die with it.
    func kill(withTools: Bool = false) {
        guard let server, server.isRunning else { return }
        let tools = withTools ? Installation.children(of: server.processIdentifier) : []
        for process in [server.processIdentifier] + tools { Foundation.kill(process, SIGKILL) }
        server.waitUntilExit()
        kills += 1
    }

    /// Empty where the system has no `/proc`.
    private static func children(of process: Int32) -> [Int32] {
        let tasks = "/proc/\(process)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return threads.flatMap { thread in
            let text = (try? String(contentsOfFile: "\(tasks)/\(thread)/children", encoding: .utf8)) ?? ""
            return text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        }
    }

    /// Asks the server to read its configuration again.
    func hangUp() {
        guard let server, server.isRunning else { return }
        Foundation.kill(server.processIdentifier, SIGHUP)
    }

    func stop() {
        guard let server, server.isRunning else { return }
        server.terminate()
        server.waitUntilExit()
    }

    var log: String { (try? String(contentsOf: data.appending(path: "serve.log"), encoding: .utf8)) ?? "" }

    // MARK: Requests

    /// nil while no server answers.
    func request(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String? = nil, idempotencyKey: String? = nil
    ) async -> (status: Int, body: JSONValue)? {
        guard let key = key ?? self.key else { return nil }
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method == "POST" ? .POST : .GET
        request.headers.add(name: "authorization", value: "Bearer \(key)")
        if let idempotencyKey { request.headers.add(name: "idempotency-key", value: idempotencyKey) }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: JSONWriter.compact(body)))
        }
        guard let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(5)),
            let bytes = try? await response.body.collect(upTo: 8 << 20)
        else { return nil }
        let value = (try? JSONReader.read(Array(bytes.readableBytesView))) ?? .null
        return (Int(response.status.code), value)
    }

    /// Waits until the server is ready; false when it does not get there in time.
    func ready(within seconds: Double = 30) async -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if let answer = await request("GET", "/readyz"), answer.status == 200 { return true }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    // MARK: The desk's books

    func desk<Value>(_ body: (Database) throws -> Value) throws -> Value {
        let queue = try DatabaseQueue(path: data.appending(path: "desk.db").path)
        return try queue.inDatabase(body)
    }

    func write(_ path: String, _ text: String) throws {
        let target = folder.appending(path: path)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: target)
    }

    // MARK: Configuration

    private static func ballast(_ folder: URL, _ options: [String]) -> String {
        let command = (["support-desk", "--db", "data/desk.db"] + options).joined(separator: ", ")
        return """
            store: sqlite:data/ballast.db
            environment: test
            tools:
              desk:
                mcp:
                  command: [\(command)]
                  prefix: none

            """
    }

    private static let agent = """
        description: Refunds orders.
        tools: [lookup_order, issue_refund]
        policy: refunder
        playbooks: [refund]
        budget: { steps: 30, time: 10m }
        escalation:
          - { to: operator:first-key, within: 1h }

        """

    private static let policy = """
        version: 1
        classes:
          safe: [lookup_order, find_refund]
          dangerous: [issue_refund]
        # One customer has more refunds here than one ever would.
        limits:
          - { class: dangerous, count: unlimited }
        tools:
          lookup_order: { trusted: true }
          find_refund: { trusted: true }
          issue_refund:
            money: { amount: USD }
            limits:
              - { sum: amount, at_most: lookup_order(order_id).total_cents, per: order_id }
            repeat: never
            verify:
              tool: find_refund
              with: { key: $idempotency_key }
              happened_when: { found: true }
              lands_within: 1s
        rules:
          - id: refunds-by-finance
            require: { approve: finance, within: 24h }
            when: { tool: issue_refund }

        """

    static func playbook(saying words: String) -> String {
        """
        triggers:
          - "refund {amount:money(USD)} for order {order_id:id(O-#)}"
        steps:
          - call: issue_refund
            with: { order_id: $order_id, amount: $amount, reason: asked for }
            as: refund
          - end: succeeded
            say: \(words)

        """
    }

    private static let people = """
        principals:
          customer:ana: { name: Ana, customer_id: C-7 }
          operator:first-key: { name: Operator }
        groups:
          finance: [operator:first-key]

        """
}

/// What another process does can only be looked at, again and again; nil when it does not come.
func eventually<Value>(_ look: () async throws -> Value?) async throws -> Value? {
    for _ in 0..<200 {
        if let found = try await look() { return found }
        try await Task.sleep(for: .milliseconds(50))
    }
    return nil
}
