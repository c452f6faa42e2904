/// One entry of a run's journal, as the API, the event stream and `ballast show` have it.
public struct JournalEvent: Sendable, Hashable, CustomStringConvertible {
    /// Its place in the journal, from 1 on without a gap; 0 for provisional text.
    public let sequence: Int64
    /// Such as `action_decided`; the kinds and their members are in Docs/reference/journal.md and events.json.
    public let type: String
    /// What happened, on one line, for people.
    public let summary: String
    /// All of it. Times are RFC 3339 in UTC, durations milliseconds.
    public let document: JSONValue

    init(_ document: JSONValue) {
        sequence = document["sequence"]?.integer ?? 0
        type = document["type"]?.string ?? ""
        summary = document["summary"]?.string ?? document["text"]?.string ?? ""
        self.document = document
    }

    /// Text of the model that is on its way and not on record; what counts is the event that follows.
    public var isProvisional: Bool { document["provisional"]?.bool ?? false }

    /// Sequence, type and summary.
    public var description: String { "\(sequence)  \(type)  \(summary)" }
}
