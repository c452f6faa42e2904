package import BallastCore
package import BallastRuntime
import BallastWire
package import Logging
import Synchronization
import SystemPackage

/// The tools of an MCP server that runs as a child process and speaks over its standard input and output.
///
/// The process is started when it is first needed and again after it ended. Nothing is ever sent twice: a call that
/// was in flight when the process ended is unknown, one that was not yet written was never sent.
package final class MCPStdioClient: ToolClient {
    package let provider: String
    private let settings: MCPStdioSettings
    private let state = Mutex(State())

    private struct State {
        var connection: MCPConnection?
        /// Closed, but their processes may still be ending.
        var retired: [MCPConnection] = []
        var backoff = RestartBackoff()
        var opening = MCPClientSession.Opening.discover
        var isShutDown = false
        /// The next start is the second half of one attempt, so it does not wait.
        var mayStartAtOnce = false
        var lastEnd = ""

        mutating func retire(_ connection: MCPConnection, at now: ContinuousClock.Instant) {
            self.connection = nil
            retired = (retired + [connection]).filter { $0.ended.value == nil }
            let wasUseful = connection.wasUseful
            // The older opening is kept only while it works.
            if !wasUseful, connection.firstQuestion == .initialize { opening = .discover }
            backoff.ended(at: now, wasUseful: wasUseful)
            lastEnd = connection.closing ?? ""
        }
    }

    /// - Parameters:
    ///   - provider: the key in the configuration; with `prefix` it stands before the names of the tools.
    ///   - command: the program and its arguments, run without a shell.
    ///   - environment: variables for the child, added to `PATH`, `HOME` and the few others of `ChildCommand`.
    ///   - prefix: name the tools `provider__tool` instead of by their bare names.
    package init(
        provider: String, command: [String], environment: [String: String] = [:], workingDirectory: String? = nil,
        prefix: Bool = true, limits: MCPStdioLimits = MCPStdioLimits(), logger: Logger
    ) {
        self.provider = provider
        settings = MCPStdioSettings(
            provider: provider,
            command: ChildCommand(words: command, environment: environment, workingDirectory: workingDirectory),
            isPrefixed: prefix, limits: limits, logger: logger)
    }

    deinit { state.withLock { $0.connection?.close("is no longer used") } }

    /// The server's process, while one runs; for diagnosis.
    package var processID: Int32? { state.withLock { $0.connection }?.processID }

    package func definitions() async throws(ToolFailure) -> [ToolDefinition] {
        let deadline = ContinuousClock.Instant.inMilliseconds(
            settings.limits.startTimeout + settings.limits.listTimeout)
        let connection = try await open(until: deadline)
        return try await connection.tools(until: deadline).definitions
    }

    package func resources() async throws(ToolFailure) -> [JSONValue] { try await entries(of: .resources) }
    package func resourceTemplates() async throws(ToolFailure) -> [JSONValue] {
        try await entries(of: .resourceTemplates)
    }
    package func prompts() async throws(ToolFailure) -> [JSONValue] { try await entries(of: .prompts) }

    private func entries(of list: MCPList) async throws(ToolFailure) -> [JSONValue] {
        let deadline = ContinuousClock.Instant.inMilliseconds(
            settings.limits.startTimeout + settings.limits.listTimeout)
        return try await open(until: deadline).entries(of: list, until: deadline)
    }

    package func call(_ invocation: ToolInvocation) async -> ToolOutcome {
        let deadline = ContinuousClock.Instant.inMilliseconds(invocation.timeout)
        do throws(ToolFailure) {
            let connection = try await open(until: deadline)
            let catalogue = try await connection.tools(until: deadline)
            if let refusal = catalogue.refusal(of: invocation.tool) { return .neverSent(refusal, isRetryable: false) }
            guard !Task.isCancelled else { throw Self.cancelled }
            let relay = invocation.relay.map(CallRelay.init)
            defer { relay?.close() }
            let request: MCPCallRequest
            do throws(MCPProtocolError) {
                request = try MCPCallRequest(invocation, relay: relay)
            } catch {
                throw ToolFailure(code: .protocolError, message: "the call cannot be sent: \(error)")
            }
            return await connection.call(request, invocation, relay: relay, until: deadline)
        } catch {
            return .neverSent(error, isRetryable: ![.cancelled, .refused, .protocolError].contains(error.code))
        }
    }

    package func shutdown() async {
        let connections = state.withLock { state in
            state.isShutDown = true
            return state.retired + (state.connection.map { [$0] } ?? [])
        }
        for connection in connections { connection.close("is shut down") }
        // Its own task: a shutdown that is itself cancelled still waits for the processes to end.
        await Task { for connection in connections { _ = await connection.ended.wait() } }.value
    }
}

// MARK: Starting

extension MCPStdioClient {
    /// The connection, opened when there is none.
    private func open(until deadline: ContinuousClock.Instant) async throws(ToolFailure) -> MCPConnection {
        while true {
            let connection = try current()
            switch await connection.opening.wait(until: deadline) {
            case .value(.open): return connection
            case .value(.failed(let failure, let mayDislikeDiscovery)):
                guard mayDislikeDiscovery else { throw failure }
                preferInitialize()
            case .timedOut:
                throw ToolFailure(code: .timeout, message: "the MCP server \(provider) did not start in time")
            case .cancelled: throw Self.cancelled
            }
        }
    }

    private static let cancelled = ToolFailure(code: .cancelled, message: "the call was cancelled before it was sent")

    /// Some servers end when the first thing they hear is not `initialize`: the next start says that.
    private func preferInitialize() {
        state.withLock { state in
            guard state.opening == .discover else { return }
            state.opening = .initialize
            state.mayStartAtOnce = true
        }
    }

    private func current() throws(ToolFailure) -> MCPConnection {
        let now = ContinuousClock.now
        return try state.withLock { state throws(ToolFailure) in
            guard !state.isShutDown else {
                throw ToolFailure(code: .refused, message: "the MCP server \(provider) is shut down")
            }
            if let connection = state.connection {
                guard connection.closing != nil else { return connection }
                state.retire(connection, at: now)
            }
            if !state.mayStartAtOnce, let wait = state.backoff.wait(at: now) {
                throw backingOff(wait, because: state.lastEnd)
            }
            state.mayStartAtOnce = false
            let connection = try start(state.opening)
            state.connection = connection
            return connection
        }
    }

    private func backingOff(_ wait: Duration, because reason: String) -> ToolFailure {
        let milliseconds = wait.components.seconds * 1_000 + wait.components.attoseconds / 1_000_000_000_000_000 + 1
        return ToolFailure(
            code: .unreachable,
            message: "the MCP server \(provider) ended again and again and is started later; last: \(reason)",
            retryAfter: milliseconds)
    }

    private func start(_ opening: MCPClientSession.Opening) throws(ToolFailure) -> MCPConnection {
        do throws(Errno) {
            let (input, childEnd) = try ChildInput.makePair()
            let connection = MCPConnection(settings: settings, firstQuestion: opening, input: input)
            connection.start(childEnd: childEnd)
            return connection
        } catch {
            throw ToolFailure(code: .unreachable, message: "no channel to the MCP server \(provider): \(error)")
        }
    }
}
