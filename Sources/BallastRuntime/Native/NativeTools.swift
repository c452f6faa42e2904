package import BallastCore

/// One function of this process that is a tool: what it says of itself, and what it does.
package struct NativeFunction: Sendable {
    /// The name of the provider of all functions of this process.
    package static let provider = "native"

    package var definition: ToolDefinition
    package let body: @Sendable (ToolInvocation) async -> ToolOutcome

    package init(definition: ToolDefinition, body: @escaping @Sendable (ToolInvocation) async -> ToolOutcome) {
        self.definition = definition
        self.body = body
    }
}

/// Tools written in Swift and run inside this process.
package struct NativeTools: ToolClient {
    /// Milliseconds that a function has to say what it did once it was cancelled.
    package static let patience: Int64 = 1_000

    package let provider = NativeFunction.provider
    private let functions: [String: NativeFunction]
    private let clock: (any RuntimeClock)?

    /// - Parameter clock: ends attempts at their time-out; without one a function takes as long as it takes.
    package init(_ functions: [NativeFunction], clock: (any RuntimeClock)? = nil) {
        self.functions = Dictionary(functions.map { ($0.definition.name, $0) }) { first, _ in first }
        self.clock = clock
    }

    package func definitions() async throws(ToolFailure) -> [ToolDefinition] {
        functions.values.map(\.definition).sorted { $0.name < $1.name }
    }

    /// For code in this process, entering the body is sending: the permit is claimed right before it.
    package func call(_ invocation: ToolInvocation) async -> ToolOutcome {
        guard let function = functions[invocation.tool.name] else {
            return .neverSent(
                ToolFailure(code: .unreachable, message: "\(invocation.tool.name) is not registered"),
                isRetryable: false)
        }
        if let refusal = invocation.permit.claim() {
            return .neverSent(
                ToolFailure(code: .permitRefused, message: "not sent: \(refusal)"), isRetryable: true)
        }
        invocation.permit.release()
        guard let clock else { return await function.body(invocation) }
        return await BoundedAttempt(clock: clock).run(function, invocation)
    }

    package func shutdown() async {}
}
