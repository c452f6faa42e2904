/// One event of an event stream (WHATWG HTML, section 9.2).
package struct ServerSentEvent: Sendable, Hashable {
    /// The event's type; nil stands for `message`, the type of events that name none.
    package var name: String?
    /// The data lines joined by line feeds, as bytes: a JSON reader can then judge the encoding itself.
    package var data: [UInt8]
    /// The id in force when the event ended; a reconnecting client sends it back as `Last-Event-ID`.
    package var id: String?
    /// Milliseconds the server asks to wait before a reconnection.
    package var retry: Int64?

    package init(name: String? = nil, data: [UInt8], id: String? = nil, retry: Int64? = nil) {
        self.name = name
        self.data = data
        self.id = id
        self.retry = retry
    }

    package init(name: String? = nil, text: String, id: String? = nil, retry: Int64? = nil) {
        self.init(name: name, data: Array(text.utf8), id: id, retry: retry)
    }

    /// The data as text; broken UTF-8 shows as replacement characters, as the standard asks.
    package var text: String { String(decoding: data, as: UTF8.self) }
}

extension ServerSentEvent {
    /// The event as bytes of a stream, with the blank line that ends it.
    ///
    /// Line ends inside the data start a new `data` line. A name or id cannot hold one, nor an id a NUL: such
    /// characters are left out, since they would end the field or make every client ignore it.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 64)
        if let id { Self.append("id", id.utf8.filter { !Self.isLineEnd($0) && $0 != 0 }, to: &bytes) }
        if let name { Self.append("event", name.utf8.filter { !Self.isLineEnd($0) }, to: &bytes) }
        if let retry { Self.append("retry", String(max(0, retry)).utf8, to: &bytes) }
        for line in Self.lines(of: data) { Self.append("data", line, to: &bytes) }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// A line that clients ignore; keeps idle connections open and finds out those that are gone.
    package static func comment(_ text: String) -> [UInt8] {
        Array(": ".utf8) + text.utf8.filter { !isLineEnd($0) } + Array("\n\n".utf8)
    }

    private static func append(_ field: StaticString, _ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
        field.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: value)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Splits at LF, CR and CRLF; text without any is one line, even when empty.
    private static func lines(of data: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = data[...]
        while let end = rest.firstIndex(where: isLineEnd) {
            lines.append(rest[..<end])
            let isPair = data[end] == UInt8(ascii: "\r") && end + 1 < data.count && data[end + 1] == UInt8(ascii: "\n")
            rest = rest[(isPair ? end + 2 : end + 1)...]
        }
        return lines + [rest]
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}
