/// One search for a pattern in one text, with all paths advancing together.
///
/// Time is bounded by characters times instructions, memory by instructions.
struct PatternSearch {
    private let program: PatternProgram
    /// Visits to instructions that are left.
    private(set) var work: Int

    /// Instructions that wait for the next character.
    private var waiting: [Int] = []
    /// For each instruction, the last step in which it was visited; keeps every step free of repeats and loops.
    private var visited: [Int]
    private var step = 0
    private var stack: [Int] = []

    init(_ program: PatternProgram, work: Int) {
        self.program = program
        self.work = work
        self.visited = Array(repeating: -1, count: program.instructions.count)
    }

    /// Whether `text` holds a match; nil when `work` ran out.
    mutating func run(_ text: String) -> Bool? {
        var previous: Unicode.Scalar?
        var rest = text.unicodeScalars.makeIterator()
        var next = rest.next()
        work -= visited.count / 16 + 1
        var entries: [Int] = []
        while work > 0 {
            if !program.isAnchored || previous == nil { entries.append(0) }
            if follow(entries, previous: previous, next: next) { return true }
            guard let character = next, !(waiting.isEmpty && program.isAnchored) else { return work > 0 ? false : nil }
            entries = advance(over: character)
            previous = character
            next = rest.next()
            step += 1
        }
        return nil
    }

    /// Follows every path from `entries` up to the next character; true when one reaches the match.
    private mutating func follow(_ entries: [Int], previous: Unicode.Scalar?, next: Unicode.Scalar?) -> Bool {
        waiting.removeAll(keepingCapacity: true)
        stack.append(contentsOf: entries)
        while let index = stack.popLast() {
            guard visited[index] != step else { continue }
            visited[index] = step
            work -= 1
            switch program.instructions[index] {
            case .take: waiting.append(index)
            case .assert(let assertion): if assertion.holds(previous: previous, next: next) { stack.append(index + 1) }
            case .split(let one, let other): stack += [one, other]
            case .jump(let target): stack.append(target)
            case .match: return true
            }
        }
        return false
    }

    /// The instructions that follow those that take `character`.
    private mutating func advance(over character: Unicode.Scalar) -> [Int] {
        work -= waiting.count + 1
        return waiting.compactMap { index in
            guard case .take(let members) = program.instructions[index] else { return nil }
            return program.classes[members].contains(character) ? index + 1 : nil
        }
    }
}
