/// One word of a principal's message, as it was written and as it is compared.
struct MessageWord: Sendable, Hashable {
    /// As written.
    let raw: String
    /// Without quotes around it and punctuation after it.
    let core: String
    /// The core in lower case, with straight apostrophes.
    let folded: String

    /// The words of a message; nil when it is empty, longer than 2,000 bytes or 200 words: such a message is no known
    /// request, and is left to the model.
    static func words(of text: String) -> [MessageWord]? {
        guard text.utf8.count <= 2000 else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace).map { MessageWord(String($0)) }.filter {
            !$0.core.isEmpty
        }
        return (1...200).contains(words.count) ? words : nil
    }

    init(_ raw: String) {
        var core = raw[...]
        while let last = core.last, MessageWord.closing.contains(last) { core = core.dropLast() }
        while let first = core.first, MessageWord.opening.contains(first) { core = core.dropFirst() }
        self.raw = raw
        self.core = String(core)
        self.folded = MessageWord.fold(self.core)
    }

    static func fold(_ text: String) -> String {
        String(text.lowercased().map { $0 == "\u{2019}" ? "'" : $0 })
    }

    private static let closing: Set<Character> = [
        ".", ",", ";", ":", "!", "?", "\"", "'", "\u{201D}", "\u{2019}", "\u{2026}",
    ]
    private static let opening: Set<Character> = ["\"", "'", "\u{201C}", "\u{2018}"]
}
