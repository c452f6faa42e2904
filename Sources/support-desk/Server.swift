import BallastWire
import Foundation
import Synchronization

/// Reads standard input, runs each call on its own task and writes answers as they come.
final class Server: Sendable {
    /// More calls than this at once are answered as busy, so that memory is bounded.
    private static let mostCalls = 1_024

    private let desk: Desk
    private let options: Options
    private let session: MCPServerSession
    private let output = Mutex(FileHandle.standardOutput)
    private let running = Mutex<[JSONRPCID: Task<Void, Never>]>([:])
    private let atWork = DispatchGroup()

    init(desk: Desk, options: Options) {
        self.desk = desk
        self.options = options
        session = MCPServerSession(
            server: MCPImplementation(name: "support-desk", version: "1.0.0"), tools: Toolbox.all.map(\.tool))
    }

    /// Serves until standard input ends, then lets the calls in flight finish: what was accepted is done, whether or
    /// not somebody still waits for the answer.
    func run() {
        var framer = LineFramer(maxLength: 4 << 20)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            for line in framer.receive(Array(buffer.prefix(count))) {
                for action in session.receive(line) { perform(action) }
            }
        }
        atWork.wait()
    }

    private func perform(_ action: MCPServerSession.Action) {
        switch action {
        case .send(let line): write(line)
        case .cancel(let id): running.withLock { $0[id] }?.cancel()
        case .call(let call): start(call)
        }
    }

    private func start(_ call: MCPServerSession.Call) {
        let isStarted = running.withLock { running in
            guard running.count < Self.mostCalls, running[call.id] == nil else { return false }
            atWork.enter()
            running[call.id] = Task { await self.finish(call) }
            return true
        }
        if !isStarted { write(session.line(for: call, result: .failure("the desk is busy; try again later"))) }
    }

    private func finish(_ call: MCPServerSession.Call) async {
        let result = await serve(call)
        running.withLock { _ = $0.removeValue(forKey: call.id) }
        if let result { write(session.line(for: call, result: result)) }
        atWork.leave()
    }

    /// nil when the call was cancelled, which gets no answer.
    private func serve(_ call: MCPServerSession.Call) async -> MCPCallResult? {
        guard let entry = Toolbox.all.first(where: { $0.tool.name == call.tool }) else {
            return .failure("there is no tool \(call.tool)")
        }
        do {
            try await desk.record(call)
            try await pause(options.delayBefore)
            let request = ToolRequest(call, ignoresKey: options.ignoresKey)
            let value = try await entry.run(desk, request)
            try await pause(options.delayAfter)
            return .structured(value)
        } catch let refusal as Refusal {
            return .failure(refusal.message)
        } catch is CancellationError {
            return nil
        } catch {
            return .failure("the desk's database failed: \(error)")
        }
    }

    private func pause(_ milliseconds: Int) async throws {
        guard milliseconds > 0 else { return }
        let time = options.hasJitter ? Int.random(in: 0...milliseconds) : milliseconds
        try await Task.sleep(for: .milliseconds(time))
    }

    private func write(_ line: [UInt8]) {
        // Nobody reads any more: the calls go on without an audience.
        output.withLock { try? $0.write(contentsOf: Data(line)) }
    }
}
