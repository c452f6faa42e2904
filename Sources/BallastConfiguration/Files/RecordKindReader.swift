import BallastCore
import BallastPolicy

/// Reads what tools' answers are made of.
struct RecordKindReader {
    let list: DiagnosticList
    private static let example = "event: { from: [search_events], id: event_id, name: title }"

    func read(_ node: YAMLNode?, into draft: inout PolicyDraft) {
        for entry in list.entries(node, "`records`", RecordKindReader.example) {
            draft.positions["records/\(entry.key)"] = entry.position
            for key in entry.value.entries ?? [] {
                draft.positions["records/\(entry.key)/\(key.key)"] = key.position
            }
            draft.written["record/\(entry.key)"] = entry.value.json
            if ArgumentType.builtIn[entry.key] != nil || !FieldPath.isName(entry.key) {
                list.add(
                    entry.position, "`\(entry.key)` cannot name a kind of record",
                    why: "it is a built-in type of arguments, or no plain name", "give the kind another name")
                continue
            }
            if let kind = kind(entry) { draft.records.append(kind) }
        }
    }

    private func kind(_ entry: YAMLEntry) -> RecordKind? {
        guard let reader = MappingReader(entry.value, .record, list) else { return nil }
        let tools = list.names(reader["from"], "`from`").map(\.name)
        let id = list.name(reader.required("id", "event_id"), "`id`")
        let names = list.names(reader["name"], "`name`").map { JSONString($0.name) }
        var lends: [JSONString: String] = [:]
        for entry in list.entries(reader["lends"], "`lends`", "{ participants: address }") {
            lends[JSONString(entry.key)] = list.name(entry.value, "the kind of `\(entry.key)`")
        }
        guard let id else { return nil }
        return RecordKind(name: entry.key, tools: Set(tools), id: JSONString(id), names: names, lends: lends)
    }
}

/// Reads what becomes of acts that nobody asked for, and words for kinds of acts.
struct IntentReader {
    let list: DiagnosticList

    func read(_ node: YAMLNode, into draft: inout PolicyDraft) {
        guard let reader = MappingReader(node, .intent, list) else { return }
        draft.written["intent"] = node.json
        draft.asksForUnlicensed = list.word(reader["unlicensed"], "treatment", of: ["deny", "ask"]).map { $0 == "ask" }
        for entry in list.entries(reader["words"], "`words`", "{ send: [ping] }") {
            if entry.key == ActKind.read.rawValue {
                draft.intent.foreignWords[.read, default: []].formUnion(words(entry.value))
            } else if let kind = ActKind(rawValue: entry.key) {
                draft.intent.words[kind, default: []].formUnion(words(entry.value))
            } else if entry.value.entries != nil {
                for inner in list.entries(entry.value, "`\(entry.key)`", "{ send: [sende] }") {
                    guard let kind = kind(inner) else { continue }
                    draft.intent.foreignWords[kind, default: []].formUnion(words(inner.value))
                }
            } else {
                _ = kind(entry)
            }
        }
    }

    private func kind(_ entry: YAMLEntry) -> ActKind? {
        if let kind = ActKind(rawValue: entry.key) { return kind }
        let names = ActKind.allCases.map(\.rawValue)
        list.add(
            entry.position, "`\(entry.key)` is no kind of act",
            NearestWord.of(entry.key, among: names).map { "did you mean `\($0)`?" }
                ?? "use one of \(names.joined(separator: ", ")), or a language with such kinds")
        return nil
    }

    private func words(_ node: YAMLNode) -> [String] { list.texts(node, "a word").compactMap(\.text) }
}

extension IntentRules {
    mutating func join(_ other: IntentRules) {
        words.merge(other.words) { $0.union($1) }
        foreignWords.merge(other.foreignWords) { $0.union($1) }
    }
}
