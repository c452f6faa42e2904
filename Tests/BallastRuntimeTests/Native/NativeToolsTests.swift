import BallastCore
import BallastRuntime
import Synchronization
import Testing

@Suite("A function of this process is ended in time")
struct NativeToolsTests {
    /// Time stands until it is let go.
    private final class Hourglass: RuntimeClock {
        let now = Timestamp(milliseconds: 0)
        let monotonic: Int64 = 0
        private let end: AsyncStream<Void>
        private let continuation: AsyncStream<Void>.Continuation

        init(isEmpty: Bool) {
            (end, continuation) = AsyncStream.makeStream()
            if isEmpty { continuation.finish() }
        }

        func sleep(milliseconds: Int64) async throws {
            for await _ in end {}
            try Task.checkCancellation()
        }
    }

    private func call(
        _ clock: Hourglass, _ body: @escaping @Sendable () async -> ToolOutcome
    ) async -> ToolOutcome {
        let definition = ToolDefinition(
            name: "work", provider: NativeFunction.provider, description: "", inputSchema: ["type": "object"])
        let tools = NativeTools([NativeFunction(definition: definition) { _ in await body() }], clock: clock)
        let effect = EffectID(run: RunID(high: 1, low: 1), ordinal: 1)
        return await tools.call(
            ToolInvocation(
                effect: effect, tool: definition, arguments: [], attempt: 1, tenant: .default,
                principal: "customer:ana",
                timeout: 50, permit: .always))
    }

    @Test("what it answers counts while there is time")
    func inTime() async {
        let outcome = await call(Hourglass(isEmpty: false)) { .result(ToolResult(content: "done")) }
        #expect(outcome == .result(ToolResult(content: "done")))
    }

    @Test("one that does not listen is left to itself when time is up, and its outcome is unknown")
    func deaf() async {
        let outcome = await call(Hourglass(isEmpty: true)) {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                Task.detached {
                    let (never, end) = AsyncStream.makeStream(of: Void.self)
                    for await _ in never {}
                    end.finish()
                    continuation.resume()
                }
            }
            return .result(ToolResult(content: "too late"))
        }
        #expect(outcome == .unknown(ToolFailure(code: .timeout, message: "no answer within 50 ms")))
    }

    @Test("one that listens says itself what it did when its run is interrupted")
    func listening() async {
        let (entered, isEntered) = AsyncStream.makeStream(of: Void.self)
        let attempt = Task {
            await call(Hourglass(isEmpty: false)) {
                isEntered.finish()
                let (never, end) = AsyncStream.makeStream(of: Void.self)
                for await _ in never {}
                end.finish()
                return .result(ToolResult(content: "stopped before anything was done", isError: true))
            }
        }
        for await _ in entered {}
        attempt.cancel()
        #expect(await attempt.value == .result(ToolResult(content: "stopped before anything was done", isError: true)))
    }
}
