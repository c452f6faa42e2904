import BallastCore
import GRDBSQLite

/// A value that can stand for a parameter of a statement.
protocol Bindable {
    /// Binds a copy of the value; answers SQLite's result code.
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32
}

/// A prepared statement of SQLite's C API. It does not own the handle.
///
/// Reading a column never traps: SQLite converts, and what cannot be converted reads as zero or empty.
struct Statement {
    let handle: OpaquePointer

    /// Compiles `sql` to be used many times; the caller finalizes it.
    static func prepare(_ sql: String, on connection: OpaquePointer) throws(SQLiteFailure) -> Statement {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw SQLiteFailure(of: connection) }
        return Statement(handle: handle)
    }

    /// Binds the values to ?1, ?2, … in order.
    func bind<each Value: Bindable>(_ values: repeat each Value) throws(SQLiteFailure) {
        var index: Int32 = 0
        for value in repeat each values {
            index += 1
            try check(value.bind(to: handle, at: index))
        }
    }

    /// Runs a statement that answers no rows.
    func run<each Value: Bindable>(_ values: repeat each Value) throws(SQLiteFailure) {
        defer { reset() }
        try bind(repeat each values)
        while try step() {}
    }

    /// Reads the first row, if there is one.
    func first<Value, each Parameter: Bindable>(
        _ parameters: repeat each Parameter, read: (Statement) throws(SQLiteFailure) -> Value
    ) throws(SQLiteFailure) -> Value? {
        defer { reset() }
        try bind(repeat each parameters)
        return try step() ? try read(self) : nil
    }

    /// Reads every row.
    func all<Value, each Parameter: Bindable>(
        _ parameters: repeat each Parameter, read: (Statement) throws(SQLiteFailure) -> Value
    ) throws(SQLiteFailure) -> [Value] {
        defer { reset() }
        try bind(repeat each parameters)
        var values: [Value] = []
        while try step() { values.append(try read(self)) }
        return values
    }

    /// Moves to the next row; false at the end.
    func step() throws(SQLiteFailure) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteFailure(of: sqlite3_db_handle(handle))
        }
    }

    func reset() { sqlite3_reset(handle) }
    func finalize() { sqlite3_finalize(handle) }

    private func check(_ code: Int32) throws(SQLiteFailure) {
        if code != SQLITE_OK { throw SQLiteFailure(of: sqlite3_db_handle(handle)) }
    }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    func flag(_ column: Int32) -> Bool { integer(column) != 0 }
    func moment(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }
    func optionalMoment(_ column: Int32) -> Timestamp? { isNull(column) ? nil : moment(column) }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        return String(
            decoding: UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self
        )
    }
    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    /// An identifier of sixteen bytes; anything else in its place is damage.
    func id<Kind: IDKind>(_ column: Int32, _ kind: Kind.Type = Kind.self) throws(SQLiteFailure) -> TypedID<Kind> {
        guard let id = TypedID<Kind>(bytes: bytes(column)) else {
            throw .damaged("a malformed \(Kind.noun) identifier")
        }
        return id
    }

    func digest(_ column: Int32) throws(SQLiteFailure) -> Digest {
        guard let digest = Digest(bytes: bytes(column)) else { throw .damaged("a malformed digest") }
        return digest
    }

    /// An enumeration stored by its raw value.
    func value<Value: RawRepresentable<UInt8>>(_ column: Int32, _ what: String) throws(SQLiteFailure) -> Value {
        guard let raw = UInt8(exactly: integer(column)), let value = Value(rawValue: raw) else {
            throw .damaged("an unknown \(what) (\(integer(column)))")
        }
        return value
    }
}

/// Tells SQLite to copy what is bound before the call returns (SQLITE_TRANSIENT, which C spells as a cast of -1).
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

extension Int64: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 { sqlite3_bind_int64(statement, index, self) }
}
extension Int: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, Int64(self))
    }
}
extension UInt8: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 { sqlite3_bind_int(statement, index, Int32(self)) }
}
extension UInt32: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, Int64(self))
    }
}
extension Bool: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int(statement, index, self ? 1 : 0)
    }
}
extension Timestamp: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, milliseconds)
    }
}
extension String: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        var text = self
        return text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                guard let start = characters.baseAddress else {
                    return sqlite3_bind_text(statement, index, "", 0, copied)
                }
                return sqlite3_bind_text64(
                    statement, index, start, UInt64(characters.count), copied, UInt8(SQLITE_UTF8))
            }
        }
    }
}
extension Array: Bindable where Element == UInt8 {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                return sqlite3_bind_zeroblob(statement, index, 0)
            }
            return sqlite3_bind_blob64(statement, index, start, UInt64(bytes.count), copied)
        }
    }
}
extension Digest: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 { bytes.bind(to: statement, at: index) }
}
extension TypedID: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes in
            sqlite3_bind_blob(statement, index, bytes.baseAddress, Int32(bytes.count), copied)
        }
    }
}
extension Optional: Bindable where Wrapped: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        guard let self else { return sqlite3_bind_null(statement, index) }
        return self.bind(to: statement, at: index)
    }
}
