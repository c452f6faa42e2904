import BallastCore

/// Members in order of the moment they are due, each at most once: a binary heap whose outdated elements are skipped.
struct WakeQueue<Member: Hashable & Comparable & Sendable>: Sendable {
    private struct Element: Sendable {
        let due: Timestamp
        let member: Member
        func precedes(_ other: Element) -> Bool { (due, member) < (other.due, other.member) }
    }

    private var heap: [Element] = []
    private var current: [Member: Timestamp] = [:]

    /// Sets, moves or removes (nil) the moment of `member`.
    mutating func set(_ member: Member, due: Timestamp?) {
        guard current[member] != due else { return }
        current[member] = due
        if let due { push(Element(due: due, member: member)) }
        if heap.count > 2 * current.count + 64 { rebuild() }
    }

    /// The earliest moment.
    mutating func earliest() -> Timestamp? {
        while let first = heap.first {
            if current[first.member] == first.due { return first.due }
            _ = pop()
        }
        return nil
    }

    /// The members due at `now`, earliest first, at most `limit`. They stay in the queue.
    mutating func due(at now: Timestamp, limit: Int) -> [Member] {
        var found: [Element] = []
        while found.count < limit, let due = earliest(), due <= now, let first = pop() {
            if found.last.map({ $0.member == first.member && $0.due == first.due }) != true { found.append(first) }
        }
        for element in found { push(element) }
        return found.map(\.member)
    }

    private mutating func rebuild() {
        heap = current.map { Element(due: $0.value, member: $0.key) }.sorted { $0.precedes($1) }
    }

    private mutating func push(_ element: Element) {
        heap.append(element)
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> Element? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap[0] = last
        sink()
        return first
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[least])
            {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
