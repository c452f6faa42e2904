import Dispatch

/// Lines that a person types, read on a thread of their own so that waiting for a person holds up nothing else.
struct TypedLines: Sendable {
    /// The next line; nil when the input has ended.
    func next() async -> String? {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: readLine()) }
        }
    }
}
