import BallastCore
import BallastRuntime

// Values of the contract that take more than one number or text.

extension BodyReference {
    /// As in a journal entry.
    var stored: [UInt8] {
        var writer = EntryWriter()
        writer.body(self)
        return writer.bytes
    }
}

extension ActionID {
    /// The run's sixteen bytes and the ordinal, big endian.
    var stored: [UInt8] { run.bytes + (0..<4).map { UInt8(truncatingIfNeeded: ordinal >> (24 - 8 * $0)) } }
}

extension Statement {
    func body(_ column: Int32) throws(SQLiteFailure) -> BodyReference {
        do throws(EntryDecodingError) {
            var reader = EntryReader(bytes(column), type: nil, sequence: 0)
            let body = try reader.body()
            try reader.finish()
            return body
        } catch {
            throw .damaged("a malformed body reference")
        }
    }

    func optionalBody(_ column: Int32) throws(SQLiteFailure) -> BodyReference? {
        isNull(column) ? nil : try body(column)
    }

    func action(_ column: Int32) throws(SQLiteFailure) -> ActionID? {
        if isNull(column) { return nil }
        let bytes = bytes(column)
        guard bytes.count == 20, let run = RunID(bytes: bytes.prefix(16)) else { throw .damaged("a malformed action") }
        return ActionID(run: run, ordinal: bytes.suffix(4).reduce(0) { $0 << 8 | UInt32($1) })
    }

    func haltScope(_ column: Int32) throws(SQLiteFailure) -> HaltScope {
        guard let scope = HaltScope(parsing: text(column)) else { throw .damaged("an unknown halt scope") }
        return scope
    }
}

/// The key of a row that is numbered within its run: the run's number in the upper half, the ordinal in the lower.
enum RunRowKey {
    static func of(run: Int64, ordinal: UInt32) -> Int64 { run << 32 | Int64(ordinal) }
    /// The keys of all rows of a run.
    static func all(of run: Int64) -> (first: Int64, last: Int64) {
        (of(run: run, ordinal: 0), of(run: run, ordinal: .max))
    }
}
