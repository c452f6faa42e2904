import BallastRuntime

/// A tool written in Swift that runs inside this process, under the same guard as any other: the agent's manifest must
/// name it, and the policy classifies it, limits it, and says how it may be repeated.
///
///     struct Refund: Decodable {
///         var order: String
///         var amount: Int
///     }
///     let refund = NativeTool(
///         "issue_refund", "Pays money back for an order.",
///         schema: [
///             "type": "object", "additionalProperties": false, "required": ["order", "amount"],
///             "properties": ["order": ["type": "string"], "amount": ["type": "integer", "minimum": 1]],
///         ]
///     ) { (refund: Refund, call) in
///         .result(["refund_id": JSONValue(try await bank.pay(refund, key: call.idempotencyKey))])
///     }
public struct NativeTool: Sendable {
    /// The name that agents, policies and the journal use: 1 to 64 letters, digits, `_` and `-`.
    public let name: String
    let function: NativeFunction

    /// - Parameters:
    ///   - description: What it does and when to use it, for the model.
    ///   - schema: JSON Schema 2020-12 of the arguments; its type is `object`. Nothing that does not fit it reaches
    ///     `body`. `AgentHost.open` refuses a schema that cannot be compiled.
    ///   - result: JSON Schema of the result, when it should be checked.
    ///   - body: Does it, once. `Arguments` is a `Decodable` type, or `JSONValue` for the value itself. An error that
    ///     leaves the body counts as `ToolAnswer.unknown`: only the body knows whether it was done, so it should say.
    ///     Arguments that `Arguments` does not take are answered as failed, and the body is not entered.
    public init<Arguments: Decodable & SendableMetatype>(
        _ name: String, _ description: String, schema: JSONValue, result: JSONValue? = nil,
        body: @escaping @Sendable (_ arguments: Arguments, _ call: ToolCall) async throws -> ToolAnswer
    ) {
        self.name = name
        let definition = ToolDefinition(
            name: name, provider: NativeFunction.provider, description: description, inputSchema: schema,
            outputSchema: result)
        function = NativeFunction(definition: definition) { invocation in
            let arguments: Arguments
            do {
                arguments = try JSONReader.read(invocation.arguments).decoded()
            } catch {
                return ToolAnswer.failed("The arguments cannot be read, so nothing was done: \(error)").outcome
            }
            do {
                return try await body(arguments, ToolCall(invocation)).outcome
            } catch is CancellationError {
                return .unknown(ToolFailure(code: .cancelled, message: "\(name) was ended while it was under way"))
            } catch {
                return ToolAnswer.unknown("\(name) ended with an error: \(error)").outcome
            }
        }
    }

    /// What is wrong with it; nil when it can be offered.
    var problem: String? {
        let isName =
            (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
                    || byte == 45
            }
        guard isName else { return "`\(name)` is no name for a tool: use 1 to 64 letters, digits, `_` and `-`." }
        guard function.definition.inputSchema["type"]?.string == "object" else {
            return "`\(name)`: the schema of the arguments needs \"type\": \"object\"."
        }
        for schema in [function.definition.inputSchema, function.definition.outputSchema].compactMap(\.self) {
            do throws(JSONSchemaError) {
                _ = try JSONSchema(compiling: schema)
            } catch {
                return "`\(name)`: the schema cannot be used: \(error)"
            }
        }
        return nil
    }
}
