import BallastCore
import Synchronization

/// The reference store: the whole contract over a value in memory.
///
/// Nothing survives the process; what survives a simulated crash is what `durability` says.
package final class InMemoryRunStore: Sendable {
    /// Called before and after every write; what it throws is what the caller sees.
    package typealias Hook = @Sendable (StorePoint) async throws(StoreError) -> Void

    package enum Durability: Sendable, Hashable {
        /// A write is durable when it returns, as the contract asks.
        case immediate
        /// A write is durable after the next `sync`: a disk that has not finished.
        case atSync
    }

    private struct State: Sendable {
        var image: StoreImage
        /// What a crash leaves, and the writes since then; nil when every write is durable at once.
        var durable: StoreImage?
        var tail: [@Sendable (inout StoreImage) -> Void] = []
        var isClosed = false
    }

    package let durability: Durability
    let hook: Hook?
    private let state: Mutex<State>

    package convenience init(durability: Durability = .immediate, hook: Hook? = nil) {
        self.init(image: StoreImage(), durability: durability, hook: hook)
    }

    private init(image: StoreImage, durability: Durability, hook: Hook?) {
        self.durability = durability
        self.hook = hook
        state = Mutex(State(image: image, durable: durability == .atSync ? image : nil))
    }

    /// Makes every write so far durable.
    package func sync() {
        state.withLock { state in
            guard var durable = state.durable.take() else { return }
            for write in state.tail { write(&durable) }
            state.tail = []
            state.durable = durable
        }
    }

    /// Ends this store as a power cut would and gives the one that opens afterwards: it has what was durable. Every
    /// later call of this one is answered with `closed`.
    package func crash(hook: Hook? = nil) -> InMemoryRunStore {
        let image = state.withLock { state in
            defer { state = State(image: StoreImage(), isClosed: true) }
            return state.isClosed ? StoreImage() : state.durable ?? state.image
        }
        return InMemoryRunStore(image: image, durability: durability, hook: hook ?? self.hook)
    }

    package func close() async {
        sync()
        state.withLock { $0.isClosed = true }
    }

    /// Runs one write between the hook's two moments.
    func write<Answer: Sendable>(
        _ operation: StorePoint.Operation, run: RunID? = nil,
        _ body: @escaping @Sendable (inout StoreImage) throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        guard let hook else { return try perform(body) }
        try await hook(StorePoint(operation: operation, moment: .before, run: run))
        let answer = try perform(body)
        try await hook(StorePoint(operation: operation, moment: .after, run: run))
        return answer
    }

    private func perform<Answer: Sendable>(
        _ body: @escaping @Sendable (inout StoreImage) throws(StoreError) -> Answer
    ) throws(StoreError) -> Answer {
        try state.withLock { state throws(StoreError) in
            if state.isClosed { throw StoreError.closed }
            let answer = try body(&state.image)
            if state.durable != nil { state.tail.append { image in _ = try? body(&image) } }
            return answer
        }
    }

    /// Reads, without a hook. The queues inside the image may be tidied by it.
    func read<Answer: Sendable>(
        _ body: (inout StoreImage) throws(StoreError) -> Answer
    ) throws(StoreError) -> Answer {
        try state.withLock { state throws(StoreError) in
            if state.isClosed { throw StoreError.closed }
            return try body(&state.image)
        }
    }
}
