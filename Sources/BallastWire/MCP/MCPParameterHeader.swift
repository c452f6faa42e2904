package import BallastCore

/// A part of a tool's arguments that goes into a header as well, as `x-mcp-header` in its schema asks.
package struct MCPParameterHeader: Sendable, Hashable {
    /// With `mcp-param-` before it.
    package let name: String
    /// Names of the members that lead to the value.
    package let path: [JSONString]

    /// The value for these arguments; nil when they have none.
    package func value(in arguments: JSONObject) -> String? {
        var value: JSONValue? = .object(arguments)
        for name in path { value = value?[name] }
        switch value {
        case .string(let text)?: return MCPHeaderValue.encode(text.text)
        case .bool(let flag)?: return flag ? "true" : "false"
        case .number(let number)?: return number.decimal?.integer.map { String($0) } ?? number.source
        case .null?, .array?, .object?, nil: return nil
        }
    }

    /// The headers that a tool's schema asks for; throws when it asks in a way that the protocol does not allow.
    package static func all(in schema: JSONValue) throws(MCPProtocolError) -> [MCPParameterHeader] {
        var headers: [MCPParameterHeader] = []
        try collect(schema, path: [], isReachable: true, &headers)
        return headers
    }

    private static let keyword: JSONString = "x-mcp-header"
    /// Keywords whose values are no schemas.
    private static let values: Set<JSONString> = ["enum", "const", "default", "examples", "required", keyword]

    private static func collect(
        _ schema: JSONValue, path: [JSONString], isReachable: Bool, _ headers: inout [MCPParameterHeader]
    ) throws(MCPProtocolError) {
        switch schema {
        case .array(let elements):
            for element in elements { try collect(element, path: path, isReachable: false, &headers) }
        case .object(let object):
            if let name = object[keyword] { try add(name, of: object, path, isReachable, &headers) }
            for member in object.members where !values.contains(member.key) {
                guard member.key == "properties", let properties = member.value.object else {
                    try collect(member.value, path: path, isReachable: false, &headers)
                    continue
                }
                for property in properties.members {
                    try collect(property.value, path: path + [property.key], isReachable: isReachable, &headers)
                }
            }
        case .null, .bool, .number, .string: return
        }
    }

    private static func add(
        _ value: JSONValue, of schema: JSONObject, _ path: [JSONString], _ isReachable: Bool,
        _ headers: inout [MCPParameterHeader]
    ) throws(MCPProtocolError) {
        guard let text = value.string, isToken(text) else {
            throw MCPProtocolError("its x-mcp-header is no name of a header")
        }
        guard isReachable, !path.isEmpty,
            ["string", "integer", "boolean"].contains(schema["type"]?.string ?? "")
        else {
            throw MCPProtocolError(
                "its x-mcp-header \(text) is not at a string, integer or boolean that is reached through properties alone"
            )
        }
        let name = MCPHeader.parameterPrefix + text.lowercased()
        guard !headers.contains(where: { $0.name == name }) else {
            throw MCPProtocolError("two of its arguments share the x-mcp-header \(text)")
        }
        headers.append(MCPParameterHeader(name: name, path: path))
    }

    private static func isToken(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
