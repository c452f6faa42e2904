import BallastCore

/// Whether the arguments of two calls are the same thing tried in slightly another way.
enum ArgumentDistance {
    /// A leaf that differs, with both values; nil where it is not there.
    struct Difference {
        let path: String
        let first: JSONValue?
        let second: JSONValue?
    }

    static func differences(_ first: JSONValue, _ second: JSONValue) -> [Difference] {
        let (left, right) = (leaves(first), leaves(second))
        let paths = Set(left.keys).union(right.keys).sorted()
        return paths.compactMap { path in
            left[path] == right[path] ? nil : Difference(path: path, first: left[path], second: right[path])
        }
    }

    /// Equal, or different in little, and not in a value that was to be had from elsewhere.
    ///
    /// - Parameter isKnown: Whether a value stands in what was said or answered before: going through a list of such
    ///   values is work.
    static func isSlight(_ first: JSONValue, _ second: JSONValue, isKnown: (JSONValue) -> Bool) -> Bool {
        let differences = differences(first, second)
        return differences.allSatisfy { difference in
            if let value = difference.second, isKnown(value) { return false }
            return isSlight(difference.first, difference.second)
        }
    }

    private static func isSlight(_ first: JSONValue?, _ second: JSONValue?) -> Bool {
        // An option that comes, goes or is turned over.
        guard let first, let second, !first.isNull, !second.isNull else { return true }
        switch (first, second) {
        case (.string(let left), .string(let right)): return isSlight(left.text, right.text)
        case (.bool, .bool): return true
        default:
            if first.integer != nil, second.integer != nil { return true }
            // The same value spelled as another type: 17, "17".
            let (left, right) = (plain(first), plain(second))
            return left == right || isSlight(left, right)
        }
    }

    private static func plain(_ value: JSONValue) -> String { value.string ?? JSONWriter.canonicalString(value) }

    private static func isSlight(_ left: String, _ right: String) -> Bool {
        let (first, second) = (normal(left), normal(right))
        if first == second { return true }
        if AnswerText.kind(left) == AnswerText.kind(right) { return true }
        let (short, long) = first.count < second.count ? (first, second) : (second, first)
        guard long.count <= 200, !short.isEmpty else { return false }
        if short.count >= 3, String(long).contains(String(short)) { return true }
        let words = Set(left.lowercased().split { !$0.isLetter && !$0.isNumber })
        let others = Set(right.lowercased().split { !$0.isLetter && !$0.isNumber })
        if words.count > 1, words.intersection(others).count * 2 >= max(words.count, others.count) { return true }
        return distance(Array(first), Array(second)) * 10 <= long.count * 4
    }

    private static func normal(_ text: String) -> String {
        String(text.lowercased().filter { $0.isLetter || $0.isNumber })
    }

    /// Letters to change, add or take away.
    private static func distance(_ first: [Character], _ second: [Character]) -> Int {
        var row = Array(0...second.count)
        for (index, character) in first.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (place, other) in second.enumerated() {
                let change = diagonal + (character == other ? 0 : 1)
                diagonal = row[place + 1]
                row[place + 1] = min(change, row[place] + 1, diagonal + 1)
            }
        }
        return row[second.count]
    }

    static func leaves(_ value: JSONValue) -> [String: JSONValue] {
        var all: [String: JSONValue] = [:]
        collect(value, "", &all, depth: 0)
        return all
    }

    private static func collect(_ value: JSONValue, _ path: String, _ all: inout [String: JSONValue], depth: Int) {
        guard all.count < 200 else { return }
        switch value {
        case .object(let object) where depth < 16 && !object.isEmpty:
            for member in object.members { collect(member.value, "\(path).\(member.key.text)", &all, depth: depth + 1) }
        case .array(let elements) where depth < 16 && !elements.isEmpty:
            for (index, element) in elements.enumerated() {
                collect(element, "\(path).\(index)", &all, depth: depth + 1)
            }
        default: all[path] = value
        }
    }
}
