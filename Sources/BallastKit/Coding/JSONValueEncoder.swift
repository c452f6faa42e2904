/// Writes `Encodable` types as a JSON value. Containers share boxes, since they are filled after they are handed out.
struct JSONValueEncoder: Encoder {
    var box = JSONBox()
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        box.become(.object([]))
        return KeyedEncodingContainer(KeyedBoxes(box: box, codingPath: codingPath))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.become(.array([]))
        return BoxList(box: box, codingPath: codingPath)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

/// A value that is still being put together.
final class JSONBox {
    enum Content {
        case value(JSONValue)
        case array([JSONBox])
        case object([(key: String, box: JSONBox)])
    }
    var content = Content.value(.null)

    /// Takes the shape unless it has it: several containers of one encoder add to each other.
    fileprivate func become(_ shape: Content) {
        switch (content, shape) {
        case (.array, .array), (.object, .object): break
        default: content = shape
        }
    }

    fileprivate func appended() -> JSONBox {
        let box = JSONBox()
        if case .array(let boxes) = content { content = .array(boxes + [box]) }
        return box
    }

    fileprivate func member(_ key: String) -> JSONBox {
        let box = JSONBox()
        if case .object(let members) = content { content = .object(members + [(key, box)]) }
        return box
    }

    var value: JSONValue {
        switch content {
        case .value(let value): value
        case .array(let boxes): .array(boxes.map(\.value))
        case .object(let members):
            .object(JSONObject(members.map { JSONMember(JSONString($0.key), $0.box.value) }))
        }
    }
}

/// One generic method stands for all scalars.
extension JSONValueEncoder: SingleValueEncodingContainer {
    func encodeNil() { box.content = .value(.null) }

    func encode<T: Encodable>(_ value: T) throws {
        switch value {
        case let value as JSONValue: box.content = .value(value)
        case let value as Bool: box.content = .value(.bool(value))
        case let value as String: box.content = .value(JSONValue(value))
        case let value as Double: box.content = .value(.number(try number(value)))
        case let value as Float: box.content = .value(.number(try number(Double(value))))
        case let value as any FixedWidthInteger: box.content = .value(.number(JSONNumber(validated: "\(value)")))
        default: try value.encode(to: self)
        }
    }

    private func number(_ value: Double) throws -> JSONNumber {
        guard let number = JSONNumber(value) else {
            throw EncodingError.invalidValue(
                value, EncodingError.Context(codingPath: codingPath, debugDescription: "JSON cannot spell \(value)"))
        }
        return number
    }
}

private struct KeyedBoxes<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: JSONBox
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) { encoder(key).encodeNil() }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try encoder(key).encode(value) }
    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        encoder(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder(JSONKey(stringValue: "super")) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }

    private func encoder(_ key: any CodingKey) -> JSONValueEncoder {
        JSONValueEncoder(box: box.member(key.stringValue), codingPath: codingPath + [key])
    }
}

private struct BoxList: UnkeyedEncodingContainer {
    let box: JSONBox
    let codingPath: [any CodingKey]

    var count: Int { if case .array(let boxes) = box.content { boxes.count } else { 0 } }
    func encodeNil() { encoder.encodeNil() }
    func encode<T: Encodable>(_ value: T) throws { try encoder.encode(value) }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        encoder.container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder }

    /// Of the next element.
    private var encoder: JSONValueEncoder {
        let index = count
        return JSONValueEncoder(box: box.appended(), codingPath: codingPath + [JSONKey(intValue: index)])
    }
}
