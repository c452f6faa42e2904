/// Reads `Decodable` types from a JSON value without a detour over text.
struct JSONValueDecoder: Decoder {
    let value: JSONValue
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let object = value.object else { throw mismatch([String: JSONValue].self, "an object") }
        return KeyedDecodingContainer(KeyedMembers(object: object, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let elements = value.array else { throw mismatch([JSONValue].self, "an array") }
        return Elements(elements: elements, codingPath: codingPath)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    fileprivate func mismatch(_ type: Any.Type, _ wanted: String) -> DecodingError {
        .typeMismatch(
            type,
            DecodingError.Context(
                codingPath: codingPath, debugDescription: "expected \(wanted), found \(value.kindName)"))
    }
}

/// One generic method stands for all scalars: what they have in common is that the value itself says what it is.
extension JSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value.isNull }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if let integer = type as? any FixedWidthInteger.Type {
            return try found(self.integer(integer) as? T, "a whole number that fits \(type)")
        }
        return switch type {
        case is JSONValue.Type: try found(value as? T, "any value")
        case is Bool.Type: try found(value.bool as? T, "a boolean")
        case is String.Type: try found(value.string as? T, "a string")
        case is Double.Type: try found(number?.double as? T, "a number")
        case is Float.Type: try found(number?.double.map { Float($0) } as? T, "a number")
        default: try T(from: self)
        }
    }

    private var number: JSONNumber? { if case .number(let number) = value { number } else { nil } }

    private func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer? {
        guard let number else { return nil }
        return Integer(number.source) ?? JSONDecimal(number)?.integer.flatMap { Integer(exactly: $0) }
    }

    private func found<T>(_ found: T?, _ wanted: String) throws -> T {
        guard let found else { throw mismatch(T.self, wanted) }
        return found
    }
}

private struct KeyedMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    let codingPath: [any CodingKey]

    var allKeys: [Key] { object.keys.compactMap { Key(stringValue: $0.text) } }
    func contains(_ key: Key) -> Bool { object[JSONString(key.stringValue)] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try member(key).decodeNil() }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try member(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try member(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { try decoder(of: JSONKey(stringValue: "super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }

    private func member(_ key: Key) throws -> JSONValueDecoder { try decoder(of: key) }

    private func decoder(of key: any CodingKey) throws -> JSONValueDecoder {
        guard let value = object[JSONString(key.stringValue)] else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "there is no such member"))
        }
        return JSONValueDecoder(value: value, codingPath: codingPath + [key])
    }
}

private struct Elements: UnkeyedDecodingContainer {
    let elements: [JSONValue]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(elements: [JSONValue], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    /// A null is passed over; anything else stays.
    mutating func decodeNil() throws -> Bool {
        guard try peek().decodeNil() else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try take { try $0.decode(type) } }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try take { try $0.container(keyedBy: type) }
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try take { try $0.unkeyedContainer() }
    }
    mutating func superDecoder() throws -> any Decoder { try take { $0 } }

    private mutating func take<T>(_ body: (JSONValueDecoder) throws -> T) throws -> T {
        let value = try body(try peek())
        currentIndex += 1
        return value
    }

    private func peek() throws -> JSONValueDecoder {
        let path = codingPath + [JSONKey(intValue: currentIndex)]
        guard elements.indices.contains(currentIndex) else {
            throw DecodingError.valueNotFound(
                JSONValue.self, DecodingError.Context(codingPath: path, debugDescription: "the array ends before"))
        }
        return JSONValueDecoder(value: elements[currentIndex], codingPath: path)
    }
}
