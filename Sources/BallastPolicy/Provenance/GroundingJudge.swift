import BallastCore

/// Holds the arguments of an action against the principal's words and the records of the run.
///
/// The default is taint: every value that a model writes is the attacker's once untrusted text was read. A match raises
/// one argument only: by its type, as a whole token, after a normalisation that no two honest values share.
struct GroundingJudge {
    let words: SpokenWords
    let index: RecordIndex
    let kinds: [String: RecordKind]
    let rules: ToolRules
    let evidence: Evidence
    /// Ids and destinations of the task's contract.
    let targets: Set<String>
    /// Values that the task's contract gives to arguments.
    let stated: [FieldPath: [JSONValue]]
    /// False only where nothing untrusted can have been read.
    let hasReadUntrusted: Bool
    let tool: String
    let endorsements: Endorsements
    /// Records that the principal named, by key.
    private let named: [RecordIndex.Key: [Range<Int>]]

    init(
        words: SpokenWords, kinds: [String: RecordKind], rules: ToolRules, evidence: Evidence,
        targets: Set<String> = [], stated: [FieldPath: [JSONValue]] = [:], hasReadUntrusted: Bool, tool: String,
        endorsements: Endorsements
    ) {
        self.words = words
        self.kinds = kinds
        self.rules = rules
        self.evidence = evidence
        self.targets = targets
        self.stated = stated
        self.hasReadUntrusted = hasReadUntrusted
        self.tool = tool
        self.endorsements = endorsements
        index = evidence.records
        named = evidence.records.isFull ? [:] : NamedRecords(words, evidence.records, kinds).found
    }

    func judge(_ arguments: JSONValue) -> Groundedness {
        guard !words.isEmpty || !targets.isEmpty || !stated.isEmpty else {
            return Groundedness(
                isGrounded: false, gaps: [Groundedness.Gap(path: "", why: "nobody's words are known to ask for it")])
        }
        var gaps: [Groundedness.Gap] = []
        for leaf in ArgumentLeaves(arguments, rules.flow.types).leaves {
            guard let why = complaint(about: leaf, in: arguments) else { continue }
            gaps.append(gap(leaf, why))
            if gaps.count == Groundedness.mostGaps { break }
        }
        return Groundedness(isGrounded: gaps.isEmpty, gaps: gaps)
    }

    /// A person may vouch for a value in its place. Where it stands is not theirs to say, and what nobody has read is not
    /// for others to see because its id is known.
    private func gap(_ leaf: ArgumentLeaves.Leaf, _ why: String) -> Groundedness.Gap {
        var gap = Groundedness.Gap(path: leaf.path, why: why)
        guard !leaf.isStray, why != GroundingJudge.unread else { return gap }
        let use = EndorsedUse(leaf, of: tool)
        (gap.value, gap.use) = (leaf.value, use)
        gap.endorsers = endorsements.people(for: leaf.value, in: use)
        return gap
    }

    private static let unread = "is a record with text that only the agent has seen"

    /// nil for a value that is grounded.
    private func complaint(about leaf: ArgumentLeaves.Leaf, in arguments: JSONValue) -> String? {
        // Names of members are text like any other.
        let isText = leaf.type == .own || leaf.type == .text && !hasReadUntrusted
        if leaf.isStray, !isText { return "is no member that the policy knows" }
        if leaf.isEmpty { return nil }
        if isVouchedFor(leaf, in: arguments) || isStated(leaf) { return nil }
        switch leaf.type {
        case .own: return nil
        case .minor: return isPlain(leaf.value) ? nil : "holds more than a plain value"
        case .said: return isSaid(leaf) ? nil : "is not in the principal's words"
        case .harmless(let values):
            return values.contains(leaf.value) || isSaid(leaf) ? nil : "is not in the principal's words"
        case .text:
            guard hasReadUntrusted, !isQuotedWhole(leaf.value) else { return nil }
            return "is text that is not in the principal's words"
        case .link: return isSaidLink(leaf.value) ? nil : "is an address that is not in the principal's words"
        case .record(let kind): return complaint(aboutID: leaf.value, kind)
        }
    }

    /// The operator says where the value may come from, and it stands there.
    private func isVouchedFor(_ leaf: ArgumentLeaves.Leaf, in arguments: JSONValue) -> Bool {
        guard let path = leaf.argument, let grounding = rules.flow.grounding(of: path) else { return false }
        let fields = Grounding(argument: path, sources: grounding.sources.filter { $0 != .principal })
        return !fields.sources.isEmpty && evidence.ground(fields, in: arguments, rules: rules) != nil
    }

    /// The contract of the task gives this argument this value. Which record it may be is for `targets`.
    private func isStated(_ leaf: ArgumentLeaves.Leaf) -> Bool {
        if case .record = leaf.type { return false }
        return leaf.argument.flatMap { stated[$0] }?.contains(leaf.value) ?? false
    }

    // MARK: Values

    /// Short enough, and of characters that neither carry a message nor lead anywhere.
    private func isPlain(_ value: JSONValue) -> Bool {
        guard let text = value.string else { return true }
        return text.utf8.count <= 32
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: " -_:.+,".utf8.contains(byte)
                }
            } && SpokenWords.parts(text).count <= 3 && !text.contains("www.")
    }

    private func isSaid(_ leaf: ArgumentLeaves.Leaf) -> Bool {
        if let path = leaf.argument, let money = rules.money(at: path) {
            guard let units = money.minorUnits(of: leaf.value) else { return false }
            return evidence.words.contains { SpokenValue.isNamedAmount(units, money.currency, in: $0) }
        }
        switch leaf.value {
        case .number(let number):
            return number.source.filter(\.isNumber).count >= 4 && words.places[number.source] != nil
        case .string(let text): return isSaid(text.text)
        default: return false
        }
    }

    /// Every token stands in the words, as a token of its own.
    private func isSaid(_ text: String) -> Bool {
        let tokens = moments(SpokenWords.folded(text))
        guard isSpecific(text), !tokens.isEmpty else { return false }
        return tokens.allSatisfy { words.places[$0] != nil || words.moments.contains($0) }
    }

    /// `2024-05-19t12:00:00z` is the day and the time.
    private func moments(_ tokens: [String]) -> [String] {
        tokens.flatMap { token -> [String] in
            let parts = token.split(separator: "t", omittingEmptySubsequences: false)
            guard parts.count == 2, DateText.milliseconds(String(parts[0])) != nil else { return [clock(token)] }
            return [String(parts[0]), clock(String(parts[1]))]
        }
    }

    /// `12:00:00z` is `12:00`.
    private func clock(_ token: String) -> String {
        let time = token.hasSuffix("z") ? token.dropLast() : token[...]
        let parts = time.split(separator: ":", omittingEmptySubsequences: false)
        let isClock = parts.count == 3 && parts.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy { $0 < 58 } }
        return isClock && parts[2] == "00" ? parts[0...1].joined(separator: ":") : token
    }

    /// What is shorter stands in some words by chance.
    private func isSpecific(_ text: String) -> Bool { text.utf8.count >= 4 }

    /// The whole text stands in the words, whatever the spaces and the punctuation around it.
    private func isQuotedWhole(_ value: JSONValue) -> Bool {
        guard let text = value.string, isSpecific(text) else { return false }
        let tokens = SpokenWords.folded(text)
        return !tokens.isEmpty && !words.occurrences(of: tokens).isEmpty
    }

    /// The address stands whole in the words; they may leave out `https://`.
    private func isSaidLink(_ value: JSONValue) -> Bool {
        guard let text = value.string, isSpecific(text), !text.contains(where: \.isWhitespace) else { return false }
        var forms: Set<String> = [text]
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            forms.insert(String(text.dropFirst(scheme.count)))
        }
        return forms.contains { form in
            (words.places[SpokenWords.folded(form).joined(separator: " ")] ?? []).contains { place in
                let said = words.tokens[place].text
                return said == form || said + "/" == form || said == form + "/"
            }
        }
    }

    // MARK: Records

    private func complaint(aboutID value: JSONValue, _ name: String) -> String? {
        guard let kind = kinds[name], let id = RecordIndex.id(of: value) else { return "is no id of a record" }
        let key = RecordIndex.Key(kind: name, id: id)
        if discloses, index.unread.contains(key), !index.endorsed.contains(key) {
            return GroundingJudge.unread
        }
        if targets.contains(id) { return nil }
        if !index.isFull {
            if index.endorsed.contains(key) || named[key] != nil || isLent(key) { return nil }
        }
        return isSaid(id, kind) ? nil : "is no \(name) that the principal named"
    }

    /// What goes with the tool is seen by others.
    private var discloses: Bool { !rules.flow.acts.isDisjoint(with: [.send, .share, .publish, .invite]) }

    /// The id itself stands in the words, where it is pointed at: an ordinary word or a number may be there by chance.
    private func isSaid(_ id: String, _ kind: RecordKind) -> Bool {
        let parts = SpokenWords.parts(id)
        guard isSpecific(id), parts.joined(separator: " ") == id else { return false }
        return words.occurrences(of: parts.map { $0.lowercased() }).contains { range in
            let said = words.tokens[range].map(\.text).joined(separator: " ")
            return RecordIndex.normalID(said) == id && isPointedAt(id, range, kind)
        }
    }

    private func isPointedAt(_ id: String, _ range: Range<Int>, _ kind: RecordKind) -> Bool {
        let isNumber = id.utf8.allSatisfy { (48...57).contains($0) }
        let isMarked = words.tokens[range.lowerBound].hasMark || words.isBeside(range, kind.words)
        if isNumber { return id.utf8.count >= 6 || isMarked }
        if isMarked || words.isQuoted(range) { return true }
        let hasMarks = id.contains { $0.isNumber || "@._/:".contains($0) }
        return hasMarks || words.tokens[range].contains { !$0.opensSentence && $0.text.contains(where: \.isUppercase) }
    }

    /// A record that the principal named has the value in a member that they asked for: "the participants of X".
    private func isLent(_ key: RecordIndex.Key) -> Bool {
        named.contains { owner, ranges in
            guard !index.doubtful.contains(owner), let record = index.records[owner] else { return false }
            return record.loans.contains { loan in
                loan.key == key && ranges.contains { asks(for: loan.member, before: $0) }
            }
        }
    }

    private static let company: Set<String> = [
        "participants", "participant", "attendees", "attendee", "people", "everyone", "everybody", "guests", "members",
        "invitees", "recipients", "persons", "team", "those", "anyone", "all",
    ]
    private static let links: Set<String> = ["of", "from", "in", "as", "at", "to", "on", "for", "attending", "with"]

    /// Within a few words before the name stands the member, and then a word that joins the two.
    private func asks(for member: String, before range: Range<Int>) -> Bool {
        let member = member.lowercased()
        let singular = member.hasSuffix("s") ? String(member.dropLast()) : member + "s"
        let start = max(0, range.lowerBound - 7)
        let between = words.tokens[start..<range.lowerBound].filter { $0.quotation == 0 }.map(\.folded)
        guard
            let place = between.lastIndex(where: {
                $0 == member || $0 == singular || GroundingJudge.company.contains($0)
            })
        else { return false }
        return between[(place + 1)...].contains { GroundingJudge.links.contains($0) }
    }
}

/// The records whose names the principal said: each name in whole, not as part of a longer one, and of one record only.
struct NamedRecords {
    /// Where each is named.
    private(set) var found: [RecordIndex.Key: [Range<Int>]] = [:]

    init(_ words: SpokenWords, _ index: RecordIndex, _ kinds: [String: RecordKind]) {
        for (kind, ids) in index.ids {
            guard let kind = kinds[kind] else { continue }
            let whole = NamedRecords.occurrences(words, ids, longest: index.longestName)
            for range in whole {
                let name = words.tokens[range].map(\.folded).joined(separator: " ")
                guard let owners = ids[name], owners.count == 1, let id = owners.first,
                    NamedRecords.isName(range, name, in: words, kind),
                    words.isQuoted(range) || !NamedRecords.isPartOfAnother(name, index, kind.name)
                else { continue }
                found[RecordIndex.Key(kind: kind.name, id: id), default: []].append(range)
            }
        }
    }

    /// Where names stand; one that is part of a longer one is not meant.
    private static func occurrences(
        _ words: SpokenWords, _ ids: [String: Set<String>], longest: Int
    ) -> [Range<Int>] {
        var found: [Range<Int>] = []
        for start in words.tokens.indices {
            var (name, reach) = ("", start)
            for end in start..<min(words.tokens.count, start + longest) {
                name += name.isEmpty ? words.tokens[end].folded : " " + words.tokens[end].folded
                if ids[name] != nil { reach = end + 1 }
            }
            if reach > max(start, found.last?.upperBound ?? 0) { found.append(start..<reach) }
        }
        return found
    }

    /// A name is pointed at: it is quoted, looks like a file or a code, or is written as a name of several words.
    /// Ordinary words are not, as anybody may call a record by words that the principal is likely to use.
    private static func isName(_ range: Range<Int>, _ name: String, in words: SpokenWords, _ kind: RecordKind) -> Bool {
        guard name.utf8.count >= 4, name.contains(where: \.isLetter) else { return false }
        if words.isQuoted(range) { return true }
        let tokens = words.tokens[range]
        let isCapital = tokens.contains { !$0.opensSentence && ($0.text.first?.isUppercase ?? false) }
        if tokens.count > 1 {
            return isCapital || tokens.contains { $0.text.contains { $0.isNumber || "._@/".contains($0) } }
        }
        let isCode = name.contains { "._@/".contains($0) } || name.contains(where: \.isNumber)
        return isCode || isCapital && words.isBeside(range, kind.words)
    }

    /// Another record of the kind has the name within its own: "Mark" may mean "Mark Davies".
    private static func isPartOfAnother(_ name: String, _ index: RecordIndex, _ kind: String) -> Bool {
        let tokens = name.split(separator: " ")
        guard let first = tokens.first, let others = index.namesWith[kind]?[String(first)] else { return false }
        return others.contains { other in other != name && " \(other) ".contains(" \(name) ") }
    }
}
