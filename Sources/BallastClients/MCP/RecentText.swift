import Synchronization

/// The end of what a child wrote to standard error, for messages; the beginning is forgotten.
final class RecentText: Sendable {
    private let capacity: Int
    private let bytes = Mutex<[UInt8]>([])

    /// Keeps at least the last `capacity` bytes and at most twice as many.
    init(capacity: Int) { self.capacity = max(1, capacity) }

    func append(_ chunk: [UInt8]) {
        bytes.withLock { bytes in
            bytes += chunk.suffix(capacity)
            if bytes.count > 2 * capacity { bytes.removeFirst(bytes.count - capacity) }
        }
    }

    /// The last `count` bytes as one line of text without control characters.
    func tail(_ count: Int) -> String {
        let tail = bytes.withLock { Array($0.suffix(count)) }
        let text = String(decoding: tail, as: UTF8.self).unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control ? " " : Character(scalar)
        }
        return String(text).split(separator: " ").joined(separator: " ")
    }
}
