/// What a tool says of itself. Everything here is the server's claim: how a tool may be repeated, what class it has
/// and who may use it is stated by the operator's policy, never read from here.
package struct ToolDefinition: Sendable, Hashable {
    /// The name that agents, policies and the journal use: `server__tool`, or the bare name of a native tool.
    package let name: String
    /// The name that the tool's own server knows.
    package let remoteName: String
    /// The provider that offers it, by its key in the configuration.
    package let provider: String
    package let description: String
    /// JSON Schema 2020-12 of the arguments; its type is `object`.
    package let inputSchema: JSONValue
    /// JSON Schema 2020-12 of the structured result, if the tool declares one.
    package let outputSchema: JSONValue?
    /// The server's hints, shown to people, believed by nobody.
    package let annotations: JSONValue?

    package init(
        name: String, remoteName: String? = nil, provider: String, description: String, inputSchema: JSONValue,
        outputSchema: JSONValue? = nil, annotations: JSONValue? = nil
    ) {
        self.name = name
        self.remoteName = remoteName ?? name
        self.provider = provider
        self.description = description
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.annotations = annotations
    }

    /// The hash that pins this definition: a changed description or schema is a changed tool.
    package var hash: Digest {
        .lengthPrefixed(domain: "ballast.tool-definition.v1", [JSONWriter.canonical(document)])
    }

    /// Everything that the hash is taken of.
    package var document: JSONValue {
        [
            "name": JSONValue(remoteName), "description": JSONValue(description), "input_schema": inputSchema,
            "output_schema": outputSchema ?? .null, "annotations": annotations ?? .null,
        ]
    }
}

/// What a server offers besides tools, made a tool so that it goes the one way that every call goes. Its server knows it
/// by a name that no tool can have.
package enum ToolFacility: String, Sendable, Hashable, CaseIterable {
    /// `{"uri"}`
    case readResource = "resources/read"
    /// `{"name","arguments"}`
    case getPrompt = "prompts/get"

    /// The name without the provider's.
    package var bareName: String {
        switch self {
        case .readResource: "read_resource"
        case .getPrompt: "get_prompt"
        }
    }
}

extension ToolDefinition {
    /// Set when this is no tool of the server but another thing that it offers.
    package var facility: ToolFacility? { ToolFacility(rawValue: remoteName) }

    package init(_ facility: ToolFacility, name: String, provider: String) {
        let (description, schema): (String, JSONValue) =
            switch facility {
            case .readResource:
                (
                    "Reads one resource of \(provider) by its address (URI).",
                    [
                        "type": "object", "properties": ["uri": ["type": "string", "minLength": 1, "maxLength": 8192]],
                        "required": ["uri"], "additionalProperties": false,
                    ]
                )
            case .getPrompt:
                (
                    "Gets one prompt that \(provider) offers, filled in.",
                    [
                        "type": "object",
                        "properties": [
                            "name": ["type": "string", "minLength": 1, "maxLength": 512],
                            "arguments": ["type": "object", "additionalProperties": ["type": "string"]],
                        ],
                        "required": ["name"], "additionalProperties": false,
                    ]
                )
            }
        self.init(
            name: name, remoteName: facility.rawValue, provider: provider, description: description, inputSchema: schema
        )
    }
}

/// How a tool may be repeated when it is not known whether a call took effect. The operator's statement.
package enum Repeatability: Sendable, Hashable {
    /// Never sent twice; an unknown outcome is verified or asked about. The default for anything with effects.
    case never
    /// Repeating has the same effect as doing it once (reads, absolute writes).
    case naturally
    /// The tool deduplicates by the idempotency key for so many milliseconds after the first call.
    case byKey(milliseconds: Int64)
}

/// The risk class of a tool, from the policy. A tool without a class does not run.
package enum ToolClass: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    /// Read-only and reversible.
    case safe = 0
    /// Creates data or sends messages.
    case risky = 1
    /// Deletes, pays, affects customers.
    case dangerous = 2

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    package var name: String { ["safe", "risky", "dangerous"][Int(rawValue)] }
}
