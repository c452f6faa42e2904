import BallastCore
import BallastRuntime
import BallastWire
import NIOHTTP1

/// Hearing of changes of a server's lists, for as long as a conversation lasts.
extension MCPHTTPClient {
    /// Milliseconds between the end of one stream and the next.
    private static let listeningPause: Int64 = 30_000
    /// Milliseconds that a stream may last.
    private static let listeningTime: Int64 = 3_600_000

    /// What listens, when the server announces anything.
    func listener(to talk: MCPHTTPTalk) -> Task<Void, Never>? {
        guard MCPList.allCases.contains(where: talk.server.announcesChanges) else { return nil }
        return Task {
            while !Task.isCancelled, self.isCurrent(talk), await self.listen(to: talk) {
                guard (try? await self.link.clock.sleep(milliseconds: Self.listeningPause)) != nil else { return }
            }
        }
    }

    /// One stream from start to end; false when the server has none to give.
    private func listen(to talk: MCPHTTPTalk) async -> Bool {
        let id = nextID()
        let message: MCPHTTPMessage
        switch talk.server.era {
        case .modern:
            message = MCPHTTPMessage(
                id: id, body: writer.subscription(to: talk.server, id),
                headers: talk.headers(method: MCPMethod.listen), listens: true)
        case .legacy:
            message = MCPHTTPMessage(id: nil, body: [], headers: talk.headers(method: ""), listens: true)
        }
        let method: HTTPMethod = talk.server.era == .modern ? .POST : .GET
        let reply = await link.post(message, method: method, timeout: Self.listeningTime) { message in
            await self.receive(message, in: talk, permit: .always, relay: nil)
        }
        switch reply.kind {
        case .answer(.error, _): return false
        case .other where (400..<500).contains(reply.status) && reply.status != 429: return false
        case .answer, .nothing, .other, .failed: return true
        }
    }
}
