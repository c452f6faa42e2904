/// Reads an event stream however its chunks fall, also inside a line end or a character (WHATWG HTML, section 9.2.6).
///
/// An event that the end of the stream cuts is never given out, as the standard says. After an error the parser is of
/// no further use: where the next event would begin is not known.
package struct ServerSentEventParser: Sendable {
    /// Bytes that the lines of one event may have together, comments included; 16 MiB unless told.
    package let maxEventBytes: Int
    /// The id of the last event that named one; outlives events that do not.
    package private(set) var lastEventID: String?

    private var line: [UInt8] = []
    private var event = PendingEvent()
    private var eventBytes = 0
    private var isFirstLine = true
    private var followsCarriageReturn = false

    private struct PendingEvent: Sendable {
        var name: String?
        var data: [UInt8] = []
        var hasData = false
        var retry: Int64?
    }

    package init(maxEventBytes: Int = 16 << 20) { self.maxEventBytes = max(1, maxEventBytes) }

    /// The events that end in `chunk`, in order.
    package mutating func receive(_ chunk: [UInt8]) throws(ServerSentEventError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var rest = chunk[...]
        if followsCarriageReturn, let first = rest.first {
            if first == UInt8(ascii: "\n") { rest.removeFirst() }
            followsCarriageReturn = false
        }
        while let end = rest.firstIndex(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            try keep(rest[..<end])
            if let event = endLine() { events.append(event) }
            rest = rest[afterLineEnd(at: end, of: rest)...]
        }
        try keep(rest)
        return events
    }

    /// Where the next line begins; a carriage return that ends the chunk may have its line feed in the next one.
    private mutating func afterLineEnd(at end: Int, of chunk: ArraySlice<UInt8>) -> Int {
        guard chunk[end] == UInt8(ascii: "\r") else { return end + 1 }
        guard end + 1 < chunk.endIndex else {
            followsCarriageReturn = true
            return end + 1
        }
        return chunk[end + 1] == UInt8(ascii: "\n") ? end + 2 : end + 1
    }

    private mutating func keep(_ part: ArraySlice<UInt8>) throws(ServerSentEventError) {
        guard part.count <= maxEventBytes - eventBytes else {
            throw ServerSentEventError(limit: maxEventBytes)
        }
        eventBytes += part.count
        line.append(contentsOf: part)
    }

    // MARK: Lines

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return endEvent() }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            take(field: line[...], value: [])
            return nil
        }
        let value = line[(colon + 1)...]
        take(field: line[..<colon], value: value.first == UInt8(ascii: " ") ? value.dropFirst() : value)
        return nil
    }

    /// Comments have an empty field name and fall through with every unknown field.
    private mutating func take(field: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        switch String(decoding: field, as: UTF8.self) {
        case "data":
            if event.hasData { event.data.append(UInt8(ascii: "\n")) }
            event.data.append(contentsOf: value)
            event.hasData = true
        case "event": event.name = String(decoding: value, as: UTF8.self)
        case "id" where !value.contains(0): lastEventID = String(decoding: value, as: UTF8.self)
        case "retry" where value.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }:
            event.retry = Int64(String(decoding: value, as: UTF8.self)) ?? event.retry
        default: break
        }
    }

    private mutating func endEvent() -> ServerSentEvent? {
        defer {
            event = PendingEvent()
            eventBytes = 0
        }
        guard event.hasData else { return nil }
        let name = event.name.flatMap { $0.isEmpty ? nil : $0 }
        return ServerSentEvent(name: name, data: event.data, id: lastEventID, retry: event.retry)
    }
}

/// An event is larger than the parser keeps.
package struct ServerSentEventError: Error, Sendable, Hashable, CustomStringConvertible {
    package let limit: Int
    package init(limit: Int) { self.limit = limit }
    package var description: String { "An event of the stream is larger than \(limit) bytes, the most that is kept." }
}
