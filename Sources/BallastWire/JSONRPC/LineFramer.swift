/// Cuts a stream of bytes into lines, however the chunks fall.
///
/// Only a line feed ends a line: U+2028, vertical tabs and the like are legal inside JSON strings. A carriage return
/// before the line feed is dropped and empty lines are skipped. Memory is bounded by the longest line.
package struct LineFramer: Sendable {
    package enum Line: Sendable, Hashable {
        case complete([UInt8])
        /// Thrown away while it came in; `id` is the message's own, when it could be seen.
        case oversized(bytes: Int, id: JSONRPCID?)
    }

    /// Bytes of a line without its end, 16 MiB unless told.
    package let maxLength: Int
    private var pending: [UInt8] = []
    private var discarded: Discarded?

    private struct Discarded: Sendable {
        var bytes = 0
        var scan = TopLevelIDScan()

        mutating func add(_ part: ArraySlice<UInt8>) {
            bytes += part.count
            scan.read(part)
        }
    }

    package init(maxLength: Int = 16 << 20) { self.maxLength = max(1, maxLength) }

    /// Bytes of a line that has not ended yet.
    package var pendingCount: Int { discarded?.bytes ?? pending.count }

    /// The lines that end in `chunk`, in order.
    package mutating func receive(_ chunk: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var rest = chunk[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            keep(rest[..<end])
            if let line = endLine() { lines.append(line) }
            rest = rest[(end + 1)...]
        }
        keep(rest)
        return lines
    }

    private mutating func keep(_ part: ArraySlice<UInt8>) {
        if discarded == nil, part.count <= maxLength - pending.count {
            pending.append(contentsOf: part)
            return
        }
        var thrown = discarded ?? Discarded()
        thrown.add(pending[...])
        thrown.add(part)
        pending = []
        discarded = thrown
    }

    private mutating func endLine() -> Line? {
        if let thrown = discarded {
            discarded = nil
            return .oversized(bytes: thrown.bytes, id: thrown.scan.id)
        }
        var line = pending
        pending = []
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line.isEmpty ? nil : .complete(line)
    }
}
