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

    var body: ResponseBody {
        ResponseBody { writer in
            try await self.write(to: &writer)
            try await writer.finish(nil)
        }
    }

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        do {
            try await follow(&writer)
        } catch let failure as StoreError {
            let problem = Problem(failure).document(requestID: "")
            try await writer.write(
                ByteBuffer(bytes: ServerSentEvent(name: "error", data: JSONWriter.compact(problem)).encoded))
        }
    }

    private func follow(_ writer: inout any ResponseBodyWriter) async throws {
        var journal = try await JournalFollower(
            of: run, runtime: server.runtime, scope: scope, after: after, heartbeat: server.heartbeat)
        while let item = try await next(&journal) {
            switch item {
            case .events(let events): try await write(events, &writer)
            case .provisional(let text):
                try await writer.write(
                    RunEventStream.frame(EventRenderer.provisional(text), name: "text_delta", id: nil))
            case .heartbeat: try await writer.write(ByteBuffer(bytes: ServerSentEvent.comment("still here")))
            }
        }
        if !journal.isOver {
            try await writer.write(ByteBuffer(bytes: ServerSentEvent.comment("the server is stopping")))
        }
    }

    private func next(_ journal: inout JournalFollower) async throws -> JournalFollower.Item? {
        let stop = journal.stop
        return try await withGracefulShutdownHandler {
            try await journal.next()
        } onGracefulShutdown: {
            stop()
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
}
