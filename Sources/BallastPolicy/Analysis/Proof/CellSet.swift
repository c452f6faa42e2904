/// A set of the cells of one fact, one bit each. A cell stands for all values that no test tells apart.
struct CellSet: Hashable {
    private(set) var words: [UInt64]

    /// The empty set among `count` cells.
    init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    init(count: Int, where isIn: (Int) -> Bool) {
        self.init(count: count)
        for cell in 0..<count where isIn(cell) { insert(cell) }
    }

    mutating func insert(_ cell: Int) { words[cell >> 6] |= 1 << UInt64(cell & 63) }
    func contains(_ cell: Int) -> Bool {
        cell >> 6 < words.count && words[cell >> 6] & (1 << UInt64(cell & 63)) != 0
    }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The lowest cell; nil when there is none.
    var first: Int? {
        for (index, word) in words.enumerated() where word != 0 { return index << 6 + word.trailingZeroBitCount }
        return nil
    }

    /// Both sets are of the same fact, so they have the same number of words.
    func intersects(_ other: CellSet) -> Bool {
        for index in 0..<min(words.count, other.words.count) where words[index] & other.words[index] != 0 {
            return true
        }
        return false
    }

    func isSubset(of other: CellSet) -> Bool {
        for index in words.indices where words[index] & ~other.word(index) != 0 { return false }
        return true
    }

    func intersection(_ other: CellSet) -> CellSet {
        var result = self
        for index in words.indices { result.words[index] &= other.word(index) }
        return result
    }

    func subtracting(_ other: CellSet) -> CellSet {
        var result = self
        for index in words.indices { result.words[index] &= ~other.word(index) }
        return result
    }

    func union(_ other: CellSet) -> CellSet {
        var result = self
        for index in words.indices { result.words[index] |= other.word(index) }
        return result
    }

    /// How many cells both sets have.
    func common(with other: CellSet) -> Int {
        var sum = 0
        for index in 0..<min(words.count, other.words.count) {
            sum += (words[index] & other.words[index]).nonzeroBitCount
        }
        return sum
    }

    /// The same cells among more of them.
    func widened(to count: Int) -> CellSet {
        var result = self
        result.words += [UInt64](repeating: 0, count: max(0, (count + 63) / 64 - words.count))
        return result
    }

    private func word(_ index: Int) -> UInt64 { index < words.count ? words[index] : 0 }
}
