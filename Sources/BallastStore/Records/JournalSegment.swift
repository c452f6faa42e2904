import BallastCore
import BallastRuntime

/// The entries of one append as one row: their common parts are written once, and one statement stores them all.
///
/// Layout: the first entry's time; then for each entry its type, its version, the milliseconds since the entry before
/// it, its payload and its leaf. Sequences follow from the row's first one.
enum JournalSegment {
    /// Rows that hold the entries of run ?1 from sequence ?2 on, in order, at most ?3.
    static let query = """
        SELECT first, count, entries FROM journal WHERE run = ?1
            AND first >= coalesce((SELECT max(first) FROM journal WHERE run = ?1 AND first <= ?2), ?2)
        ORDER BY first LIMIT ?3
        """

    static func encode(_ entries: [JournalEntry]) -> [UInt8] {
        var writer = EntryWriter()
        var before = entries.first?.at ?? Timestamp(milliseconds: 0)
        writer.moment(before)
        for entry in entries {
            writer.byte(entry.type.rawValue)
            writer.byte(entry.version)
            writer.signed(entry.at.milliseconds &- before.milliseconds)
            writer.raw(entry.payload)
            writer.digest(entry.leaf)
            before = entry.at
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8], first: Int64, count: Int64) throws(SQLiteFailure) -> [JournalEntry] {
        do throws(EntryDecodingError) {
            return try read(bytes, first: first, count: count)
        } catch {
            throw .damaged(error.description)
        }
    }

    private static func read(
        _ bytes: [UInt8], first: Int64, count: Int64
    ) throws(EntryDecodingError) -> [JournalEntry] {
        var reader = EntryReader(bytes, type: nil, sequence: first)
        var at = try reader.moment()
        var entries: [JournalEntry] = []
        for offset in 0..<max(0, count) {
            let type: EntryType = try reader.value("an entry type that this version of Ballast knows")
            let version = try reader.byte()
            at = Timestamp(milliseconds: at.milliseconds &+ (try reader.signed()))
            let payload = try reader.raw()
            entries.append(
                JournalEntry(
                    sequence: first &+ offset, at: at, type: type, version: version, payload: payload,
                    leaf: try reader.digest()))
        }
        try reader.finish()
        return entries
    }

    /// Steps `statement` (see `query`, bound and compiled by the caller) until `limit` entries after `after` are read.
    static func collect(
        _ statement: Statement, run: Int64, after: Int64, limit: Int
    ) throws(SQLiteFailure) -> [JournalEntry] {
        defer { statement.reset() }
        guard limit > 0, after < .max else { return [] }
        try statement.bind(run, max(0, after) + 1, limit)
        var found: [JournalEntry] = []
        while found.count < limit, try statement.step() {
            let entries = try decode(statement.bytes(2), first: statement.integer(0), count: statement.integer(1))
            found += entries.drop { $0.sequence <= after }
        }
        return found.count > limit ? Array(found.prefix(limit)) : found
    }
}
