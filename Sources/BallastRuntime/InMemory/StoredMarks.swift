/// What a tenant's runs wrote: the newest keys whole, older ones by their first bytes.
struct StoredMarks: Sendable {
    private struct Level: Sendable {
        var marks: [[UInt8]: WrittenMark.Marks] = [:]
        /// In order of arrival.
        var order: [[UInt8]] = []

        mutating func add(_ key: [UInt8], _ new: WrittenMark.Marks) {
            if let known = marks[key] {
                marks[key] = known.union(new)
            } else {
                marks[key] = new
                order.append(key)
            }
        }
    }

    private var levels = StoreRules.markLengths.map { _ in Level() }

    mutating func add(_ mark: WrittenMark, keeping most: Int) {
        levels[0].add(Array(mark.key.prefix(StoreRules.markLengths[0])), mark.marks)
        for place in levels.indices.dropLast() where levels[place].order.count > most {
            let oldest = levels[place].order.prefix(max(1, most / 4))
            levels[place].order.removeFirst(oldest.count)
            for key in oldest {
                guard let marks = levels[place].marks.removeValue(forKey: key) else { continue }
                levels[place + 1].add(Array(key.prefix(StoreRules.markLengths[place + 1])), marks)
            }
        }
    }

    func marks(of keys: Set<[UInt8]>) -> [[UInt8]: WrittenMark.Marks] {
        var found: [[UInt8]: WrittenMark.Marks] = [:]
        for key in keys {
            var marks: WrittenMark.Marks = []
            for (level, length) in zip(levels, StoreRules.markLengths) {
                marks.formUnion(level.marks[Array(key.prefix(length))] ?? [])
            }
            if !marks.isEmpty { found[key] = marks }
        }
        return found
    }
}
