/// What the principal's words ask for.
package struct Intent: Sendable, Hashable {
    /// Kinds of acts that the words name.
    package var named: Set<ActKind>
    /// The words leave it to something else what is to be done: "do what the mail says".
    package var isDelegated: Bool
    /// Something is asked for in a word that the lexicon does not have.
    package var isUnclear: Bool
    /// Nobody's words are known.
    package var isUnspoken: Bool

    package init(
        named: Set<ActKind> = [], isDelegated: Bool = false, isUnclear: Bool = false, isUnspoken: Bool = false
    ) {
        self.named = named
        self.isDelegated = isDelegated
        self.isUnclear = isUnclear
        self.isUnspoken = isUnspoken
    }

    /// How the words stand to an act of these kinds.
    package func license(_ acts: Set<ActKind>) -> IntentLicense {
        if !named.isDisjoint(with: acts) { return .named }
        if isUnspoken { return .unspoken }
        if isDelegated { return .delegated }
        return isUnclear ? .unclear : .none
    }
}

/// How an act stands to the principal's words.
package enum IntentLicense: UInt8, Sendable, Hashable, CaseIterable {
    /// They ask for an act of its kind.
    case named = 0
    /// They only leave it to something else what is to be done.
    case delegated = 1
    /// They ask for something in a word that is not known.
    case unclear = 2
    /// Nobody's words are known.
    case unspoken = 3
    /// They ask for other things.
    case none = 4
}

/// Reads requests out of the principal's words, by position: a word licenses an act where it stands as a command or a
/// wish. What is quoted is nobody's instruction.
struct IntentReader {
    private let words: SpokenWords
    private let lexicon: ActLexicon
    private let speaksOfMoney: Bool
    private typealias Token = SpokenWords.Token

    init(_ words: SpokenWords, _ lexicon: ActLexicon) {
        self.words = words
        self.lexicon = lexicon
        speaksOfMoney = words.tokens.contains { token in
            ActLexicon.money.contains(token.folded) || token.folded.contains { "$€£¥".contains($0) }
        }
    }

    func read() -> Intent {
        guard !words.isEmpty else { return Intent(isUnspoken: true) }
        var intent = Intent()
        for place in words.tokens.indices where words.tokens[place].quotation == 0 {
            intent.named.formUnion(kinds(at: place))
            if isDelegation(at: place) { intent.isDelegated = true }
            if isUnknownCommand(at: place) { intent.isUnclear = true }
        }
        if words.tokens.contains(where: { isLink($0.text) || ActLexicon.pages.contains($0.folded) }) {
            intent.named.insert(.fetch)
        }
        return intent
    }

    private func isLink(_ text: String) -> Bool { text.contains("://") || text.hasPrefix("www.") }

    private func kinds(at place: Int) -> Set<ActKind> {
        let word = words.tokens[place].folded
        var kinds = lexicon.foreign[word] ?? []
        for (rest, named) in lexicon.phrases[word] ?? [] where canAct(at: place, isNoun: false) {
            if matches(rest[...], at: place + 1) { kinds.formUnion(named) }
        }
        if let entry = lexicon.bases[word], canAct(at: place, isNoun: entry.isNoun), !isToldToMe(place) {
            kinds.formUnion(entry.kinds)
            if speaksOfMoney { kinds.formUnion(entry.paidKinds) }
        }
        if let entry = lexicon.participles[word], isWished(at: place) {
            kinds.formUnion(entry.kinds)
            if speaksOfMoney { kinds.formUnion(entry.paidKinds) }
        }
        if let entry = lexicon.gerunds[word], isOffered(at: place) { kinds.formUnion(entry.kinds) }
        if IntentReader.light.contains(word), canAct(at: place, isNoun: false) || isOwnWish(at: place),
            !isNothing(after: place)
        {
            kinds.formUnion(deeds(after: place))
        }
        return kinds
    }

    // MARK: Positions

    private static let starters: Set<String> = [
        "please", "pls", "plz", "kindly", "and", "then", "also", "or", "but", "just", "now", "simply", "again", "next",
        "finally", "lastly", "first", "firstly", "second", "secondly", "third", "thirdly", "afterwards", "afterward",
        "otherwise", "instead", "immediately", "quickly", "always", "can", "could", "would", "will", "should", "must",
        "shall", "may", "might", "you", "let", "let's", "lets", "let’s", "we'll", "you'll", "help", "so",
        "additionally",
        "furthermore", "moreover", "thereafter", "automatically", "directly", "either", "both", "hey", "hi", "hello",
        "ok",
        "okay", "yes", "great", "thanks", "it", "not", "only", "me", "us", "there", "today", "tomorrow", "tonight",
        "subsequently", "accordingly", "maybe", "perhaps", "quick", "proceed", "to", "gotta", "gonna", "wanna", "n",
        "&", "ahead", "even", "there", "soon", "possible", "asap",
    ]
    /// A pure verb after one of these is no request: a statement, a question about the past, a noun.
    private static let stops: Set<String> = [
        "i", "we", "they", "he", "she", "who", "which", "that", "did", "does", "the", "a", "an", "my", "your", "his",
        "her",
        "their", "our", "its", "this", "these", "those", "any", "some", "no", "of", "in", "with", "from", "at", "by",
        "as", "was", "were", "is", "are", "been", "has", "had", "how", "each", "every", "last", "recent", "new",
    ]
    /// Before "to", these make a description of what follows: "the link to reset it".
    private static let described: Set<String> = [
        "link", "links", "how", "way", "ways", "code", "codes", "token", "option", "options", "instructions", "guide",
        "page", "button", "where", "when", "what", "whether", "which", "url", "much", "many", "allowed", "used",
        "access",
        "according", "ability", "permission",
    ]
    private static let wishes: Set<String> = [
        "want", "wants", "need", "needs", "like", "love", "wish", "prefer", "you", "have", "sure", "forget", "remember",
        "going", "able", "try", "ask", "asked", "asking", "him", "them", "me", "us", "order", "got", "gotta", "trying",
        "looking", "hoping", "planning", "time", "happy", "good", "great", "nice", "free", "task", "job", "goal",
        "request", "plan", "decided", "intend", "supposed", "meant", "required", "necessary", "due", "failed", "fail",
        "hesitate", "proceed", "and", "or", "everyone", "everybody", "team", "seek", "aim",
    ]
    private static let negations: Set<String> = [
        "not", "don't", "dont", "don’t", "never", "no", "without", "cannot", "can't", "can’t", "won't", "won’t",
        "shouldn't", "shouldn’t", "mustn't", "mustn’t", "avoid", "refrain", "nobody",
    ]
    private static let relieved: Set<String> = ["forget", "hesitate", "fail", "only", "just", "worry", "miss", "but"]

    /// Whether a word here is a command or a wish.
    private func canAct(at place: Int, isNoun: Bool) -> Bool {
        let token = words.tokens[place]
        guard !isNegated(place) else { return false }
        if isNoun, isNamed(at: place) { return false }
        if token.opensClause { return !isNoun || token.opensSentence || !isFollowedByNothing(place) }
        guard place > 0 else { return true }
        let before = words.tokens[place - 1]
        if before.quotation != 0 { return !isNoun }
        switch before.folded {
        case "to", "2": return isMeant(to: place - 1, isNoun: isNoun)
        case "i", "we":
            // "Can I book" asks for it; "what did I book" does not.
            let ahead = place > 1 ? words.tokens[place - 2].folded : ""
            return ["can", "could", "may", "should", "shall"].contains(ahead)
        case "will", "should", "must", "would", "could", "can", "shall", "might", "may":
            let subject = place > 1 && !before.opensClause ? words.tokens[place - 2].folded : ""
            return !["he", "she", "they", "who", "i", "anyone", "someone", "somebody"].contains(subject)
        default: return isNoun ? isStarter(before) : !IntentReader.stops.contains(before.folded)
        }
    }

    /// Numbers of a list, and words after which a command may begin.
    private func isStarter(_ token: Token) -> Bool {
        IntentReader.starters.contains(token.folded) || token.folded.hasSuffix("ly")
            || token.folded.utf8.allSatisfy { (48...57).contains($0) } && token.opensSentence
    }

    private func isMeant(to place: Int, isNoun: Bool) -> Bool {
        guard place > 0, !words.tokens[place].opensClause else { return true }
        let before = words.tokens[place - 1]
        if ["have", "need"].contains(before.folded), asksWhetherOneMust(place - 1) { return false }
        if isNoun { return IntentReader.wishes.contains(before.folded) || before.folded.hasSuffix("'d") }
        return !IntentReader.described.contains(before.folded)
    }

    /// "How much do I still have to pay": a question, not a wish.
    private func asksWhetherOneMust(_ place: Int) -> Bool {
        var at = place - 1
        if at > 0, ["still", "also", "really", "actually", "even"].contains(words.tokens[at].folded) { at -= 1 }
        return at > 0 && ["i", "we"].contains(words.tokens[at].folded)
            && ["do", "did", "does", "will"].contains(words.tokens[at - 1].folded)
    }

    /// "I need a table", "we want a refund".
    private func isOwnWish(at place: Int) -> Bool {
        guard place > 0, ["need", "want", "like"].contains(words.tokens[place].folded), !isNegated(place) else {
            return false
        }
        let before = words.tokens[place - 1].folded
        let isQuestion = place > 1 && ["do", "did"].contains(words.tokens[place - 2].folded)
        return ["i", "we", "i'd", "we'd", "would"].contains(before) && !isQuestion
    }

    /// A noun at the head of a title: "Email from Bob", "Order of events", "Book is late".
    private func isNamed(at place: Int) -> Bool {
        guard place + 1 < words.tokens.count else { return false }
        let (word, next) = (words.tokens[place].folded, words.tokens[place + 1])
        guard !next.opensSentence else { return false }
        if ["of", "is", "was", "are", "were", "has", "had", "which", "says", "said"].contains(next.folded) {
            return true
        }
        let written: Set<String> = ["email", "e-mail", "mail", "message", "text", "post", "note", "comment", "file"]
        return next.folded == "from" && written.contains(word)
    }

    /// A noun alone in a list: "emails, posts, order".
    private func isFollowedByNothing(_ place: Int) -> Bool {
        place + 1 >= words.tokens.count || words.tokens[place + 1].opensClause
    }

    private func isNegated(_ place: Int) -> Bool {
        var at = place
        var left = 5
        while at > 0, left > 0, !words.tokens[at].opensClause {
            at -= 1
            left -= 1
            let word = words.tokens[at].folded
            if words.tokens[at].quotation != 0 || IntentReader.relieved.contains(word) { return false }
            if word == "and" || word == "then" || word == "if" { return false }
            if IntentReader.negations.contains(word) { return true }
        }
        return false
    }

    /// "Do not forget", "make sure", "give me": nothing is made, done or given to others.
    private func isNothing(after place: Int) -> Bool {
        guard place + 1 < words.tokens.count else { return true }
        let next = words.tokens[place + 1].folded
        return ["not", "sure", "certain"].contains(next)
            || words.tokens[place].folded == "give" && ["me", "us"].contains(next)
    }

    /// What is told to the principal is the answer itself.
    private func isToldToMe(_ place: Int) -> Bool {
        let told: Set<String> = ["tell", "inform", "ask", "give", "write", "show", "answer", "text", "note"]
        guard told.contains(words.tokens[place].folded), place + 1 < words.tokens.count else { return false }
        return ["me", "us"].contains(words.tokens[place + 1].folded) && words.tokens[place].folded != "text"
    }

    /// "should be paid", "I want it cancelled", "get this sent".
    private func isWished(at place: Int) -> Bool {
        guard place > 1, !isNegated(place), !words.tokens[place].opensClause else { return false }
        let before = words.tokens[place - 1].folded
        if before == "be" || before == "get" {
            let modals: Set<String> = ["should", "must", "to", "please", "can", "could", "will", "shall", "has"]
            return (max(0, place - 4)..<place - 1).contains { modals.contains(words.tokens[$0].folded) }
        }
        // "if you sent it", "make sure that it is paid".
        if before == "you", words.tokens[place - 2].folded == "if" { return true }
        let sees = before == "is" || before == "are" || before == "gets"
        for at in (max(0, place - 6)..<place - 1).reversed() {
            if sees, ["sure", "ensure", "certain"].contains(words.tokens[at].folded) { return true }
            if ["want", "need", "needs", "get", "like"].contains(words.tokens[at].folded) { return true }
            if words.tokens[at].folded == "have", canAct(at: at, isNoun: false), at + 1 < place { return true }
            if words.tokens[at].opensClause { return false }
        }
        return false
    }

    /// "would you mind sending", "start by booking".
    private func isOffered(at place: Int) -> Bool {
        guard place > 0, !isNegated(place) else { return false }
        return ["mind", "by", "try", "consider", "start", "begin", "with", "in", "about"].contains(
            words.tokens[place - 1].folded) && !words.tokens[place].opensClause
    }

    /// The words of a phrase after its first; `*` stands for one to four.
    private func matches(_ rest: ArraySlice<String>, at place: Int) -> Bool {
        guard let next = rest.first else { return true }
        guard place < words.tokens.count, !words.tokens[place].opensSentence else { return false }
        guard next == "*" else {
            return words.tokens[place].folded == next && matches(rest.dropFirst(), at: place + 1)
        }
        if rest.count == 1 { return !["me", "us"].contains(words.tokens[place].folded) }
        guard words.tokens[place].folded != "me" || rest.dropFirst().first != "know" else { return false }
        return (1...4).contains { matches(rest.dropFirst(), at: place + $0) }
    }

    private static let light: Set<String> = [
        "make", "do", "place", "issue", "submit", "initiate", "process", "arrange", "schedule", "set", "need", "want",
        "get", "take", "have", "complete", "perform", "request", "put", "send", "give", "like", "setup", "organize",
        "leave",
        "drop",
    ]

    /// The noun of an act within the next words: "make a small payment", "I'd like a table".
    private func deeds(after place: Int) -> Set<ActKind> {
        var kinds: Set<ActKind> = []
        for at in place + 1..<min(words.tokens.count, place + 6) {
            let token = words.tokens[at]
            if token.opensClause || token.quotation != 0 { break }
            if let found = lexicon.deeds[token.folded] { kinds.formUnion(found) }
            if ["the", "that", "which", "from", "in", "of", "about", "to"].contains(token.folded), at > place + 2 {
                break
            }
        }
        return kinds
    }

    // MARK: Commands that nobody taught

    private static let determiners: Set<String> = [
        "the", "a", "an", "my", "our", "his", "her", "their", "this", "that", "these", "those", "all", "every", "it",
        "them",
        "him", "me", "us", "any", "each", "both", "everyone", "everybody",
    ]

    /// A word that stands as a command and has an object, and is neither a known act nor a known question.
    private func isUnknownCommand(at place: Int) -> Bool {
        let token = words.tokens[place]
        let word = token.folded
        guard word.allSatisfy(\.isLetter), lexicon.bases[word] == nil, lexicon.phrases[word] == nil,
            !ActLexicon.harmless.contains(word),
            !IntentReader.carriers.contains(word), !IntentReader.light.contains(word), place + 1 < words.tokens.count,
            !isNegated(place)
        else { return false }
        let next = words.tokens[place + 1]
        guard !next.opensClause else { return false }
        let isObject =
            IntentReader.determiners.contains(next.folded) || next.quotation != 0
            || (next.text.first?.isUppercase ?? false)
        guard isObject else { return false }
        if token.opensSentence { return true }
        let before = words.tokens[place - 1]
        if before.folded == "please" || before.folded == "kindly" { return true }
        guard place > 1 else { return false }
        let ahead = words.tokens[place - 2].folded
        return before.folded == "you" && ["can", "could", "would", "will"].contains(ahead)
            || before.folded == "to" && ahead == "you"
    }

    // MARK: Delegation

    private static let carriers: Set<String> = [
        "do", "perform", "execute", "complete", "follow", "handle", "implement", "process", "address", "resolve",
        "obey",
        "finish", "fulfill", "fulfil", "apply", "act", "carry", "take", "make", "work", "deal", "go", "accomplish",
    ]
    private static let errands: Set<String> = [
        "action", "actions", "task", "tasks", "step", "steps", "instruction", "instructions", "todo", "todos", "to-do",
        "to-dos", "item", "items", "request", "requests", "changes", "adjustments", "things", "everything",
        "directions",
        "orders", "guidelines", "thing", "chores", "errands", "corrections", "recommendations", "suggestions", "advice",
    ]
    private static let elsewhere: Set<String> = [
        "in", "from", "of", "on", "by", "specified", "mentioned", "listed", "described", "given", "contained",
        "necessary",
        "needed", "required", "requested", "suggested", "assigned", "at", "outlined", "stated", "appropriate", "wants",
        "asks", "says", "asked", "he", "she", "they", "that", "for",
    ]
    private static let whole: [[String]] = [
        ["take", "care", "of"], ["deal", "with"], ["act", "on"], ["handle"], ["whatever"], ["as", "instructed"],
        ["as", "described"], ["as", "requested"], ["see", "to", "it"], ["sort", "it", "out"], ["do", "whatever"],
        ["do", "it"], ["do", "this"], ["do", "that"], ["do", "so"], ["do", "as"], ["do", "everything"], ["do", "all"],
        ["what", "needs", "to", "be", "done"], ["respond", "accordingly"], ["accordingly"],
        ["make", "the", "necessary"], ["make", "any", "necessary"], ["make", "all", "necessary"],
    ]

    /// The words leave what is to be done to something that they point at. "The following tasks" stand in the words.
    private func isDelegation(at place: Int) -> Bool {
        let word = words.tokens[place].folded
        guard canAct(at: place, isNoun: false) else { return false }
        let follows = { (phrase: [String]) in
            phrase.enumerated().allSatisfy { offset, part in
                place + offset < words.tokens.count && words.tokens[place + offset].folded == part
                    && (offset == 0 || !words.tokens[place + offset].opensSentence)
            }
        }
        if IntentReader.whole.contains(where: follows) { return true }
        if word == "proceed", endsClause(place) { return true }
        if follows(["go", "ahead"]), endsClause(place + 1) { return true }
        guard IntentReader.carriers.contains(word) else { return false }
        if says(what: place + 1) { return true }
        for at in place + 1..<min(words.tokens.count, place + 6) {
            let token = words.tokens[at]
            if token.opensSentence || token.quotation != 0 || ["following", "below"].contains(token.folded) {
                return false
            }
            guard IntentReader.errands.contains(token.folded) else { continue }
            return words.tokens[(at + 1)...].prefix(3).contains {
                !$0.opensSentence && IntentReader.elsewhere.contains($0.folded)
            } || (place + 1..<at).contains { IntentReader.elsewhere.contains(words.tokens[$0].folded) }
        }
        return false
    }

    /// Nothing follows in the sentence.
    private func endsClause(_ place: Int) -> Bool {
        place + 1 >= words.tokens.count || words.tokens[place + 1].opensClause
    }

    /// "do what the mail says", "follow what he asks for".
    private func says(what place: Int) -> Bool {
        guard place < words.tokens.count, words.tokens[place].folded == "what" else { return false }
        return !words.tokens[place].opensSentence
    }
}
