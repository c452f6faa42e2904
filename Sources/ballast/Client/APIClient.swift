import ArgumentParser
import AsyncHTTPClient
import BallastCore
import BallastInstallation
import BallastServer
import Foundation
import NIOCore
import NIOHTTP1

/// Where the server is and with which key; flags of every client command.
struct ServerOptions: ParsableArguments {
    @Option(help: "The server's address; otherwise BALLAST_URL.")
    var url: String?
    @Option(help: "The API key; otherwise BALLAST_KEY.")
    var key: String?
    @Flag(help: "Print JSON.")
    var json = false

    /// A server was named; otherwise the address is only where one would be by default.
    var isNamed: Bool { url != nil || ProcessInfo.processInfo.environment["BALLAST_URL"]?.isEmpty == false }

    /// Without a slash at its end.
    var address: String {
        var address = url ?? ProcessInfo.processInfo.environment["BALLAST_URL"] ?? "http://127.0.0.1:7340"
        while address.hasSuffix("/") { address.removeLast() }
        return address
    }
}

/// Talks to a server's control API.
struct APIClient: Sendable {
    private let base: String
    /// nil when none was found; then the first request says what is missing.
    private let key: String?
    /// Kept for the life of the process. A refused connection is an answer here: nobody waits for a server to appear.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(5)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
    /// Bytes of the longest answer.
    private static let longestAnswer = 32 << 20
    private static let longestProbe = 1 << 20

    init(_ options: ServerOptions) throws {
        base = options.address
        guard let url = URL(string: base), ["http", "https"].contains(url.scheme), url.host() != nil else {
            throw CommandFailure.usage(
                "\"\(base)\" is not the address of a server. Set BALLAST_URL or --url to one such as "
                    + "http://127.0.0.1:7340.")
        }
        let found =
            options.key ?? ProcessInfo.processInfo.environment["BALLAST_KEY"] ?? KnownServers().key(of: base) ?? ""
        key = found.isEmpty ? nil : found
    }

    /// The key; without one it matters first whether there is a server at all.
    private func requiredKey() async throws -> String {
        if let key { return key }
        guard await APIClient.probe(base + "/healthz") != nil else {
            throw unreachable("and there is no API key either")
        }
        throw CommandFailure.usage(
            "No API key for \(base). Set BALLAST_KEY to the key that `ballast serve` printed at its first start (it is "
                + "also in the file named first-key beside the store), or give --key.")
    }

    /// What an address answers to a GET, whatever it is; nil when there is no whole answer within three seconds. The
    /// body is null when it is not JSON or longer than a megabyte.
    static func probe(_ url: String, headers: [(String, String)] = []) async -> (status: Int, body: JSONValue)? {
        await withTaskGroup { group in
            group.addTask { await answer(url, headers) }
            group.addTask {
                try? await Task.sleep(for: .seconds(3))
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
    }

    private static func answer(_ url: String, _ headers: [(String, String)]) async -> (status: Int, body: JSONValue)? {
        var request = HTTPClientRequest(url: url)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        guard let response = try? await APIClient.http.execute(request, timeout: .seconds(3)) else { return nil }
        let status = Int(response.status.code)
        do {
            let bytes = try await response.body.collect(upTo: longestProbe)
            return (status, (try? JSONReader.read(Array(bytes.readableBytesView))) ?? .null)
        } catch {
            return error is NIOTooManyBytesError ? (status, .null) : nil
        }
    }

    /// What keeps the server from taking work, or narrows what it does.
    func problems() async -> [JSONValue] { await APIClient.probe(base + "/readyz")?.body["problems"]?.array ?? [] }

    func get(_ path: String) async throws -> JSONValue { try await send(.GET, path, nil).body }

    func post(_ path: String, _ body: JSONValue = [:]) async throws -> JSONValue {
        try await send(.POST, path, body).body
    }

    func delete(_ path: String) async throws -> JSONValue { try await send(.DELETE, path, nil).body }

    /// Every element of a paged list, at most `limit`.
    func list(_ path: String, limit: Int) async throws -> [JSONValue] {
        var (all, cursor): ([JSONValue], String?) = ([], nil)
        let separator = path.contains("?") ? "&" : "?"
        repeat {
            let page = min(100, limit - all.count)
            var query = "\(separator)limit=\(page)"
            if let cursor { query += "&cursor=\(APIClient.escaped(cursor))" }
            let answer = try await get(path + query)
            all += answer["data"]?.array ?? []
            cursor = answer["next_cursor"]?.string
        } while cursor != nil && all.count < limit
        return all
    }

    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-_.~")))
            ?? ""
    }

    // MARK: Requests

    private func request(_ method: HTTPMethod, _ path: String) async throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        request.headers.add(name: "authorization", value: "Bearer \(try await requiredKey())")
        request.headers.add(name: "user-agent", value: "ballast-cli/\(BuildVersion.text)")
        return request
    }

    private func send(
        _ method: HTTPMethod, _ path: String, _ body: JSONValue?
    ) async throws -> (status: Int, body: JSONValue) {
        var request = try await request(method, path)
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.headers.add(name: "idempotency-key", value: "\"cli-\(UUID().uuidString)\"")
            request.body = .bytes(ByteBuffer(bytes: JSONWriter.compact(body)))
        }
        let response = try await reach { try await APIClient.http.execute(request, timeout: .seconds(60)) }
        let bytes = try await reach { try await response.body.collect(upTo: APIClient.longestAnswer) }
        let value = (try? JSONReader.read(Array(bytes.readableBytesView))) ?? .null
        guard (200..<300).contains(Int(response.status.code)) else {
            throw APIClient.failure(status: Int(response.status.code), value)
        }
        return (Int(response.status.code), value)
    }

    private func reach<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw unreachable(APIClient.words(error))
        }
    }

    private func unreachable(_ why: String) -> CommandFailure {
        .unreachable(
            "No server answers at \(base) (\(why)). "
                + "Start one with `ballast serve --config DIR`, or set BALLAST_URL to where it is.")
    }

    /// Why a connection failed, in the words of the system.
    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as HTTPClientError: error.shortDescription.lowercased()
        default: "no such host, or nothing listens there"
        }
    }

    private static func failure(status: Int, _ problem: JSONValue) -> CommandFailure {
        let text = APIClient.sentences(status: status, problem)
        switch status {
        case 401:
            return .usage(
                "The server did not accept the key. Give one that it made with --key or BALLAST_KEY: the first one is in "
                    + "the file named first-key beside its store, `ballast key create` makes others.")
        case 400, 415, 422: return .usage(text)
        case 403, 409, 429: return .refused(text)
        case 502, 503, 504: return .unreachable(text)
        default: return .no(text)
        }
    }

    /// What happened, every fault of the request by its place, and what to do.
    private static func sentences(status: Int, _ problem: JSONValue) -> String {
        let faults = (problem["errors"]?.array ?? []).compactMap { fault -> String? in
            guard let detail = fault["detail"]?.string else { return nil }
            let place = (fault["pointer"]?.string ?? "").split(separator: "/").first.map { String($0) } ?? ""
            return place.isEmpty || detail.hasPrefix(place) || detail.hasPrefix("\"") ? detail : "\(place): \(detail)"
        }
        let title = problem["title"]?.string ?? "The server answered HTTP \(status) without saying why."
        let lines = faults.isEmpty ? [problem["detail"]?.string ?? title] : faults
        let advice = problem["advice"]?.string.map { [$0] } ?? []
        return PlainText.lines((lines + advice).joined(separator: lines.count > 1 ? "\n  " : " "))
    }

    // MARK: Events

    /// Times in a row that a lost server is looked for again, over about half a minute.
    private static let patience = 20

    /// Follows a run's events as they come, reconnecting from the last one seen; `onEvent` says whether to go on.
    func follow(
        _ run: String, after start: Int64 = 0, onEvent: (_ name: String, _ event: JSONValue) async throws -> Bool
    ) async throws {
        var (last, failures, isConnected) = (start, 0, false)
        while failures < APIClient.patience {
            if failures > 0 { try await Task.sleep(for: .milliseconds(min(2_000, 100 << failures))) }
            failures += 1
            do {
                guard let response = try await open(run, after: last) else { return }
                isConnected = true
                var lines = EventLines()
                for try await chunk in response.body {
                    for event in lines.receive(chunk.readableBytesView) {
                        failures = 0
                        if let id = event.id { last = id }
                        if !(try await onEvent(event.name, event.data)) { return }
                    }
                }
            } catch let failure as CommandFailure {
                throw failure
            } catch {
                if !isConnected { throw unreachable(APIClient.words(error)) }
            }
        }
        throw CommandFailure.unreachable("The server went away. The run goes on there; see `ballast show \(run)`.")
    }

    /// The stream of a run's events; nil when the run is over and all of it was seen.
    private func open(_ run: String, after last: Int64) async throws -> HTTPClientResponse? {
        var request = try await request(.GET, "/api/v1/runs/\(run)/events")
        request.headers.add(name: "accept", value: "text/event-stream")
        request.headers.add(name: "last-event-id", value: String(last))
        let response = try await APIClient.http.execute(request, deadline: .distantFuture)
        if response.status == .noContent { return nil }
        guard response.status == .ok else {
            let bytes = try await response.body.collect(upTo: APIClient.longestAnswer)
            throw APIClient.failure(
                status: Int(response.status.code), (try? JSONReader.read(Array(bytes.readableBytesView))) ?? .null)
        }
        return response
    }
}

/// The few fields of server-sent events that the API uses.
private struct EventLines {
    private var buffer: [UInt8] = []
    private var (name, data, id): (String, String, Int64?) = ("message", "", nil)

    mutating func receive(_ bytes: some Sequence<UInt8>) -> [(name: String, data: JSONValue, id: Int64?)] {
        buffer.append(contentsOf: bytes)
        var events: [(String, JSONValue, Int64?)] = []
        while let end = buffer.firstIndex(of: 10) {
            let line = String(decoding: buffer[..<end], as: UTF8.self)
            buffer.removeSubrange(...end)
            if let event = take(line) { events.append(event) }
        }
        return events
    }

    private mutating func take(_ line: String) -> (String, JSONValue, Int64?)? {
        if line.isEmpty || line == "\r" {
            defer { (name, data, id) = ("message", "", nil) }
            guard !data.isEmpty, let value = try? JSONReader.read(Array(data.utf8)) else { return nil }
            return (name, value, id)
        }
        if let value = field("event", line) { name = value }
        if let value = field("data", line) { data += value }
        if let value = field("id", line) { id = Int64(value) }
        return nil
    }

    private func field(_ name: String, _ line: String) -> String? {
        guard line.hasPrefix(name + ":") else { return nil }
        return String(line.dropFirst(name.count + 1)).trimmingCharacters(in: .whitespaces)
    }
}
