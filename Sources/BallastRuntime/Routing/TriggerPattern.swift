package import BallastCore
import BallastPolicy

/// One phrasing of a known request: words, `{slot:type}`, alternatives as `refund|repay`, optional words as `[please]`.
///
/// It matches a whole message, whatever its case, spacing and closing punctuation. Text in a slot is data: it is never
/// matched again, expanded, or read as a pattern.
package struct TriggerPattern: Sendable, Hashable, CustomStringConvertible {
    enum Element: Sendable, Hashable {
        /// One word, any of these, in lower case.
        case word([String])
        case optional([String])
        case slot(name: String, type: SlotType)
    }

    /// As written.
    package let text: String
    let elements: [Element]

    package var description: String { text }

    /// The slots in order.
    package var slots: [(name: String, type: SlotType)] {
        elements.compactMap { if case .slot(let name, let type) = $0 { (name: name, type: type) } else { nil } }
    }

    package struct Invalid: Error, Sendable, Hashable {
        /// What is wrong, and what to write instead.
        package let problem: String
        package let advice: String
    }

    /// Reads a phrasing of at most 40 words.
    package init(_ text: String) throws(Invalid) {
        var elements: [Element] = []
        for part in TriggerPattern.parts(of: text) { elements.append(try TriggerPattern.element(part)) }
        guard (1...40).contains(elements.count) else {
            throw Invalid(problem: "a trigger has 1 to 40 words, and this has \(elements.count)", advice: "shorten it")
        }
        let names = elements.compactMap { if case .slot(let name, _) = $0 { name } else { nil } }
        guard Set(names).count == names.count else {
            throw Invalid(problem: "a slot stands twice in one trigger", advice: "name each slot once")
        }
        let hasWord = elements.contains { if case .word = $0 { true } else { false } }
        guard hasWord else {
            throw Invalid(
                problem: "the trigger has no fixed word, so it would take messages that it does not know",
                advice: "add the words of the request, such as `refund {amount:money}`")
        }
        self.text = text
        self.elements = elements
    }

    /// Parts between spaces; spaces inside braces and brackets do not part.
    private static func parts(of text: String) -> [String] {
        var (parts, current, depth): ([String], String, Int) = ([], "", 0)
        for character in text {
            if character == "{" || character == "[" { depth += 1 }
            if character == "}" || character == "]" { depth -= 1 }
            if character.isWhitespace, depth <= 0 {
                parts.append(current)
                current = ""
            } else {
                current.append(character)
            }
        }
        return (parts + [current]).filter { !$0.isEmpty }
    }

    private static func element(_ part: String) throws(Invalid) -> Element {
        if part.hasPrefix("{") { return try slot(part) }
        if part.hasPrefix("["), part.hasSuffix("]") {
            return .optional(try alternatives(String(part.dropFirst().dropLast())))
        }
        return .word(try alternatives(part))
    }

    private static func slot(_ part: String) throws(Invalid) -> Element {
        let inner = part.dropFirst().split(separator: ":", maxSplits: 1)
        guard part.hasSuffix("}"), inner.count == 2, FieldPath.isName(inner[0]) else {
            throw Invalid(problem: "`\(part)` is no slot", advice: "write `{name:type}`, such as `{order_id:id}`")
        }
        guard let type = SlotType(String(inner[1].dropLast())) else {
            throw Invalid(
                problem: "`\(inner[1].dropLast())` is no type of a slot",
                advice: "use one of \(SlotType.words.joined(separator: ", "))")
        }
        return .slot(name: String(inner[0]), type: type)
    }

    private static func alternatives(_ part: String) throws(Invalid) -> [String] {
        let words = part.split(separator: "|").map { MessageWord(String($0)).folded }
        let isPlain = !part.contains { "{}[]".contains($0) || $0.isWhitespace }
        guard !words.isEmpty, isPlain, !words.contains("") else {
            throw Invalid(
                problem: "`\(part)` is no word",
                advice: "write a word, alternatives as `refund|repay`, or an optional word as `[please]`")
        }
        return words
    }

    /// How much the pattern says, for choosing among several that match: more fixed words first, then fewer free ones.
    var specificity: (words: Int, freedom: Int) {
        elements.reduce((0, 0)) { sum, element in
            switch element {
            case .word: (sum.0 + 1, sum.1)
            case .optional: sum
            case .slot(_, .text): (sum.0, sum.1 + 10)
            case .slot: (sum.0, sum.1 + 1)
            }
        }
    }
}

extension TriggerPattern {
    /// The slots of a message that has this form; nil for another message.
    package func match(_ text: String) -> JSONObject? {
        MessageWord.words(of: text).flatMap(match)
    }

    func match(_ words: [MessageWord]) -> JSONObject? {
        var search = TriggerSearch(elements: elements, words: words)
        guard search.match(element: 0, word: 0) else { return nil }
        var slots = JSONObject()
        for (name, type) in self.slots {
            guard let words = search.found[name], let value = type.value(of: words) else { return nil }
            slots[JSONString(name)] = value
        }
        return slots
    }
}

/// Looks for a way to lay a pattern over a message, shortest slots first, trying no place twice: the work is bounded by
/// words of the pattern times words of the message.
private struct TriggerSearch {
    let elements: [TriggerPattern.Element]
    let words: [MessageWord]
    /// The words of each slot.
    private(set) var found: [String: ArraySlice<MessageWord>] = [:]
    private var failed: Set<Int> = []

    init(elements: [TriggerPattern.Element], words: [MessageWord]) {
        self.elements = elements
        self.words = words
    }

    /// Recursion is as deep as the pattern is long, at most 40.
    mutating func match(element: Int, word: Int) -> Bool {
        guard element < elements.count else { return word == words.count }
        let place = element * (words.count + 1) + word
        guard !failed.contains(place) else { return false }
        if matches(elements[element], element: element, word: word) { return true }
        failed.insert(place)
        return false
    }

    private mutating func matches(_ pattern: TriggerPattern.Element, element: Int, word: Int) -> Bool {
        switch pattern {
        case .word(let alternatives):
            return isWord(alternatives, at: word) && match(element: element + 1, word: word + 1)
        case .optional(let alternatives):
            if isWord(alternatives, at: word), match(element: element + 1, word: word + 1) { return true }
            return match(element: element + 1, word: word)
        case .slot(let name, let type):
            for count in type.span where word + count <= words.count {
                let taken = words[word..<word + count]
                // Any words are a text, and reading each of its lengths would cost the square of the message.
                guard type == .text || type.value(of: taken) != nil else { continue }
                if match(element: element + 1, word: word + count) {
                    found[name] = taken
                    return true
                }
            }
            return false
        }
    }

    private func isWord(_ alternatives: [String], at index: Int) -> Bool {
        words.indices.contains(index) && alternatives.contains { $0.utf8.elementsEqual(words[index].folded.utf8) }
    }
}
