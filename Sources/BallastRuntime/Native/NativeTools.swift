package import BallastCore

/// Tools written in Swift and run inside this process.
package struct NativeTools: ToolClient {
    /// One tool: what it says of itself, and what it does.
    package struct Tool: Sendable {
        package var definition: ToolDefinition
        package let body: @Sendable (ToolInvocation) async -> ToolOutcome

        package init(definition: ToolDefinition, body: @escaping @Sendable (ToolInvocation) async -> ToolOutcome) {
            self.definition = definition
            self.body = body
        }
    }

    package let provider: String
    private let tools: [String: Tool]

    package init(provider: String = "native", _ tools: [Tool]) {
        self.provider = provider
        self.tools = Dictionary(tools.map { ($0.definition.name, $0) }) { first, _ in first }
    }

    package func definitions() async throws(ToolFailure) -> [ToolDefinition] {
        tools.values.map(\.definition).sorted { $0.name < $1.name }
    }

    /// For code in this process, entering the body is sending: the permit is claimed right before it.
    package func call(_ invocation: ToolInvocation) async -> ToolOutcome {
        guard let tool = tools[invocation.tool.name] else {
            return .neverSent(
                ToolFailure(code: .unreachable, message: "\(invocation.tool.name) is not registered"),
                isRetryable: false)
        }
        if let refusal = invocation.permit.claim() {
            return .neverSent(
                ToolFailure(code: .permitRefused, message: "not sent: \(refusal)"), isRetryable: true)
        }
        invocation.permit.release()
        return await tool.body(invocation)
    }

    package func shutdown() async {}
}
