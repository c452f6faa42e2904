/// Finds what somebody probably meant.
package enum NearestWord {
    /// The candidate closest to `word` by single-character edits (insert, delete, replace, swap neighbours), the first
    /// in alphabetical order among equals; nil when nothing is close: more than a third of the letters would change.
    package static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
        let letters = Array(word.lowercased().utf8.prefix(64))
        let allowed = max(1, letters.count / 3)
        var best: (word: String, distance: Int)?
        for candidate in candidates.sorted() where candidate.utf8.count <= 64 {
            let distance = editDistance(letters, Array(candidate.lowercased().utf8))
            if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Edit distance with swaps of neighbours (restricted Damerau-Levenshtein), by three rows of the table.
    private static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var (older, previous) = ([Int](), Array(0...b.count))
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                let replace = previous[j] + (a[i] == b[j] ? 0 : 1)
                var cost = min(replace, previous[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, older[j - 1] + 1) }
                row.append(cost)
            }
            (older, previous) = (previous, row)
        }
        return previous[b.count]
    }
}
