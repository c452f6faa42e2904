import BallastCore
import BallastPolicy

/// What a model says of its own proposal, in reserved fields beside the arguments. They are taken off before anything is
/// judged or sent, and may only make a decision stricter: a hijacked model says whatever helps it.
struct StatedConfidence {
    let band: ConfidenceBand?
    let assumptions: [String]

    static let bandField = "_confidence"
    static let assumptionsField = "_assumptions"
    private static let kept = 8
    private static let length = 400

    /// The tool as it is offered where a policy asks for confidence.
    static func offering(_ tool: ToolDefinition) -> ToolDefinition {
        guard var schema = tool.inputSchema.object, !declares(tool.inputSchema) else { return tool }
        var properties = schema["properties"]?.object ?? [:]
        properties[JSONString(bandField)] = [
            "enum": ["high", "medium", "low", "very_low"],
            "description": "How sure you are that this call is what the user wants.",
        ]
        properties[JSONString(assumptionsField)] = [
            "type": "array", "items": ["type": "string"], "maxItems": JSONValue(kept),
            "description": "What you assumed that the user did not say; shown to whoever confirms.",
        ]
        schema["properties"] = .object(properties)
        return ToolDefinition(
            name: tool.name, provider: tool.provider, description: tool.description, inputSchema: .object(schema),
            outputSchema: tool.outputSchema)
    }

    /// The arguments without the reserved fields, and what these said; nil where the tool has such arguments itself.
    static func split(_ arguments: String, of tool: ToolDefinition) -> (arguments: String, stated: StatedConfidence)? {
        guard !declares(tool.inputSchema), arguments.contains("\"_"),
            let value = try? JSONReader.read(Array(arguments.utf8)), var object = value.object
        else { return nil }
        let (band, list) = (object[JSONString(bandField)], object[JSONString(assumptionsField)])
        guard band != nil || list != nil else { return nil }
        object[JSONString(bandField)] = nil
        object[JSONString(assumptionsField)] = nil
        // A word that is no band says that the model is not sure how sure it is.
        let stated = StatedConfidence(
            band: band.map { $0.string.flatMap(ConfidenceBand.init(name:)) ?? .medium },
            assumptions: (list?.array ?? list.map { [$0] } ?? []).compactMap(\.string).prefix(kept).map {
                String($0.prefix(length))
            })
        return (JSONWriter.canonicalString(.object(object)), stated)
    }

    private static func declares(_ schema: JSONValue) -> Bool {
        let properties = schema["properties"]?.object
        return properties?[JSONString(bandField)] != nil || properties?[JSONString(assumptionsField)] != nil
    }
}
