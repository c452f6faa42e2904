/// One JSON value exactly as it was received: member order, number spelling and string bytes are kept.
///
/// Equality is by bytes, never by Swift's canonical equivalence, so `"é"` and `"e\u{301}"` differ here as they
/// do for the tool that receives them (RFC 8259 section 8.3).
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(JSONString)
    case array([JSONValue])
    case object(JSONObject)
}

/// Text of a JSON string; compared and hashed by its UTF-8 bytes.
public struct JSONString: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }
    public init(stringLiteral value: String) { self.text = value }

    public static func == (a: JSONString, b: JSONString) -> Bool {
        a.text.utf8.count == b.text.utf8.count && a.text.utf8.elementsEqual(b.text.utf8)
    }
    public func hash(into hasher: inout Hasher) {
        let hashed: Void? = text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if hashed == nil { Array(text.utf8).withUnsafeBytes { hasher.combine(bytes: $0) } }
        // No UTF-8 text holds this byte, so neighbours in one hash cannot run together.
        hasher.combine(0xFF as UInt8)
    }
    /// Orders by UTF-16 code units, as canonical JSON does (RFC 8785 section 3.2.3).
    ///
    /// UTF-8 bytes sort alike except that the lead bytes of U+E000 to U+FFFF come after those of the planes
    /// above, whose UTF-16 form starts with a surrogate.
    public static func < (a: JSONString, b: JSONString) -> Bool {
        a.text.utf8.lexicographicallyPrecedes(b.text.utf8) { utf16Rank($0) < utf16Rank($1) }
    }
    private static func utf16Rank(_ byte: UInt8) -> UInt8 { byte == 0xEE || byte == 0xEF ? byte + 0x10 : byte }
    public var description: String { text }
}

/// A JSON number as its source text; `1.0` and `1` are different numbers until somebody asks for a value.
public struct JSONNumber: Sendable, Hashable, CustomStringConvertible {
    /// The spelling in the source, valid by RFC 8259 section 6.
    public let source: String

    /// Takes a spelling that the scanner has already validated.
    package init(validated source: String) { self.source = source }
    public init(_ value: Int64) { self.source = String(value) }
    public init(_ value: Int) { self.source = String(value) }
    /// nil for a value that JSON cannot spell: infinities and not-a-number.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        self.source = "\(value)"
    }

    /// The exact integer when the spelling is an integer (no point, no exponent) that fits; otherwise nil.
    public var integer: Int64? { Int64(source) }
    /// The nearest double; nil when it would be infinite.
    public var double: Double? { Double(source).flatMap { $0.isFinite ? $0 : nil } }
    public var description: String { source }
}

/// One member of an object.
public struct JSONMember: Sendable, Hashable {
    public var key: JSONString
    public var value: JSONValue
    public init(_ key: JSONString, _ value: JSONValue) {
        self.key = key
        self.value = value
    }
}

/// Members in source order; keys are unique by bytes (the reader refuses duplicates).
public struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public private(set) var members: [JSONMember]

    public init() { self.members = [] }
    /// Later members replace earlier ones of the same key; readers must have refused duplicates before.
    public init(_ members: [JSONMember]) {
        self.members = []
        self.members.reserveCapacity(members.count)
        var places: [JSONString: Int] = [:]
        for member in members {
            if let place = places[member.key] {
                self.members[place].value = member.value
            } else {
                places[member.key] = self.members.count
                self.members.append(member)
            }
        }
    }
    /// Keeps `members` as they are; for the reader, which has already refused duplicates.
    package init(unique members: [JSONMember]) { self.members = members }
    public init(dictionaryLiteral elements: (JSONString, JSONValue)...) {
        self.init(elements.map { JSONMember($0.0, $0.1) })
    }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    public var keys: [JSONString] { members.map(\.key) }
    /// Members in canonical order: by the UTF-16 code units of their names.
    package var sortedMembers: [JSONMember] {
        let isSorted = zip(members, members.dropFirst()).allSatisfy { $0.key < $1.key }
        return isSorted ? members : members.sorted { $0.key < $1.key }
    }

    public subscript(key: JSONString) -> JSONValue? {
        get { members.first { $0.key == key }?.value }
        set {
            let index = members.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(JSONMember(key, value))
            case (nil, nil): break
            }
        }
    }

    /// Equality ignores member order, as JSON objects are unordered.
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        guard a.members.count == b.members.count else { return false }
        // Names first: each value must be compared once only, or nesting would double the work per level.
        let isSameOrder = zip(a.members, b.members).allSatisfy { $0.key == $1.key }
        return isSameOrder ? a.members == b.members : a.sortedMembers == b.sortedMembers
    }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(members.count)
        for member in sortedMembers { hasher.combine(member) }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(JSONString(value)) }
    public init(integerLiteral value: Int64) { self = .number(JSONNumber(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (JSONString, JSONValue)...) {
        self = .object(JSONObject(elements.map { JSONMember($0.0, $0.1) }))
    }

    public init(_ text: String) { self = .string(JSONString(text)) }
    public init(_ value: Int) { self = .number(JSONNumber(value)) }
    public init(_ value: Int64) { self = .number(JSONNumber(value)) }
    public init(_ text: String?) { self = text.map { .string(JSONString($0)) } ?? .null }
}

extension JSONValue {
    public var string: String? { if case .string(let s) = self { s.text } else { nil } }
    public var integer: Int64? { if case .number(let n) = self { n.integer } else { nil } }
    public var int: Int? { integer.flatMap { Int(exactly: $0) } }
    public var bool: Bool? { if case .bool(let b) = self { b } else { nil } }
    public var array: [JSONValue]? { if case .array(let a) = self { a } else { nil } }
    public var object: JSONObject? { if case .object(let o) = self { o } else { nil } }
    public var isNull: Bool { self == .null }

    /// The member of an object, or nil for anything else.
    public subscript(key: JSONString) -> JSONValue? { object?[key] }
    /// The element of an array, or nil when it is not an array or too short.
    public subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
    /// The word for this kind of value in messages to people.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
