import BallastCore
import BallastRuntime

/// Which tools of a provider were accepted so far. It is kept among the pins, under a name that no tool can have, from the
/// provider's first listing on: what is new after that waits for a person, so that a tool which was refused, changed or
/// taken away cannot come back under another name.
struct ProviderRecord: Sendable, Hashable {
    let provider: String
    private(set) var tools: Set<String>

    init(provider: String, tools: Set<String> = []) {
        self.provider = provider
        self.tools = tools
    }

    private static func key(_ provider: String) -> String { "provider:\(provider)" }

    /// nil before the first listing.
    init?(of provider: String, in pins: [String: ToolPin]) {
        guard let pin = pins[Self.key(provider)], let document = try? JSONReader.read(pin.definition) else {
            return nil
        }
        self.init(provider: provider, tools: Set((document["tools"]?.array ?? []).compactMap(\.string)))
    }

    /// The tools of all other providers.
    static func tools(ofOthersThan provider: String, in pins: [String: ToolPin]) -> Set<String> {
        let names = pins.keys.compactMap { $0.hasPrefix("provider:") ? String($0.dropFirst(9)) : nil }
        return names.reduce(into: []) { tools, name in
            guard name != provider, let record = ProviderRecord(of: name, in: pins) else { return }
            tools.formUnion(record.tools)
        }
    }

    mutating func add(_ tool: String) { tools.insert(tool) }

    func pin(at moment: Timestamp, by person: Principal) -> ToolPin {
        let document: JSONValue = [
            "provider": JSONValue(provider), "tools": .array(tools.sorted().map { JSONValue($0) }),
        ]
        let text = JSONWriter.canonicalString(document)
        return ToolPin(
            tool: Self.key(provider),
            hash: .lengthPrefixed(domain: "ballast.provider-record.v1", [Array(text.utf8)]), acceptedBy: person,
            acceptedAt: moment, definition: text)
    }
}

/// Finds the tool that a new one was before.
struct ToolLikeness {
    /// Shared words, of all words of two descriptions, from which on they are alike: two thirds.
    private static let share = (2, 3)
    private static let words = 400

    /// Tools that vanished or do not run, by name, as they were accepted.
    let lost: [String: JSONValue]

    /// - Parameters:
    ///   - accepted: every definition that a person or the first listing accepted, by name.
    ///   - offered: what the provider offers now.
    init(accepted: [String: JSONValue], offered: [ToolDefinition]) {
        let now = Dictionary(offered.map { ($0.name, $0.document) }) { first, _ in first }
        lost = accepted.filter { name, document in now[name] != document }
    }

    /// It is, or resembles, a tool that is gone or changed.
    func isRenamed(_ definition: ToolDefinition) -> Bool {
        let document = Self.withoutName(definition.document)
        return lost.values.contains { other in
            let other = Self.withoutName(other)
            return other == document || Self.isAlike(other, document)
        }
    }

    /// Why a tool that nobody accepted does not run.
    func reason(_ definition: ToolDefinition) -> String {
        let document = Self.withoutName(definition.document)
        if let twin = lost.filter({ Self.withoutName($0.value) == document }).keys.min() {
            return "new since the first listing; it is `\(twin)`, which is gone or changed, under another name"
        }
        if let cousin = lost.filter({ Self.isAlike(Self.withoutName($0.value), document) }).keys.min() {
            return "new since the first listing; it resembles `\(cousin)`, which is gone or changed"
        }
        return "new since the first listing"
    }

    private static func withoutName(_ document: JSONValue) -> JSONObject {
        var object = document.object ?? [:]
        object["name"] = nil
        return object
    }

    private static func isAlike(_ one: JSONObject, _ other: JSONObject) -> Bool {
        let hasArguments = (one["input_schema"]?["properties"]?.object?.count ?? 0) > 0
        if hasArguments, one["input_schema"] == other["input_schema"] { return true }
        let (first, second) = (words(of: one), words(of: other))
        let all = first.union(second).count
        return all > 2 && first.intersection(second).count * share.1 >= all * share.0
    }

    private static func words(of document: JSONObject) -> Set<String> {
        let text = ShownText.text(document["description"]?.string ?? "").lowercased()
        return Set(text.split { !$0.isLetter && !$0.isNumber }.prefix(words).map(String.init))
    }
}
