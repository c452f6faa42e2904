import BallastCore
import BallastPolicy

/// A tool as a draft may know it: nothing in it is words of the tool's own.
struct DraftableTool: Sendable, Hashable {
    let name: String
    let isSafe: Bool
    /// The arguments that the operator speaks of.
    let arguments: [String]

    init(name: String, isSafe: Bool, rules: ToolRules) {
        self.name = name
        self.isSafe = isSafe
        let money = Set(rules.money.map(\.path))
        let known = money.union(rules.flow.types.keys).union(rules.businessKey).union(rules.explicitScope)
            .union(rules.flow.groundings.map(\.argument)).union(rules.entitlements.map(\.argument))
        arguments = known.sorted().map { money.contains($0) ? "\($0) (money)" : "\($0)" }
    }

    fileprivate var line: String {
        let about = arguments.isEmpty ? "" : "; arguments: \(arguments.joined(separator: ", "))"
        return "- \(ShownText.text(name, longest: 128)): \(isSafe ? "changes nothing" : "has effects")\(about)"
    }
}

/// What a model is asked for a draft, and what the principal is asked about it.
enum DraftQuestion {
    static let tokens = 1_000
    private static let words = 12
    private static let longestWords = 4_000

    static func text(words: [String], tools: [DraftableTool], refused: String?) -> String {
        let said = words.suffix(DraftQuestion.words).map { "> \($0.prefix(longestWords))" }.joined(separator: "\n")
        let again =
            refused.map { "\nThe user did not agree to this earlier draft; the last words say why:\n\($0)\n" } ?? ""
        return """
            You say what an assistant may do for one task. You know the words of its user and nothing else, and you do \
            not do the task.

            The user said, oldest first:
            \(said)
            \(again)
            The assistant has these tools:
            \(tools.map(\.line).joined(separator: "\n"))

            Answer with one JSON object and nothing else:
            {"tools": [{"name": "...", "max_count": 1, "where": {"argument": ["value"]}}], "targets": ["..."], \
            "bounds": {"argument": "20.00 USD"}}

            tools: those that the task needs, and with effects only those that the user asks for; max_count is how often.
            where: values that the user gave, of arguments that stand above. It may be left out.
            targets: identifiers and addresses that the user named, letter by letter. It may be left out.
            bounds: the most that an argument above may be, where the user said so. It may be left out.
            """
    }

    /// Every value stands in it whole: what is not seen is not agreed to.
    static func sentence(_ contract: TaskContract, safe: Set<String>) -> String {
        let effects = contract.permits.filter { !safe.contains($0.tool) }.map(text)
        let reads = Set(contract.permits.map(\.tool)).intersection(safe).sorted()
        var text = "I plan to use: \((effects + reads).joined(separator: "; "))."
        if !contract.bounds.isEmpty {
            let bounds = contract.bounds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            text += " At most: \(bounds.joined(separator: ", "))."
        }
        if !contract.targets.isEmpty {
            text +=
                " Named by you: \(contract.targets.sorted().map { DraftAnswer.text(JSONValue($0)) }.joined(separator: ", "))."
        }
        return text + " Nothing else that has effects. Shall I go on?"
    }

    private static func text(_ permit: TaskContract.Permit) -> String {
        var text = permit.tool
        if let count = permit.maxCount { text += count == 1 ? " at most once" : " at most \(count) times" }
        guard !permit.values.isEmpty else { return text }
        let values = permit.values.sorted { $0.key < $1.key }.map { path, values in
            "\(path) \(values.map(DraftAnswer.text).joined(separator: " or "))"
        }
        return text + " with " + values.joined(separator: " and ")
    }
}

/// What a model answered, read as a contract that a person can be asked about.
enum DraftAnswer {
    private static let longest = 16 << 10
    private static let longestValue = 200
    private static let most = 20

    static func contract(
        in answer: String, tools: [DraftableTool], schemas: [String: JSONValue]
    ) throws(TaskContractError) -> JSONValue {
        let bytes = Array(answer.utf8)
        guard bytes.count <= longest, let first = bytes.firstIndex(of: UInt8(ascii: "{")),
            let last = bytes.lastIndex(of: UInt8(ascii: "}")), first < last,
            let json = try? JSONReader.read(Array(bytes[first...last])), var object = json.object
        else { throw TaskContractError(description: "it is no JSON object of at most \(longest) bytes") }
        guard object["expires"] == nil else {
            throw TaskContractError(description: "a draft knows no `expires`")
        }
        let known = Set(tools.map(\.name))
        let named = (object["tools"]?.array ?? []).filter { tool in
            (tool.string ?? tool["name"]?.string).map(known.contains) ?? true
        }
        if object["tools"]?.array != nil { object["tools"] = .array(named) }
        let contract = try TaskContract(json: .object(object))
        if let problem = contract.complaint(against: schemas, isKnown: known.contains) { throw problem }
        let values = contract.permits.flatMap { $0.values.values.flatMap(\.self) }
        guard contract.permits.count <= most, contract.targets.count <= most, contract.bounds.count <= most,
            values.count <= most, contract.permits.allSatisfy({ $0.values.values.allSatisfy { !$0.isEmpty } })
        else { throw TaskContractError(description: "it has more than \(most) of something, or a list without values") }
        guard (values.map { $0.string ?? text($0) } + contract.targets).allSatisfy(isShowable),
            values.allSatisfy(isPlain)
        else {
            throw TaskContractError(description: "a value in it cannot be shown whole to a person")
        }
        return .object(object)
    }

    /// In quotation marks where its end could be taken for something else.
    static func text(_ value: JSONValue) -> String {
        if let text = value.string, text.unicodeScalars.allSatisfy(isOfName) { return text }
        return String(decoding: JSONWriter.canonical(value), as: UTF8.self)
    }

    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || "-_@./+:#".unicodeScalars.contains(scalar)
    }

    private static func isPlain(_ value: JSONValue) -> Bool { value.array == nil && value.object == nil }

    private static func isShowable(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longestValue && !text.contains("\n")
            && ShownText.text(text, longest: longestValue) == text
    }
}
