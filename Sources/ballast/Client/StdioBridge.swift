import AsyncHTTPClient
import BallastCore
import BallastServer
import BallastWire
import Dispatch
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// Carries lines of standard input to the gateway and its messages to standard output, many requests at once.
final class StdioBridge: Sendable {
    private let endpoint: String
    private let key: String
    private let headers: [(String, String)]
    private let state = Mutex(State())
    private let http: HTTPClient

    private struct State {
        var bridge = MCPBridge()
        var tasks: [JSONRPCID: Task<Void, Never>] = [:]
        var listening: Task<Void, Never>?
    }

    init(endpoint: String, key: String, headers: [(String, String)]) {
        self.endpoint = endpoint
        self.key = key
        self.headers = headers
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        // Each open request has a connection of its own: a call may wait for a person while others go on.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Until the client closes its end; requests under way are then given up.
    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for await line in StdioBridge.lines() { receive(line, &group) }
            state.withLock { $0.listening }?.cancel()
            for task in state.withLock({ Array($0.tasks.values) }) { task.cancel() }
            group.cancelAll()
        }
        try? await http.shutdown()
    }

    private func receive(_ line: LineFramer.Line, _ group: inout TaskGroup<Void>) {
        switch state.withLock({ $0.bridge.receive(line) }) {
        case .say(let line): StdioBridge.write(line)
        case .abandon(let id): state.withLock { $0.tasks[id] }?.cancel()
        case .post(let post):
            // What comes after `initialize` needs the session that its answer gives.
            let earlier = state.withLock { state in state.tasks.values.isEmpty ? nil : state.tasks[StdioBridge.opening]
            }
            let task = Task { await self.send(post, after: earlier) }
            if let id = post.request { state.withLock { $0.tasks[id] = task } }
            if post.isInitialize { state.withLock { $0.tasks[StdioBridge.opening] = task } }
            group.addTask { await task.value }
        }
    }
    /// Stands for the `initialize` under way; no client can have this identifier, for it is no text.
    private static let opening = JSONRPCID.integer(.min)

    // MARK: One request

    private func send(_ post: MCPBridge.Post, after earlier: Task<Void, Never>?) async {
        if post.era == .legacy, let earlier { await earlier.value }
        do {
            try await exchange(post, mayRenew: true)
        } catch {
            if !Task.isCancelled, let id = post.request {
                StdioBridge.write(MCPBridge.failure(of: id, "the gateway at \(endpoint) did not answer: \(error)"))
            }
        }
        state.withLock { state in
            state.bridge.ended(post)
            if let id = post.request { state.tasks[id] = nil }
            if post.isInitialize { state.tasks[StdioBridge.opening] = nil }
        }
    }

    private func exchange(_ post: MCPBridge.Post, mayRenew: Bool) async throws {
        let response = try await http.execute(request(post), deadline: .distantFuture)
        let status = Int(response.status.code)
        if status == 404, mayRenew, post.era == .legacy, !post.isInitialize, try await renew() {
            _ = try await response.body.collect(upTo: StdioBridge.longest)
            return try await exchange(post, mayRenew: false)
        }
        if response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true {
            return try await relay(response, post)
        }
        let body = Array(try await response.body.collect(upTo: StdioBridge.longest).readableBytesView)
        if status == 401 { Output.complain("the server did not accept the key; see BALLAST_KEY") }
        if post.isInitialize, status == 200 { began(response, body) }
        if let line = MCPBridge.line(for: post, status: status, body: body) { StdioBridge.write(line) }
    }

    private func request(_ post: MCPBridge.Post) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: endpoint)
        request.method = .POST
        request.headers = common
        request.headers.add(name: "content-type", value: "application/json")
        for header in state.withLock({ $0.bridge.headers(of: post) }) {
            request.headers.add(name: header.name, value: header.value)
        }
        request.body = .bytes(ByteBuffer(bytes: post.body))
        return request
    }

    private var common: HTTPHeaders {
        var fields: HTTPHeaders = [
            "authorization": "Bearer \(key)", "accept": "application/json, text/event-stream",
            "user-agent": "ballast-mcp/\(BuildVersion.text)",
        ]
        for (name, value) in headers { fields.add(name: name, value: value) }
        return fields
    }

    private func relay(_ response: HTTPClientResponse, _ post: MCPBridge.Post?) async throws {
        var parser = ServerSentEventParser()
        var isAnswered = false
        for try await chunk in response.body {
            for event in try parser.receive(Array(chunk.readableBytesView)) where !event.data.isEmpty {
                if let post, MCPBridge.answers(event.data, post) { isAnswered = true }
                StdioBridge.write(event.data.filter { $0 != 0x0A && $0 != 0x0D } + [0x0A])
            }
        }
        if let id = post?.request, !isAnswered, !Task.isCancelled {
            StdioBridge.write(MCPBridge.failure(of: id, "the gateway closed the stream before it answered"))
        }
    }

    // MARK: Sessions

    private func began(_ response: HTTPClientResponse, _ body: [UInt8]) {
        let session = response.headers.first(name: "mcp-session-id")
        let earlier = state.withLock { state in
            state.bridge.began(session: session, answer: body)
            defer { state.listening = Task { await self.listen() } }
            return state.listening
        }
        earlier?.cancel()
    }

    /// Begins the session anew that the endpoint does not know any more; false when the client never began one.
    private func renew() async throws -> Bool {
        guard let opening = state.withLock({ $0.bridge.renewal }) else { return false }
        let response = try await http.execute(request(opening), deadline: .now() + .seconds(30))
        let body = Array(try await response.body.collect(upTo: StdioBridge.longest).readableBytesView)
        guard response.status == .ok else { return false }
        began(response, body)
        let confirmed = try await http.execute(request(MCPBridge.confirmation), deadline: .now() + .seconds(30))
        _ = try await confirmed.body.collect(upTo: StdioBridge.longest)
        return true
    }

    /// Messages of the server that belong to no request, for a legacy client.
    private func listen() async {
        while !Task.isCancelled {
            var request = HTTPClientRequest(url: endpoint)
            request.headers = common
            for header in state.withLock({ $0.bridge.headers(of: MCPBridge.confirmation) }) {
                request.headers.add(name: header.name, value: header.value)
            }
            guard let response = try? await http.execute(request, deadline: .distantFuture), response.status == .ok
            else {
                return
            }
            try? await relay(response, nil)
            try? await Task.sleep(for: .seconds(1))
        }
    }

    // MARK: Pipes

    private static let longest = 32 << 20

    /// Lines of standard input, read on a thread of their own; ends with the input.
    private static func lines() -> AsyncStream<LineFramer.Line> {
        AsyncStream { continuation in
            DispatchQueue.global().async {
                var framer = LineFramer()
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                while true {
                    let count = buffer.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { break }
                    for line in framer.receive(Array(buffer.prefix(count))) { continuation.yield(line) }
                }
                continuation.finish()
            }
        }
    }

    private static let output = Mutex(())

    /// One whole line at a time.
    private static func write(_ line: [UInt8]) {
        guard !line.isEmpty else { return }
        output.withLock { _ in Output.part(String(decoding: line, as: UTF8.self)) }
    }
}
