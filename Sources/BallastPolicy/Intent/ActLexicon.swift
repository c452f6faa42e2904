/// Ordinary English words for kinds of acts, as people use them when they ask for something.
struct ActLexicon: Sendable {
    /// What a word stands for.
    struct Entry: Sendable {
        var kinds: Set<ActKind> = []
        /// Kinds that it names only where the words speak of money: "send 20 dollars".
        var paidKinds: Set<ActKind> = []
        /// It is a noun as well, so it counts only where a verb can stand.
        var isNoun = false
    }

    private(set) var bases: [String: Entry] = [:]
    private(set) var participles: [String: Entry] = [:]
    private(set) var gerunds: [String: Entry] = [:]
    /// Nouns of acts, for "make a payment" and "a refund for me, please".
    private(set) var deeds: [String: Set<ActKind>] = [:]
    /// By first word: the words, with `*` for one to four others, and what they stand for.
    private(set) var phrases: [String: [(words: [String], kinds: Set<ActKind>)]] = [:]
    /// Words of other languages, wherever they stand.
    private(set) var foreign: [String: Set<ActKind>] = [:]

    static let english = ActLexicon(IntentRules())

    init(_ rules: IntentRules) {
        for (kind, words) in ActLexicon.verbs { add(words, kind, isNoun: false) }
        for (kind, words) in ActLexicon.nounVerbs { add(words, kind, isNoun: true) }
        for word in ActLexicon.split(ActLexicon.movesMoney) { bases[word, default: Entry()].paidKinds.insert(.pay) }
        for (kind, words) in ActLexicon.phrasesByKind {
            for phrase in words.split(separator: ",") { add(phrase: String(phrase), kind) }
        }
        for (kind, words) in ActLexicon.deedsByKind {
            for word in ActLexicon.split(words) { deeds[word, default: []].insert(kind) }
        }
        for (kind, words) in rules.words {
            for word in words {
                word.contains(" ") ? add(phrase: word.lowercased(), kind) : add(word.lowercased(), kind, isNoun: false)
            }
        }
        for (kind, words) in rules.foreignWords {
            for word in words { foreign[word.lowercased(), default: []].insert(kind) }
        }
        for (base, entry) in bases {
            for form in ActLexicon.participles(of: base) { participles[form, default: Entry()].join(entry) }
            gerunds[ActLexicon.gerund(of: base), default: Entry()].join(entry)
        }
    }

    private mutating func add(_ words: String, _ kind: ActKind, isNoun: Bool) {
        for word in ActLexicon.split(words) {
            bases[word, default: Entry()].kinds.insert(kind)
            if isNoun { bases[word]?.isNoun = true }
        }
    }

    /// Every inflection of the first word.
    private mutating func add(phrase: String, _ kind: ActKind) {
        let words = ActLexicon.split(phrase)
        guard let first = words.first else { return }
        let forms = [first, ActLexicon.gerund(of: first)] + ActLexicon.participles(of: first)
        for form in Set(forms) { phrases[form, default: []].append((Array(words.dropFirst()), [kind])) }
    }

    private static func split(_ words: String) -> [String] {
        words.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    // MARK: Inflections

    private static let irregular: [String: [String]] = [
        "send": ["sent"], "resend": ["resent"], "write": ["written"], "rewrite": ["rewritten"], "pay": ["paid"],
        "repay": ["repaid"], "tell": ["told"], "make": ["made"], "put": ["put"], "set": ["set"], "reset": ["reset"],
        "get": ["gotten", "got"], "buy": ["bought"], "give": ["given"], "take": ["taken"], "withdraw": ["withdrawn"],
        "undo": ["undone"], "let": ["let"], "throw": ["thrown"], "read": ["read"], "find": ["found"],
        "build": ["built"], "rebuild": ["rebuilt"], "run": ["run"], "shut": ["shut"], "split": ["split"],
        "bring": ["brought"], "lend": ["lent"], "see": ["seen"], "freeze": ["frozen"], "show": ["shown"],
        "keep": ["kept"], "overwrite": ["overwritten"], "go": ["gone"],
    ]
    private static let doubled: Set<String> = [
        "drop", "tag", "log", "swap", "ban", "trim", "tip", "wrap", "plan", "ping", "submit", "transfer", "refer",
        "jot", "strip", "step", "chat", "bump", "flag", "unsubscrib", "commit", "clip", "map", "pin", "unpin",
    ]

    private static func participles(of base: String) -> [String] {
        if let forms = irregular[base] { return forms }
        if base.hasSuffix("e") { return [base + "d"] }
        if base.hasSuffix("y"), let before = base.dropLast().last, !"aeiou".contains(before) {
            return [base.dropLast() + "ied"]
        }
        guard let last = base.last, doubled.contains(base), last != "g" || base.hasSuffix("ag") || base.hasSuffix("og")
        else { return base.hasSuffix("cel") ? [base + "ed", base + "led"] : [base + "ed"] }
        return [base + String(last) + "ed"]
    }

    private static func gerund(of base: String) -> String {
        if base.hasSuffix("e"), !base.hasSuffix("ee") { return base.dropLast() + "ing" }
        let doubles = doubled.contains(base) && !base.hasSuffix("ng") && !base.hasSuffix("mp")
        let isShort = ["put", "set", "reset", "get", "let", "run", "shut", "split"].contains(base)
        guard let last = base.last, doubles || isShort else { return base + "ing" }
        return base + String(last) + "ing"
    }
}

extension ActLexicon.Entry {
    fileprivate mutating func join(_ other: ActLexicon.Entry) {
        kinds.formUnion(other.kinds)
        paidKinds.formUnion(other.paidKinds)
        isNoun = isNoun || other.isNoun
    }
}
