import BallastCore
import BallastRuntime
import BallastWire
import Hummingbird
import NIOCore
import ServiceLifecycle

/// A run's journal as server-sent events: what is on record first, then what follows, without a gap and without a
/// repetition, until the run is over.
struct RunEventStream: Sendable {
    let server: APIContext
    let run: RunID
    let scope: TenantScope
    /// The sequence after which the reader wants to go on.
    let after: Int64

    private enum Signal: Sendable {
        case feed(RunFeed.Item)
        case heartbeat
    }

    var body: ResponseBody {
        ResponseBody { writer in
            try await self.write(to: &writer)
            try await writer.finish(nil)
        }
    }

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        let (signals, stop) = signals()
        defer { stop() }
        do {
            try await follow(signals, &writer)
        } catch let failure as StoreError {
            let problem = Problem(failure).document(requestID: "")
            try await writer.write(
                ByteBuffer(bytes: ServerSentEvent(name: "error", data: JSONWriter.compact(problem)).encoded))
        }
    }

    private func follow(
        _ signals: AsyncStream<Signal>, _ writer: inout any ResponseBodyWriter
    ) async throws {
        var pages = try await JournalPages(of: run, runtime: server.runtime, scope: scope)
        try await pages.skip(to: after)
        try await catchUp(&pages, &writer)
        if pages.isOver { return }
        for await signal in signals.cancelOnGracefulShutdown() {
            switch signal {
            case .feed(.provisional(let text)):
                try await writer.write(
                    RunEventStream.frame(EventRenderer.provisional(text), name: "text_delta", id: nil))
            case .feed(.entries(let entries)):
                guard let events = try await pages.take(entries) else {
                    try await catchUp(&pages, &writer)
                    break
                }
                try await write(events, &writer)
            case .heartbeat:
                try await writer.write(ByteBuffer(bytes: ServerSentEvent.comment("still here")))
                try await catchUp(&pages, &writer)
            }
            if pages.isOver { return }
        }
        try await writer.write(ByteBuffer(bytes: ServerSentEvent.comment("the server is stopping")))
    }

    /// Reads the journal to its present end.
    private func catchUp(_ pages: inout JournalPages, _ writer: inout any ResponseBodyWriter) async throws {
        while true {
            let events = try await pages.next()
            if events.isEmpty { return }
            try await write(events, &writer)
        }
    }

    private func write(_ events: [JSONValue], _ writer: inout any ResponseBodyWriter) async throws {
        guard !events.isEmpty else { return }
        var buffer = ByteBuffer()
        for event in events {
            var frame = RunEventStream.frame(
                event, name: event["type"]?.string ?? "", id: event["sequence"]?.integer.map { String($0) })
            buffer.writeBuffer(&frame)
        }
        try await writer.write(buffer)
    }

    private static func frame(_ event: JSONValue, name: String, id: String?) -> ByteBuffer {
        ByteBuffer(bytes: ServerSentEvent(name: name, data: JSONWriter.compact(event), id: id).encoded)
    }

    /// What happens to the run, and a beat in between; subscribed before the journal is read, so that nothing falls
    /// between the two.
    private func signals() -> (AsyncStream<Signal>, stop: @Sendable () -> Void) {
        let feed = server.runtime.feed.subscribe(to: run)
        let (signals, continuation) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingNewest(1024))
        let (clock, pause) = (server.runtime.clock, server.heartbeat)
        let following = Task {
            for await item in feed { continuation.yield(.feed(item)) }
        }
        let beating = Task {
            while (try? await clock.sleep(milliseconds: pause)) != nil { continuation.yield(.heartbeat) }
        }
        return (
            signals,
            {
                following.cancel()
                beating.cancel()
            }
        )
    }
}
