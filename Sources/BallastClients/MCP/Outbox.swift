import BallastRuntime
import BallastWire

/// Lines on their way to a child, in order. A line that has begun is finished, or the next would be glued to it.
struct Outbox {
    struct Entry {
        /// The request whose bytes these are, if somebody waits for its answer.
        let id: JSONRPCID?
        let bytes: [UInt8]
        /// Claimed before the first byte and held until the last.
        let permit: SendPermit?
        /// The call whose question these bytes answer.
        let answeredCall: JSONRPCID?
        fileprivate(set) var offset = 0

        init(id: JSONRPCID? = nil, bytes: [UInt8], permit: SendPermit? = nil, answeredCall: JSONRPCID? = nil) {
            self.id = id
            self.bytes = bytes
            self.permit = permit
            self.answeredCall = answeredCall
        }

        var hasBegun: Bool { offset > 0 }
        var rest: ArraySlice<UInt8> { bytes[offset...] }
    }

    private(set) var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }
    var first: Entry? { entries.first }

    mutating func append(_ entry: Entry) { entries.append(entry) }

    /// Notes that `count` bytes of the first line are written; gives the line back once it is whole.
    mutating func advance(by count: Int) -> Entry? {
        guard var entry = entries.first else { return nil }
        entry.offset = min(entry.bytes.count, entry.offset + max(0, count))
        entries[0] = entry
        return entry.rest.isEmpty ? entries.removeFirst() : nil
    }

    mutating func removeFirst() {
        if !entries.isEmpty { entries.removeFirst() }
    }

    /// Takes a request back; false when bytes of it have been written.
    mutating func withdraw(_ id: JSONRPCID) -> Bool {
        guard let index = entries.firstIndex(where: { $0.id == id && !$0.hasBegun }) else { return false }
        entries.remove(at: index)
        return true
    }

    /// Empties the box, because nothing will be written any more.
    mutating func abandon() -> [Entry] {
        defer { entries = [] }
        return entries
    }
}
