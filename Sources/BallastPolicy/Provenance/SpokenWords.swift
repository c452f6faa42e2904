/// The principal's words, taken apart once: tokens as people mean them, with what stands between quotation marks.
struct SpokenWords: Sendable, Hashable {
    struct Token: Sendable, Hashable {
        /// Without the punctuation around it and a possessive `'s`.
        let text: String
        /// The same in lower case.
        let folded: String
        /// The number of the quotation that it stands in; 0 outside of all.
        let quotation: Int
        /// It begins a sentence, a line or an item of a list.
        let opensSentence: Bool
        /// It comes after a comma, a colon, a bracket or a dash, or begins a sentence.
        let opensClause: Bool
        /// `#` or `@` stands before it.
        let hasMark: Bool
    }

    private(set) var tokens: [Token] = []
    /// Places of each token in lower case.
    private(set) var places: [String: [Int]] = [:]
    /// Dates and times that the words spell in another way, in ISO form.
    private(set) var moments: Set<String> = []
    /// What is longer than this is not looked at, so nothing is grounded in it.
    static let longestMessage = 65_536

    init(_ messages: [String]) {
        var quotations = 0
        for message in messages {
            let characters = Array(message.prefix(SpokenWords.longestMessage))
            let marks = Quotations(characters, first: quotations)
            quotations = marks.last
            append(characters, marks)
        }
        for (place, token) in tokens.enumerated() { places[token.folded, default: []].append(place) }
        moments = SpokenMoments.all(in: tokens.map(\.folded))
    }

    var isEmpty: Bool { tokens.isEmpty }

    private mutating func append(_ characters: [Character], _ quotations: Quotations) {
        var opensSentence = true
        var opensClause = true
        var place = 0
        while place < characters.count {
            if SpokenWords.divides(characters, place) {
                if characters[place].isNewline { (opensSentence, opensClause) = (true, true) }
                if ",;|—–".contains(characters[place]) { opensClause = true }
                place += 1
                continue
            }
            var end = place
            while end < characters.count, !SpokenWords.divides(characters, end) { end += 1 }
            let inner = SpokenWords.trimmed(characters, place..<end)
            let before = characters[place..<inner.lowerBound]
            let after = characters[inner.upperBound..<end]
            if before.contains("(") || before.contains("[") { opensClause = true }
            if inner.isEmpty || characters[inner].allSatisfy({ "-+=_~".contains($0) }) {
                opensClause = true
            } else {
                let hasMark = ["#", "@"].contains(characters[inner.lowerBound]) && inner.count > 1
                let text = SpokenWords.withoutPossessive(
                    String(characters[(hasMark ? inner.lowerBound + 1 : inner.lowerBound)..<inner.upperBound]))
                tokens.append(
                    Token(
                        text: text, folded: text.lowercased(), quotation: quotations.numbers[inner.lowerBound],
                        opensSentence: opensSentence, opensClause: opensClause, hasMark: hasMark))
                (opensSentence, opensClause) = (false, false)
            }
            if after.contains(where: { ".!?:".contains($0) }) { (opensSentence, opensClause) = (true, true) }
            place = end
        }
    }

    /// White space, and commas that do not stand inside a number.
    private static func divides(_ characters: [Character], _ place: Int) -> Bool {
        let character = characters[place]
        if character.isWhitespace || "|—–".contains(character) { return true }
        guard character == "," || character == ";" else { return false }
        let isInNumber =
            place > 0 && place + 1 < characters.count && characters[place - 1].isNumber
            && characters[place + 1].isNumber
        return !isInNumber
    }

    private static func trimmed(_ characters: [Character], _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isOuter(characters[start]) { start += 1 }
        while end > start, isOuter(characters[end - 1]) { end -= 1 }
        return start..<end
    }

    /// Punctuation that belongs to the sentence, not to the word in it.
    static func isOuter(_ character: Character) -> Bool { outer.contains(character) }
    private static let outer = Set<Character>(".,;:!?()[]{}<>\"'“”‘’«»‹›`…*•–—")

    private static func withoutPossessive(_ text: String) -> String {
        for ending in ["'s", "’s"] where text.count > 2 && text.hasSuffix(ending) { return String(text.dropLast(2)) }
        return text
    }

    // MARK: Looking up

    /// The tokens of a value as words are compared: in lower case, without the punctuation around them.
    static func folded(_ text: String) -> [String] { parts(text).map { $0.lowercased() } }

    /// The tokens of a value.
    static func parts(_ text: String) -> [String] {
        let characters = Array(text)
        return characters.indices.split(whereSeparator: { divides(characters, $0) }).compactMap { part in
            let inner = trimmed(characters, part.startIndex..<part.endIndex)
            return inner.isEmpty ? nil : withoutPossessive(String(characters[inner]))
        }
    }

    /// Where these tokens, in lower case, stand one after the other.
    func occurrences(of sequence: [String]) -> [Range<Int>] {
        guard let first = sequence.first else { return [] }
        return (places[first] ?? []).compactMap { start in
            let end = start + sequence.count
            guard end <= tokens.count, zip(tokens[start..<end], sequence).allSatisfy({ $0.folded == $1 }) else {
                return nil
            }
            return start..<end
        }
    }

    /// The tokens are all that stands in one pair of quotation marks.
    func isQuoted(_ range: Range<Int>) -> Bool {
        let number = tokens[range.lowerBound].quotation
        guard number != 0, tokens[range].allSatisfy({ $0.quotation == number }) else { return false }
        let isFirst = range.lowerBound == 0 || tokens[range.lowerBound - 1].quotation != number
        let isLast = range.upperBound == tokens.count || tokens[range.upperBound].quotation != number
        return isFirst && isLast
    }

    /// One of the words stands directly before or after.
    func isBeside(_ range: Range<Int>, _ words: Set<String>) -> Bool {
        let before = range.lowerBound > 0 && words.contains(tokens[range.lowerBound - 1].folded)
        let after = range.upperBound < tokens.count && words.contains(tokens[range.upperBound].folded)
        return before || after
    }
}

/// Which characters stand between quotation marks, in code or in a cited message: what is quoted is pointed at, and is
/// nobody's instruction.
struct Quotations {
    /// For each character the number of its quotation, 0 outside of all.
    private(set) var numbers: [Int]
    private(set) var last: Int
    /// Marks of which no closing one comes any more.
    private var exhausted: Set<Character> = []
    private static let pairs: [Character: Character] = ["\"": "\"", "“": "”", "„": "“", "«": "»", "‘": "’", "`": "`"]

    init(_ characters: [Character], first: Int) {
        numbers = Array(repeating: 0, count: characters.count)
        last = first
        var place = 0
        var startsLine = true
        while place < characters.count {
            if startsLine, let end = Quotations.cited(characters, place) {
                mark(place..<end)
                place = end
                continue
            }
            startsLine = characters[place].isNewline || startsLine && characters[place].isWhitespace
            if let end = closing(characters, place) {
                mark(place + 1..<end)
                place = end
            }
            place += 1
        }
    }

    private mutating func mark(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        last += 1
        for place in range { numbers[place] = last }
    }

    /// The end of a line that cites somebody, or of everything after the head of a forwarded message.
    private static func cited(_ characters: [Character], _ place: Int) -> Int? {
        let line = characters[place...].prefix { !$0.isNewline }
        if line.first == ">" { return line.endIndex }
        let head = String(line.prefix(60)).lowercased()
        let isForwarded = ["forwarded message", "original message", "weitergeleitete nachricht"].contains {
            head.hasPrefix("-") && head.contains($0) || head.hasPrefix("begin " + $0)
        }
        return isForwarded ? characters.endIndex : nil
    }

    /// The place of the mark that closes the one here.
    private mutating func closing(_ characters: [Character], _ place: Int) -> Int? {
        let mark = characters[place]
        guard !exhausted.contains(mark) else { return nil }
        if mark == "'" { return apostrophe(characters, place) }
        guard let end = Quotations.pairs[mark] else { return nil }
        if let found = characters[(place + 1)...].firstIndex(of: end) { return found }
        exhausted.insert(mark)
        return nil
    }

    /// Single marks are apostrophes too: they open after a space and close before one.
    private func apostrophe(_ characters: [Character], _ place: Int) -> Int? {
        let isWord = { (index: Int) in
            characters.indices.contains(index) && (characters[index].isLetter || characters[index].isNumber)
        }
        guard !isWord(place - 1), place + 1 < characters.count, !characters[place + 1].isWhitespace else { return nil }
        return characters[(place + 1)...].prefix(2000).indices.first { index in
            characters[index] == "'" && !isWord(index + 1) && !characters[index - 1].isWhitespace
        }
    }
}
