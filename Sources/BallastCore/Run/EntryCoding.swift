/// Writes the fields of one entry's payload, in a fixed order that the entry's type and version define.
///
/// Integers are LEB128 (zigzag when signed), byte strings and texts are preceded by their length.
package struct EntryWriter {
    package private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(64) }

    package mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
    package mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }
    package mutating func count(_ value: Int) { unsigned(UInt64(max(0, value))) }
    package mutating func byte(_ value: UInt8) { bytes.append(value) }
    package mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }
    package mutating func raw(_ value: [UInt8]) {
        count(value.count)
        bytes.append(contentsOf: value)
    }
    package mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            count(utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }
    package mutating func digest(_ value: Digest) { bytes.append(contentsOf: value.bytes) }
    package mutating func moment(_ value: Timestamp) { signed(value.milliseconds) }
    package mutating func label(_ value: Label) {
        unsigned(UInt64(value.sources.rawValue))
        byte(value.confidentiality.rawValue)
    }
    package mutating func id<Kind>(_ value: TypedID<Kind>) { bytes.append(contentsOf: value.bytes) }
    package mutating func body(_ value: BodyReference) {
        switch value {
        case .stored(let name, let size):
            byte(0)
            digest(name)
            count(size)
        case .inline(let sealed):
            byte(1)
            unsigned(UInt64(sealed.keyID))
            raw(sealed.bytes)
        }
    }
    /// A flag, then the value when there is one.
    package mutating func optional<Value>(_ value: Value?, _ write: (inout EntryWriter, Value) -> Void) {
        flag(value != nil)
        if let value { write(&self, value) }
    }
    package mutating func list<Value>(_ values: [Value], _ write: (inout EntryWriter, Value) -> Void) {
        count(values.count)
        for value in values { write(&self, value) }
    }
}

/// A payload that does not have the layout of its type and version: damaged, or written by something else.
package struct EntryDecodingError: Error, Sendable, Hashable, CustomStringConvertible {
    package let type: EntryType?
    package let sequence: Int64
    package let offset: Int
    package let expected: String

    package var description: String {
        "journal entry \(sequence) (\(type?.name ?? "unknown type")) cannot be read at byte \(offset): expected \(expected); "
            + "the store is damaged or was written by another version"
    }
}

/// Reads what `EntryWriter` wrote. Every length is checked against what is left.
package struct EntryReader {
    private let bytes: [UInt8]
    private var offset = 0
    private let type: EntryType?
    private let sequence: Int64

    package init(_ bytes: [UInt8], type: EntryType?, sequence: Int64) {
        self.bytes = bytes
        self.type = type
        self.sequence = sequence
    }

    package func failure(_ expected: String) -> EntryDecodingError {
        EntryDecodingError(type: type, sequence: sequence, offset: offset, expected: expected)
    }

    package mutating func byte() throws(EntryDecodingError) -> UInt8 {
        guard offset < bytes.count else { throw failure("a byte") }
        defer { offset += 1 }
        return bytes[offset]
    }
    package mutating func unsigned() throws(EntryDecodingError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let next = try byte()
            if shift == 63 && next > 1 { throw failure("an integer of at most 64 bits") }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
        }
        throw failure("an integer of at most 64 bits")
    }
    package mutating func signed() throws(EntryDecodingError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
    package mutating func count() throws(EntryDecodingError) -> Int {
        let value = try unsigned()
        guard let count = Int(exactly: value) else { throw failure("a count") }
        return count
    }
    package mutating func flag() throws(EntryDecodingError) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        default: throw failure("a flag")
        }
    }
    private mutating func take(_ count: Int) throws(EntryDecodingError) -> [UInt8] {
        guard count <= bytes.count - offset else { throw failure("\(count) more bytes") }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }
    package mutating func raw() throws(EntryDecodingError) -> [UInt8] { try take(try count()) }
    package mutating func text() throws(EntryDecodingError) -> String {
        let utf8 = try take(try count())
        guard let text = String(validating: utf8, as: UTF8.self) else { throw failure("UTF-8 text") }
        return text
    }
    package mutating func digest() throws(EntryDecodingError) -> Digest {
        guard let digest = Digest(bytes: try take(32)) else { throw failure("a digest") }
        return digest
    }
    package mutating func moment() throws(EntryDecodingError) -> Timestamp { Timestamp(milliseconds: try signed()) }
    package mutating func ordinal() throws(EntryDecodingError) -> UInt32 {
        guard let value = UInt32(exactly: try unsigned()) else { throw failure("an ordinal") }
        return value
    }
    package mutating func label() throws(EntryDecodingError) -> Label {
        let sources = UInt16(truncatingIfNeeded: try unsigned())
        return Label(Label.Sources(rawValue: sources), confidentiality: try value("a confidentiality"))
    }
    package mutating func id<Kind>(_ kind: Kind.Type = Kind.self) throws(EntryDecodingError) -> TypedID<Kind> {
        guard let id = TypedID<Kind>(bytes: try take(16)) else { throw failure("an identifier") }
        return id
    }
    package mutating func body() throws(EntryDecodingError) -> BodyReference {
        switch try byte() {
        case 0: return .stored(name: try digest(), size: try count())
        case 1: return .inline(SealedBytes(keyID: try ordinal(), bytes: try raw()))
        default: throw failure("a body reference")
        }
    }
    /// An enumeration stored by its raw byte.
    package mutating func value<Value: RawRepresentable<UInt8>>(_ what: String) throws(EntryDecodingError) -> Value {
        guard let value = Value(rawValue: try byte()) else { throw failure(what) }
        return value
    }
    package mutating func optional<Value>(
        _ read: (inout EntryReader) throws(EntryDecodingError) -> Value
    ) throws(EntryDecodingError) -> Value? {
        try flag() ? try read(&self) : nil
    }
    package mutating func list<Value>(
        _ read: (inout EntryReader) throws(EntryDecodingError) -> Value
    ) throws(EntryDecodingError) -> [Value] {
        let count = try count()
        guard count <= bytes.count - offset else { throw failure("a list of \(count) elements") }
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
    package func finish() throws(EntryDecodingError) {
        guard offset == bytes.count else { throw failure("the end of the entry") }
    }
}

/// The fields of one kind of event and their stored layout.
package protocol EntryPayload: Sendable, Hashable {
    /// The layout that `encode` writes.
    static var version: UInt8 { get }
    func encode(into writer: inout EntryWriter)
    init(from reader: inout EntryReader) throws(EntryDecodingError)
}
