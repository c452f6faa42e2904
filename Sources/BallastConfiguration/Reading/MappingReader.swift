import BallastCore
import BallastPolicy

/// Reads the values of one mapping and complains about what it should not have.
struct MappingReader {
    let node: YAMLNode
    let kind: MappingKind
    let list: DiagnosticList

    /// nil, with a complaint, when the node is no mapping.
    init?(_ node: YAMLNode, _ kind: MappingKind, _ list: DiagnosticList) {
        guard let entries = node.entries else {
            list.add(
                node.position, "\(kind.name) is a mapping, and here stands \(node.kindName)",
                "write keys such as `\(kind.keys[0]): …`, each on a line of its own")
            return nil
        }
        self.node = node
        self.kind = kind
        self.list = list
        for entry in entries {
            if !kind.keys.contains(entry.key) {
                complain(about: entry)
            } else if entry.value.isEmpty {
                list.add(
                    entry.position, "`\(entry.key)` has no value", why: "nobody can tell what is meant",
                    "write a value, or remove the key")
            }
        }
    }

    private func complain(about entry: YAMLEntry) {
        let advice: String
        if let nearest = NearestWord.of(entry.key, among: kind.keys) {
            advice = "did you mean `\(nearest)`?"
        } else if let home = MappingKind.all.first(where: { $0.keys.contains(entry.key) }) {
            advice = "`\(entry.key)` belongs in \(home.name): check the indentation"
        } else {
            advice = "use one of \(kind.keys.joined(separator: ", "))"
        }
        list.add(entry.position, "unknown key `\(entry.key)` in \(kind.name)", why: "it would be ignored", advice)
    }

    var hasOnlyKnownKeys: Bool { node.entries?.allSatisfy { kind.keys.contains($0.key) } ?? true }

    /// The value of a key; nil when it is absent or empty.
    subscript(key: String) -> YAMLNode? { node[key].flatMap { $0.isEmpty ? nil : $0 } }

    /// The place of a key, for complaints about it.
    func position(of key: String) -> SourcePosition {
        node.entries?.first { $0.key == key }?.position ?? node.position
    }

    /// The value of a key that must be there.
    func required(_ key: String, _ example: String) -> YAMLNode? {
        if let value = self[key] { return value }
        guard node[key] == nil else { return nil }
        list.add(node.position, "`\(key)` is missing in \(kind.name)", "add `\(key): \(example)`")
        return nil
    }

    /// Exactly one of these keys, with its value; nil, with a complaint, otherwise.
    func oneOf(_ keys: [String]) -> (key: String, value: YAMLNode)? {
        let present = keys.compactMap { key in self[key].map { (key: key, value: $0) } }
        if present.count == 1 { return present[0] }
        let names = keys.map { "`\($0)`" }.joined(separator: ", ")
        list.add(
            present.dropFirst().first.map { position(of: $0.key) } ?? node.position,
            present.isEmpty ? "\(kind.name) needs one of \(names)" : "\(kind.name) has more than one of \(names)",
            present.isEmpty ? "add one of them" : "keep one of them")
        return nil
    }
}

/// Typed readings of single values; each complains at the value's place and answers nil.
extension DiagnosticList {
    private func mismatch(_ node: YAMLNode, _ what: String, _ example: String) {
        let shown = node.text.map { "`\($0)`" } ?? node.kindName
        add(node.position, "\(what), and here stands \(shown)", "write \(example)")
    }

    func text(_ node: YAMLNode?, _ what: String) -> String? {
        guard let node else { return nil }
        guard let text = node.text else {
            mismatch(node, "\(what) is a text", "one value")
            return nil
        }
        return text
    }

    func name(_ node: YAMLNode?, _ what: String) -> String? {
        guard let node, let text = text(node, what) else { return nil }
        guard FieldPath.isName(text) else {
            mismatch(node, "\(what) has only letters, digits, `_` and `-`", "such a name")
            return nil
        }
        return text
    }

    func integer(_ node: YAMLNode?, _ what: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let node else { return nil }
        guard let value = node.json.integer, range.contains(value) else {
            let bound =
                range.upperBound == .max
                ? "from \(range.lowerBound) on" : "from \(range.lowerBound) to \(range.upperBound)"
            mismatch(node, "\(what) is a whole number \(bound)", "a number such as \(max(range.lowerBound, 1))")
            return nil
        }
        return value
    }

    func bool(_ node: YAMLNode?, _ what: String) -> Bool? {
        guard let node else { return nil }
        guard let value = node.json.bool else {
            mismatch(node, "\(what) is true or false", "`true` or `false`")
            return nil
        }
        return value
    }

    func duration(_ node: YAMLNode?, _ what: String) -> Int64? {
        guard let node else { return nil }
        guard let value = node.text.flatMap(DurationText.milliseconds) else {
            mismatch(node, "\(what) is a span of time", "a whole number and a unit: `500ms`, `30s`, `5m`, `24h`, `7d`")
            return nil
        }
        return value
    }

    /// Exact decimal units, such as cents of a decimal amount.
    func decimal(_ node: YAMLNode?, _ what: String, digits: Int) -> Int64? {
        guard let node else { return nil }
        guard let value = node.text.flatMap({ Decimal.minorUnits($0, exponent: digits) }), value >= 0 else {
            mismatch(node, "\(what) is a decimal number that is not negative", "a number such as 1.25")
            return nil
        }
        return value
    }

    /// One of a few words.
    func word(_ node: YAMLNode?, _ what: String, of words: [String]) -> String? {
        guard let node, let text = text(node, what) else { return nil }
        guard words.contains(text) else {
            let advice = NearestWord.of(text, among: words).map { "did you mean `\($0)`?" }
            add(
                node.position, "`\(text)` is no \(what)",
                advice ?? "use one of \(words.map { "`\($0)`" }.joined(separator: ", "))")
            return nil
        }
        return text
    }

    /// A list of texts; a single one may stand without brackets.
    func texts(_ node: YAMLNode?, _ what: String) -> [YAMLNode] {
        guard let node else { return [] }
        let elements = node.elements ?? [node]
        return elements.filter { text($0, "each of \(what)") != nil }
    }

    /// The names of a list with their places, each once.
    func names(_ node: YAMLNode?, _ what: String) -> [(name: String, position: SourcePosition)] {
        var seen: Set<String> = []
        return texts(node, what).compactMap { element in
            guard let name = element.text else { return nil }
            guard seen.insert(name).inserted else {
                add(element.position, "`\(name)` stands twice in \(what)", "keep one")
                return nil
            }
            return (name, element.position)
        }
    }

    /// The entries of a mapping with free keys.
    func entries(_ node: YAMLNode?, _ what: String, _ example: String) -> [YAMLEntry] {
        guard let node else { return [] }
        guard let entries = node.entries else {
            mismatch(node, "\(what) is a mapping", "`\(example)`")
            return []
        }
        return entries
    }

    /// The names of a list that must not be empty: an empty one would make its rule hold for nothing.
    func someNames(_ node: YAMLNode?, _ what: String) -> [(name: String, position: SourcePosition)] {
        let names = names(node, what)
        if let node, node.elements?.isEmpty ?? false {
            add(node.position, "\(what) is an empty list", why: "the rule would hold for nothing", "name at least one")
        }
        return names
    }

    func elements(_ node: YAMLNode?, _ what: String, _ example: String) -> [YAMLNode] {
        guard let node else { return [] }
        guard let elements = node.elements else {
            mismatch(node, "\(what) is a list", "`- \(example)` on a line of its own")
            return []
        }
        return elements
    }
}
