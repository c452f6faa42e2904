extension JSONValue {
    /// The value as an instance of a `Decodable` type. Members are matched to coding keys by their bytes; an integer
    /// type takes any number without a fraction that fits, so `1.0` is 1 and `1.5` is an error.
    ///
    /// - Throws: `DecodingError`, whose message names the place.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try JSONValueDecoder(value: self, codingPath: []).decode(type)
    }

    /// An `Encodable` value as JSON; members stand in the order in which they are encoded.
    ///
    /// - Throws: `EncodingError` for a number that JSON cannot spell, and what the value's own encoding throws.
    public init(encoding value: some Encodable) throws {
        let encoder = JSONValueEncoder(codingPath: [])
        try encoder.encode(value)
        self = encoder.box.value
    }
}

/// A value may be part of a `Codable` type, where what stands in its place is taken as it is.
extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        if let own = decoder as? JSONValueDecoder {
            self = own.value
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = JSONValue(value)
        } else if let value = try? container.decode(Double.self), let number = JSONNumber(value) {
            self = .number(number)
        } else if let value = try? container.decode(String.self) {
            self = JSONValue(value)
        } else if let elements = try? container.decode([JSONValue].self) {
            self = .array(elements)
        } else {
            let members = try container.decode([String: JSONValue].self).sorted { $0.key < $1.key }
            self = .object(JSONObject(members.map { JSONMember(JSONString($0.key), $0.value) }))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        if let own = encoder as? JSONValueEncoder {
            own.box.content = .value(self)
            return
        }
        switch self {
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value): try value.encode(to: encoder)
        case .number(let number):
            if let integer = number.integer {
                try integer.encode(to: encoder)
            } else {
                try (number.double ?? 0).encode(to: encoder)
            }
        case .string(let string): try string.text.encode(to: encoder)
        case .array(let elements): try elements.encode(to: encoder)
        case .object(let object):
            try Dictionary(object.members.map { ($0.key.text, $0.value) }) { _, last in last }.encode(to: encoder)
        }
    }
}

/// A place in a JSON value.
struct JSONKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }
    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}
