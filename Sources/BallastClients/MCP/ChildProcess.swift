import Subprocess
import SystemPackage

/// One child process from start to end.
///
/// Whatever stops it, it ends in the order that MCP names: its input closes, it gets time to go by itself, then
/// SIGTERM and SIGKILL to its whole session.
struct ChildProcess: Sendable {
    enum End: Sendable, Hashable, CustomStringConvertible {
        case notStarted(String)
        case exited(code: Int32)
        case signaled(Int32)

        var description: String {
            switch self {
            case .notStarted(let reason): "could not be started: \(reason)"
            case .exited(let code): "ended with exit status \(code)"
            case .signaled(let signal): "was ended by signal \(signal)"
            }
        }
    }

    let command: ChildCommand
    let input: ChildInput
    let grace: Duration
    /// Fulfilled to ask the child to stop.
    let stop = Arrival<Void>()

    private enum Event: Sendable { case outputEnded, errorEnded, graceOver, neverStopped }

    /// Runs the child until it has ended; all it wrote is handed on before this returns.
    ///
    /// - Parameter childEnd: the child's end of its input; closed here.
    func run(
        childEnd: CInt, onStart: @escaping @Sendable (Int32) -> Void,
        onOutput: @escaping @Sendable ([UInt8]) -> Void,
        onError: @escaping @Sendable ([UInt8]) -> Void
    ) async -> End {
        do {
            let result = try await Subprocess.run(
                command.configuration,
                input: .fileDescriptor(FileDescriptor(rawValue: childEnd), closeAfterSpawningProcess: true),
                output: .sequence, error: .sequence
            ) { execution in
                onStart(execution.processIdentifier.value)
                await supervise(execution, onOutput: onOutput, onError: onError)
            }
            switch result.terminationStatus {
            case .exited(let code): return .exited(code: code)
            case .signaled(let signal): return .signaled(signal)
            }
        } catch {
            return .notStarted("\(error)")
        }
    }

    private func supervise(
        _ execution: Execution<FileDescriptorInput, SequenceOutput, SequenceOutput>,
        onOutput: @escaping @Sendable ([UInt8]) -> Void, onError: @escaping @Sendable ([UInt8]) -> Void
    ) async {
        await withTaskGroup(of: Event.self) { group in
            group.addTask {
                await Self.drain(execution.standardOutput, into: onOutput)
                return .outputEnded
            }
            group.addTask {
                await Self.drain(execution.standardError, into: onError)
                return .errorEnded
            }
            group.addTask { await graceAfterStop() }
            let event = await group.first { $0 != .errorEnded }
            input.finish()
            if event == .outputEnded {
                // A child that closed its output is of no use any more, but mostly it is just about to end by itself.
                await ChildExit.wait(for: execution.processIdentifier.value, within: grace)
            }
            await execution.teardown(
                using: [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: grace)])
            // What the child started and left behind has nobody to serve any more.
            try? execution.send(signal: .terminate, toProcessGroup: true)
            // The streams end with the process, even when a grandchild holds them open.
            group.cancelAll()
        }
    }

    private func graceAfterStop() async -> Event {
        guard case .value = await stop.wait() else { return .neverStopped }
        input.finish()
        // Whatever it still answers in this time is read.
        try? await Task.sleep(for: grace)
        return .graceOver
    }

    private static func drain(
        _ stream: SubprocessOutputSequence, into sink: @Sendable ([UInt8]) -> Void
    ) async {
        do {
            for try await buffer in stream { sink(buffer.withUnsafeBytes { Array($0) }) }
        } catch {
            // A stream that breaks is a stream that ended: the process is ended next and says how it went.
        }
    }
}
