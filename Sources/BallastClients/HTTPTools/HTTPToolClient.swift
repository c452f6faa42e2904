import AsyncHTTPClient
package import BallastCore
package import BallastRuntime
import NIOCore
import NIOHTTP1

/// Tools that are plain HTTP requests. It never repeats one.
///
/// *Sent* means here: the head of the request was passed, under the permit, to the socket or to TLS. Until then,
/// while names are looked up, connections opened or waited for, an attempt can be given up and certainly did not
/// happen. The permit is held until the operating system has taken the last byte.
///
/// Requests that are not reads get a connection of their own, since a kept one may have been closed by the other side
/// just as it is used again: the effect would be in doubt for nothing.
package final class HTTPToolClient: ToolClient {
    package let provider: String
    private let plans: [HTTPToolPlan]
    private let gates: SendGates
    private let reading: HTTPTransport
    private let writing: HTTPTransport
    private let clock: any RuntimeClock

    /// - Parameters:
    ///   - provider: the key in the configuration; with `prefix` it stands before the names of the tools.
    ///   - prefix: name the tools `provider__tool` instead of by their bare names.
    package init(
        provider: String, tools: [HTTPToolDeclaration], prefix: Bool = true,
        options: HTTPTransport.Options = HTTPTransport.Options(), clock: any RuntimeClock
    ) throws(HTTPToolDeclarationError) {
        var plans: [HTTPToolPlan] = []
        for tool in tools {
            guard !plans.contains(where: { $0.declaration.name == tool.name }) else {
                throw HTTPToolDeclarationError(tool: tool.name, message: "another tool has this name")
            }
            plans.append(try HTTPToolPlan(tool, provider: provider, isPrefixed: prefix))
        }
        self.provider = provider
        self.plans = plans
        self.clock = clock
        let gates = SendGates()
        self.gates = gates
        reading = HTTPTransport(options) { gates.install(in: &$0) }
        writing = HTTPTransport(options) {
            gates.install(in: &$0)
            $0.maximumUsesPerConnection = 1
        }
    }

    package var isStatedByOperator: Bool { true }
    package func definitions() async throws(ToolFailure) -> [ToolDefinition] { plans.map(\.definition) }

    package func shutdown() async {
        await reading.shutdown()
        await writing.shutdown()
    }

    package func call(_ invocation: ToolInvocation) async -> ToolOutcome {
        guard let plan = plans.first(where: { $0.declaration.name == invocation.tool.remoteName }),
            plan.definition == invocation.tool
        else {
            return Self.refused("the tool is not declared any more, or its declaration has changed")
        }
        do {
            return await send(try plan.request(for: invocation), plan: plan, invocation: invocation)
        } catch {
            return Self.refused(error.message)
        }
    }

    private static func refused(_ why: String) -> ToolOutcome {
        .neverSent(ToolFailure(code: .refused, message: why), isRetryable: false)
    }

    // MARK: Sending

    private func send(_ request: OutgoingRequest, plan: HTTPToolPlan, invocation: ToolInvocation) async -> ToolOutcome {
        let gate = SendGate(invocation.permit)
        let token = gates.add(gate)
        defer { gates.remove(token) }
        var request = request
        request.headers.replaceOrAdd(name: SendGates.header, value: token)
        let exchange = HTTPExchange(
            transport: plan.declaration.method.isSafe ? reading : writing, clock: clock,
            timeout: min(plan.declaration.timeout, invocation.timeout), idleTimeout: nil)
        let limit = plan.declaration.maxResponseBytes
        do {
            let answer = try await exchange.run(request) { (head, body) throws(HTTPExchangeFailure) in
                let (bytes, isCut) = try await body.collect(upTo: limit)
                return HTTPToolAnswer(head: head, body: bytes, isCut: isCut)
            }
            return answer.outcome(of: plan, attempt: invocation.attempt, now: clock.now)
        } catch {
            return Self.outcome(of: error, gate.seal())
        }
    }

    private static func outcome(of failure: HTTPExchangeFailure, _ gate: SendGate.State) -> ToolOutcome {
        switch gate {
        case .refused(let refusal):
            .neverSent(
                ToolFailure(code: .permitRefused, message: "sending was not permitted (\(refusal))"), isRetryable: true)
        case .waiting, .sealed:
            .neverSent(ToolFailure(failure, isSent: false), isRetryable: failure.kind != .unfit)
        case .writing, .written:
            .unknown(ToolFailure(failure, isSent: true))
        }
    }
}

extension ToolFailure {
    init(_ failure: HTTPExchangeFailure, isSent: Bool) {
        let code: Code =
            switch failure.kind {
            case .unfit: .refused
            case .noAnswer: isSent ? .connectionLost : .unreachable
            case .cut: .connectionLost
            case .timeout: .timeout
            case .tooLarge: .resultTooLarge
            case .cancelled: .cancelled
            }
        self.init(code: code, message: failure.detail.isEmpty ? "the call was cancelled" : failure.detail)
    }
}
