/// A set of Unicode scalars: ranges and general categories, all of it possibly negated.
struct PatternClass: Sendable {
    /// Sorted, without overlap.
    private let ranges: [ClosedRange<UInt32>]
    /// One bit per general category, in the order of `PatternCategories.all`.
    private let categories: UInt32
    private let isNegated: Bool
    /// The answer for ASCII, by bit, with the negation applied.
    private var ascii: (low: UInt64, high: UInt64)

    init(_ ranges: [ClosedRange<UInt32>], categories: UInt32 = 0, isNegated: Bool = false) {
        self.ranges = Self.merged(ranges)
        self.categories = categories
        self.isNegated = isNegated
        self.ascii = (0, 0)
        self.ascii = (asciiBits(from: 0), asciiBits(from: 64))
    }

    init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        if value < 64 { return ascii.low >> UInt64(value) & 1 == 1 }
        if value < 128 { return ascii.high >> UInt64(value - 64) & 1 == 1 }
        return isMember(scalar)
    }

    private func isMember(_ scalar: Unicode.Scalar) -> Bool {
        let isListed =
            isInRange(scalar.value)
            || categories != 0 && categories & PatternCategories.bit(scalar.properties.generalCategory) != 0
        return isListed != isNegated
    }

    private func isInRange(_ value: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(value)
    }

    private func asciiBits(from start: UInt32) -> UInt64 {
        (0..<64 as Range<UInt32>).reduce(into: 0 as UInt64) { bits, offset in
            if let scalar = Unicode.Scalar(start + offset), isMember(scalar) { bits |= 1 << UInt64(offset) }
        }
    }

    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}

// MARK: The classes that ECMA-262 names

extension PatternClass {
    static let digitRanges: [ClosedRange<UInt32>] = [0x30...0x39]
    static let wordRanges: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    /// White space and line terminators of ECMA-262 sections 12.2 and 12.3.
    static let spaceRanges: [ClosedRange<UInt32>] = [
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ]

    static let word = PatternClass(wordRanges)
    /// What `.` takes: anything but a line terminator.
    static let dot = PatternClass([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029], isNegated: true)

    /// Every scalar that `ranges`, sorted and without overlap, do not hold.
    static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var complement: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { complement.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { complement.append(next...0x10FFFF) }
        return complement
    }
}
