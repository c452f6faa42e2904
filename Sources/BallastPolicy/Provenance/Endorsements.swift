package import BallastCore

/// The kind of argument that an endorsed value may stand in. The same value in another kind is as doubtful as before.
package enum EndorsedUse: Sendable, Hashable {
    /// Arguments that name a record of this kind, of whatever tool.
    case record(kind: String)
    /// This argument of this tool alone.
    case argument(tool: String, path: String)

    init(_ leaf: ArgumentLeaves.Leaf, of tool: String) {
        if case .record(let kind) = leaf.type {
            self = .record(kind: kind)
        } else {
            self = .argument(tool: tool, path: leaf.path)
        }
    }
}

/// A person who endorsed something, and as whom they did.
package struct Endorser: Sendable, Hashable {
    package let person: Principal
    /// The approval that it came with.
    package let approval: UInt32
    package let gate: Gate
    package let group: String?

    package init(person: Principal, approval: UInt32, gate: Gate, group: String?) {
        self.person = person
        self.approval = approval
        self.gate = gate
        self.group = group
    }
}

/// Values that people vouched for in one run, each for one kind of argument. An endorsement lifts the one complaint that
/// nobody vouches for the value; it changes nothing else of a decision.
package struct Endorsements: Sendable, Hashable {
    private struct Key: Sendable, Hashable {
        let use: EndorsedUse
        let value: String
    }

    private var people: [Key: Set<Endorser>] = [:]
    /// What is beyond it stays doubtful.
    private static let most = 20_000

    package init() {}
    package var isEmpty: Bool { people.isEmpty }

    package mutating func add(_ value: JSONValue, for use: EndorsedUse, by endorser: Endorser) {
        guard let key = Endorsements.key(value, use), people[key] != nil || people.count < Endorsements.most else {
            return
        }
        people[key, default: []].insert(endorser)
    }

    func people(for value: JSONValue, in use: EndorsedUse) -> Set<Endorser> {
        people.isEmpty ? [] : Endorsements.key(value, use).flatMap { people[$0] } ?? []
    }

    /// Ids are the same as records know them; everything else is the same value, byte by byte. Nothing that is long, or
    /// made of parts, is endorsed.
    private static func key(_ value: JSONValue, _ use: EndorsedUse) -> Key? {
        guard let text = normalForm(value, use), text.utf8.count <= EndorsableValue.longest else { return nil }
        return Key(use: use, value: text)
    }

    static func normalForm(_ value: JSONValue, _ use: EndorsedUse) -> String? {
        switch value {
        case .array, .object, .null: return nil
        default: break
        }
        if case .record = use { return RecordIndex.id(of: value) }
        return JSONWriter.canonicalString(value)
    }
}

/// One value of an action that a person may endorse with their decision, as they are shown it.
package struct EndorsableValue: Sendable, Hashable {
    /// Where it stands in what tools answered.
    package struct Source: Sendable, Hashable {
        package let tool: String
        package let field: FieldPath
        /// How many actions were over in the run when it was found: what came later is not covered.
        package let through: Int
        /// How many answers of the tool that covers, how many different values, and the first of these.
        package let answers: Int
        package let values: Int
        package let first: [JSONValue]

        static let mostShown = 8

        package init(tool: String, field: FieldPath, through: Int, answers: Int, covering values: [JSONValue]) {
            var seen: Set<String> = []
            let different = values.filter { value in
                let form = JSONWriter.canonicalString(value)
                return form.utf8.count <= EndorsableValue.longest && seen.insert(form).inserted
            }
            self.init(
                tool: tool, field: field, through: through, answers: answers, values: different.count,
                first: Array(different.prefix(Source.mostShown)))
        }

        fileprivate init(
            tool: String, field: FieldPath, through: Int, answers: Int, values: Int, first: [JSONValue]
        ) {
            self.tool = tool
            self.field = field
            self.through = through
            self.answers = answers
            self.values = values
            self.first = first
        }
    }

    package let path: String
    package let value: JSONValue
    package let use: EndorsedUse
    package var source: Source?

    /// Bytes of the longest value that can be endorsed; of the rest, each is asked about.
    static let longest = 1_024

    /// nil for what cannot be endorsed.
    init?(_ gap: Groundedness.Gap) {
        guard let value = gap.value, let use = gap.use else { return nil }
        self.init(path: gap.path, value: value, use: use)
    }

    init?(path: String, value: JSONValue, use: EndorsedUse) {
        guard let form = Endorsements.normalForm(value, use), form.utf8.count <= EndorsableValue.longest else {
            return nil
        }
        self.path = path
        self.value = value
        self.use = use
    }
}

extension EndorsableValue {
    /// As the review document and the journal have it.
    package var document: JSONValue {
        var document: JSONObject = ["path": JSONValue(path), "value": value]
        switch use {
        case .record(let kind): document["kind"] = JSONValue(kind)
        case .argument(let tool, let path):
            document["tool"] = JSONValue(tool)
            document["argument"] = JSONValue(path)
        }
        document["allows"] = JSONValue(allows)
        if let source {
            document["source"] = [
                "tool": JSONValue(source.tool), "field": JSONValue(source.field.text),
                "through": JSONValue(source.through), "answers": JSONValue(source.answers),
                "values": JSONValue(source.values), "first_values": .array(source.first),
                "allows": JSONValue(allowsBySource(source)),
            ]
        }
        return .object(document)
    }

    /// nil for what is not such a document.
    package init?(_ document: JSONValue) {
        guard let path = document["path"]?.string, let value = document["value"] else { return nil }
        let use: EndorsedUse
        if let kind = document["kind"]?.string {
            use = .record(kind: kind)
        } else if let tool = document["tool"]?.string, let argument = document["argument"]?.string {
            use = .argument(tool: tool, path: argument)
        } else {
            return nil
        }
        self.init(path: path, value: value, use: use)
        guard let source = document["source"] else { return }
        guard let tool = source["tool"]?.string, let field = source["field"]?.string.flatMap(FieldPath.init),
            let through = source["through"]?.int, let answers = source["answers"]?.int
        else { return nil }
        self.source = Source(
            tool: tool, field: field, through: through, answers: answers, values: source["values"]?.int ?? 0,
            first: source["first_values"]?.array ?? [])
    }

    /// The items of a review document or of an entry, in their order; nil when one of them cannot be read.
    package static func items(of list: JSONValue?) -> [EndorsableValue]? {
        var items: [EndorsableValue] = []
        for document in list?.array ?? [] {
            guard let item = EndorsableValue(document) else { return nil }
            items.append(item)
        }
        return items
    }

    private var place: String {
        switch use {
        case .record(let kind): "as the id of a \(kind), in any tool"
        case .argument(let tool, let path): "as \(path) of \(tool)"
        }
    }

    private var allows: String { "exactly this value \(place), for the rest of this run" }

    private func allowsBySource(_ source: Source) -> String {
        let answers = source.answers == 1 ? "the answer" : "the \(source.answers) answers"
        let values = source.values == 1 ? "the one value" : "any of the \(source.values) values"
        return
            "\(values) of \(source.field) in \(answers) that \(source.tool) had given by now, \(place), for the rest of this run"
    }
}

/// Looks for single values in what a tool answered.
package enum AnswerField {
    private static let deepest = 8
    private static let mostNodes = 20_000

    /// The first field that holds the value whole; nil where it stands in none that has a plain name.
    package static func place(of value: JSONValue, for use: EndorsedUse, in answer: JSONValue) -> FieldPath? {
        guard let wanted = Endorsements.normalForm(value, use) else { return nil }
        var nodes = mostNodes
        return find(answer, [], &nodes) { Endorsements.normalForm($0, use) == wanted }
    }

    private static func find(
        _ value: JSONValue, _ names: [String], _ nodes: inout Int, _ isWanted: (JSONValue) -> Bool
    ) -> FieldPath? {
        nodes -= 1
        guard nodes > 0 else { return nil }
        switch value {
        case .array(let elements):
            for element in elements { if let found = find(element, names, &nodes, isWanted) { return found } }
            return nil
        case .object(let object):
            guard names.count < deepest else { return nil }
            for member in object.members where FieldPath.isName(member.key.text) {
                if let found = find(member.value, names + [member.key.text], &nodes, isWanted) { return found }
            }
            return nil
        default: return isWanted(value) ? FieldPath(names.joined(separator: ".")) : nil
        }
    }

    /// The single values of a field.
    package static func values(at field: FieldPath, in answer: JSONValue) -> [JSONValue] {
        guard let found = field.value(in: answer) else { return [] }
        var (values, nodes) = ([JSONValue](), mostNodes)
        collect(found, &values, &nodes)
        return values
    }

    private static func collect(_ value: JSONValue, _ values: inout [JSONValue], _ nodes: inout Int) {
        nodes -= 1
        guard nodes > 0 else { return }
        switch value {
        case .array(let elements): for element in elements { collect(element, &values, &nodes) }
        case .object, .null: return
        default: values.append(value)
        }
    }
}
