package import BallastCore

/// One entry of `tools/list`.
package struct MCPTool: Sendable, Hashable {
    package let name: String
    package let description: String
    /// Its type is `object`.
    package let inputSchema: JSONValue
    package let outputSchema: JSONValue?
    package let annotations: JSONValue?

    package init(
        name: String, description: String, inputSchema: JSONValue, outputSchema: JSONValue? = nil,
        annotations: JSONValue? = nil
    ) {
        self.name = name
        self.description = description
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.annotations = annotations
    }

    /// Reads an entry; the error says which rule it breaks.
    package init(_ value: JSONValue) throws(MCPProtocolError) {
        guard let name = value["name"]?.string, Self.isName(name) else {
            throw MCPProtocolError("a tool needs a name of 1 to 128 letters, digits, dots, hyphens and underscores")
        }
        guard let input = value["inputSchema"], input["type"]?.string == "object" else {
            throw MCPProtocolError("the tool \(name) needs an inputSchema whose type is \"object\"")
        }
        self.init(
            name: name, description: value["description"]?.string ?? "", inputSchema: input,
            outputSchema: value["outputSchema"], annotations: value["annotations"])
    }

    private static func isName(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                }
            }
    }

    var json: JSONValue {
        var object: JSONObject = [
            "name": JSONValue(name), "description": JSONValue(description), "inputSchema": inputSchema,
        ]
        object["outputSchema"] = outputSchema
        object["annotations"] = annotations
        return .object(object)
    }
}
