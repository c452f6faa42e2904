package import BallastCore

/// The forms by which a text that was written is known again wherever it is read back: whole or by a line. Compared as
/// words are: without case and punctuation. What is read is also looked through for what points somewhere, such as
/// addresses, links and long numbers, as these may have been written by themselves.
///
/// What is said by many texts is no form of one: short words, dates, small numbers.
package enum WrittenText {
    /// The forms of every single value that was read.
    package static func forms(in value: JSONValue) -> Set<String> {
        var forms: Set<String> = []
        collect(value, into: &forms)
        return forms
    }

    /// Of an answer, which need not be JSON.
    package static func forms(inAnswer bytes: [UInt8]) -> Set<String> {
        if let value = try? JSONReader.read(bytes) { return forms(in: value) }
        return forms(of: String(decoding: bytes, as: UTF8.self))
    }

    /// What an action writes: the forms of its arguments that neither the principal said nor anybody vouches for.
    ///
    /// - Parameter isApproved: A person agreed to the records, addresses and numbers that it names, each seen as it is; what
    ///   its texts say stays what it is.
    package static func written(
        by arguments: JSONValue, rules: ToolRules, words: [String], vouched: Set<String>, isApproved: Bool
    ) -> Set<String> {
        var forms: Set<String> = []
        for leaf in ArgumentLeaves(arguments, rules.flow.types).leaves {
            switch leaf.type {
            case .minor: continue
            case .harmless(let values) where values.contains(leaf.value): continue
            case .record where isApproved: continue
            default: forms.formUnion(written(leaf.value))
            }
        }
        if isApproved { forms = forms.filter { $0.contains(" ") } }
        forms.subtract(vouched)
        guard !forms.isEmpty, !words.isEmpty else { return forms }
        let spoken = SpokenWords(words)
        return forms.filter { spoken.occurrences(of: $0.split(separator: " ").map { String($0) }).isEmpty }
    }

    private static func written(_ value: JSONValue) -> Set<String> {
        switch value {
        case .string(let text):
            let lines = text.text.split(whereSeparator: \.isNewline).map { SpokenWords.folded(String($0)) }
            let texts = lines.count > 1 ? lines + [lines.flatMap(\.self)] : lines
            return Set(
                texts.filter { isTelling($0) || $0.count == 1 && isSpecific($0[0]) }.map { $0.joined(separator: " ") })
        default: return forms(in: value)
        }
    }

    /// Depth is bounded by the reader.
    private static func collect(_ value: JSONValue, into forms: inout Set<String>) {
        switch value {
        case .string(let text): forms.formUnion(self.forms(of: text.text))
        case .number(let number):
            guard let integer = number.integer, isSpecific(String(integer)) else { return }
            forms.insert(String(integer))
        case .array(let elements): for element in elements { collect(element, into: &forms) }
        case .object(let object): for member in object.members { collect(member.value, into: &forms) }
        default: return
        }
    }

    package static func forms(of text: String) -> Set<String> {
        var forms: Set<String> = []
        let lines = text.split(whereSeparator: \.isNewline)
        var whole: [String] = []
        for line in lines {
            let tokens = SpokenWords.folded(String(line))
            if lines.count > 1, isTelling(tokens) { forms.insert(tokens.joined(separator: " ")) }
            for token in tokens where isSpecific(token) { forms.insert(token) }
            whole += tokens
        }
        if isTelling(whole) { forms.insert(whole.joined(separator: " ")) }
        return forms
    }

    /// Enough words, or enough of one, that no two people write them by chance.
    private static func isTelling(_ tokens: [String]) -> Bool {
        tokens.count >= 3 || tokens.reduce(0) { $0 + $1.utf8.count } >= 16
    }

    /// An address, a link, a name of a place in a network, a long number: it leads somewhere by itself.
    private static func isSpecific(_ token: String) -> Bool {
        guard token.utf8.count >= 6, DateText.milliseconds(String(token.prefix(10))) == nil else { return false }
        if token.contains("@") || token.contains("://") { return true }
        if token.count(where: \.isNumber) >= 6 { return true }
        guard let dot = token.lastIndex(of: "."), token.contains(where: \.isLetter) else { return false }
        return token[token.index(after: dot)...].prefix { $0 != "/" }.count(where: \.isLetter) >= 2
    }
}

/// What is known of an answer from the runs before: which of its values, and which of its records, were written by one that
/// had read what nobody vouches for.
package struct RecalledLabels: Sendable, Hashable {
    package struct Record: Sendable, Hashable {
        package let kind: String
        package let id: String
        /// It was made or changed by an act that nobody asked for or agreed to as it was.
        package let isDoubtful: Bool
        /// It holds text that only an agent has seen.
        package let isUnread: Bool

        package init(kind: String, id: String, isDoubtful: Bool, isUnread: Bool) {
            self.kind = kind
            self.id = id
            self.isDoubtful = isDoubtful
            self.isUnread = isUnread
        }
    }

    /// Digests of the forms.
    package private(set) var values: Set<String>
    package private(set) var records: Set<Record>
    package var isEmpty: Bool { values.isEmpty && records.isEmpty }

    package init(forms: Set<String> = [], records: Set<Record> = []) {
        values = Set(forms.map(RecalledLabels.digest))
        self.records = records
    }

    private static func digest(_ form: String) -> String {
        Hex.encode(Array(Digest.sha256(Array(form.utf8)).bytes.prefix(12)))
    }

    // MARK: On record

    package var json: JSONValue {
        let records = records.sorted { ($0.kind, $0.id) < ($1.kind, $1.id) }
        return [
            "values": .array(values.sorted().map { JSONValue($0) }),
            "records": .array(
                records.map { record in
                    [
                        "kind": JSONValue(record.kind), "id": JSONValue(record.id),
                        "doubtful": .bool(record.isDoubtful), "unread": .bool(record.isUnread),
                    ]
                }),
        ]
    }

    package init?(bytes: [UInt8]) {
        guard let json = try? JSONReader.read(bytes) else { return nil }
        values = Set((json["values"]?.array ?? []).compactMap(\.string))
        records = Set(
            (json["records"]?.array ?? []).compactMap { record in
                guard let kind = record["kind"]?.string, let id = record["id"]?.string else { return nil }
                return Record(
                    kind: kind, id: id, isDoubtful: record["doubtful"]?.bool ?? true,
                    isUnread: record["unread"]?.bool ?? true)
            })
    }

    // MARK: Use

    /// The answer without the values that were written: they ground nothing. Depth is bounded by the reader.
    package func cleaned(_ answer: JSONValue) -> JSONValue {
        guard !values.isEmpty else { return answer }
        switch answer {
        case .array(let elements): return .array(elements.map(cleaned))
        case .object(var object):
            for member in object.members { object[member.key] = cleaned(member.value) }
            return .object(object)
        default:
            return WrittenText.forms(in: answer).contains { values.contains(RecalledLabels.digest($0)) }
                ? .null : answer
        }
    }
}

extension RecordIndex {
    /// The records in what a tool answers.
    package static func records(in answer: [UInt8], of tool: String, under policy: Policy) -> [RecalledLabels.Record] {
        guard policy.hasRecords(tool),
            let act = ObservedAct(
                tool: tool, arguments: Array("{}".utf8), result: answer, isError: false, isApproved: true)
        else { return [] }
        var index = RecordIndex()
        index.take(act, under: policy)
        return index.records.keys.map {
            RecalledLabels.Record(kind: $0.kind, id: $0.id, isDoubtful: false, isUnread: false)
        }
    }

    /// The records that an act made or changed, where nobody agreed to it. Text is in what the tool answers with: what an
    /// act only names, such as whom it invites, holds none of it.
    ///
    /// - Parameter isAsAsked: Every argument is what the principal said.
    package static func written(
        by act: ObservedAct, under policy: Policy, isAsAsked: Bool
    ) -> [RecalledLabels.Record] {
        guard !act.isApproved, policy.isObserved(act.tool) else { return [] }
        var index = RecordIndex()
        index.take(act, under: policy)
        return index.doubtful.compactMap { key in
            let isUnread = index.unread.contains(key) && index.records[key] != nil
            guard isUnread || !isAsAsked else { return nil }
            return RecalledLabels.Record(kind: key.kind, id: key.id, isDoubtful: !isAsAsked, isUnread: isUnread)
        }
    }
}
