import BallastConfiguration
import BallastCore
import BallastPolicy
import Foundation

/// Deciding, loading and proving with long policies, each with its ratio to the bar.
struct PolicyMeasurement {
    private static let now = Timestamp(milliseconds: 1_795_000_000_000)

    func run() throws {
        try decide()
        try load()
        try prove()
        try compare()
    }

    // MARK: Measuring

    private func report(_ name: String, _ value: Double, bar: Double, unit: String) {
        func text(_ number: Double) -> String { String(format: "%.2f", number) }
        print("POLICY \(name)=\(text(value)) unit=\(unit) bar=\(text(bar)) ratio=\(text(value / bar))")
    }

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private func decide() throws {
        var long = LongPolicy(seed: 1)
        let policy = try long.policy(rules: 500)
        let facts = try (0..<2000).map { _ in try long.facts(at: PolicyMeasurement.now) }
        var times: [Double] = []
        var denied = 0
        for _ in 0..<10 {
            for one in facts {
                times.append(seconds { denied += policy.decide(one).outcome == .deny ? 1 : 0 } * 1_000_000)
            }
        }
        times.sort()
        report("decide_500_rules_p50", times[times.count / 2], bar: 10, unit: "us")
        report("decide_500_rules_p99", times[times.count * 99 / 100], bar: 50, unit: "us")
        print("POLICY decide_denied_share=\(denied * 100 / times.count) unit=%")
    }

    private func load() throws {
        var long = LongPolicy(seed: 2)
        let text = try long.yaml(rules: 1000)
        let files = [
            "ballast.yaml":
                "listen: 127.0.0.1:7340\nmodels:\n  small: { api: openai, base_url: http://127.0.0.1:9, model: m }\n",
            "people.yaml": "principals:\n  operator:first-key: {}\ngroups:\n  leads: [operator:first-key]\n",
            "agents/long.yaml": "model: small\ntools: [act]\npolicy: long\nescalation: [{ to: leads, within: 30m }]\n",
            "policies/long.yaml": text,
        ]
        let tool = ToolDefinition(name: "act", provider: "bench", description: "", inputSchema: LongPolicy.schema)
        let undo = ToolDefinition(name: "undo_act", provider: "bench", description: "", inputSchema: ["type": "object"])
        var times: [Double] = []
        for _ in 0..<5 {
            times.append(
                try seconds {
                    let loaded = try Configuration.load(ConfigurationSource(folder: "bench", files: files))
                    let complaints = loaded.check(tools: [tool, undo])
                    if let complaint = complaints.first { print("POLICY \(complaint)") }
                })
        }
        report("load_1000_rules", times.sorted()[2] * 1000, bar: 1000, unit: "ms")
    }

    private func prove() throws {
        for (name, schemas) in [("", [:]), ("_with_schema", ["act": LongPolicy.schema])] {
            var (times, verdicts): ([Double], [String: Int]) = ([], [:])
            for seed in 3..<13 {
                var long = LongPolicy(seed: UInt64(seed))
                let invariant = try long.invariant()
                let policy = try long.policy(rules: 500, never: [invariant])
                let settings = ProofSettings(now: PolicyMeasurement.now, schemas: schemas)
                times.append(
                    seconds { for proof in policy.prove(settings) { verdicts[proof.verdict.name, default: 0] += 1 } })
            }
            report("never_500_rules_12_fields\(name)_worst", (times.max() ?? 0) * 1000, bar: 1000, unit: "ms")
            report(
                "never_500_rules_12_fields\(name)_p50", times.sorted()[times.count / 2] * 1000, bar: 1000, unit: "ms")
            let words = verdicts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            print("POLICY never_500_rules_12_fields\(name): \(words.joined(separator: ", "))")
        }
    }

    /// No bar: how long the other two of `policy check` and `policy diff` take over as many rules.
    private func compare() throws {
        var long = LongPolicy(seed: 20)
        let old = try long.policy(rules: 500)
        var rules = old.rules
        let gone = rules.remove(at: 33)
        let new = Policy(classes: old.classes, tools: old.tools, rules: rules)
        let settings = ProofSettings(now: PolicyMeasurement.now, schemas: ["act": LongPolicy.schema])
        var (changes, findings) = (0, 0)
        let diff = seconds { changes = PolicyDifference(from: old, to: new, settings).changes.count }
        let check = seconds { findings = old.findings(settings).count }
        print(
            "POLICY diff_500_rules=\(String(format: "%.0f", diff * 1000)) unit=ms changes=\(changes) without=\(gone.id)"
        )
        print("POLICY findings_500_rules=\(String(format: "%.0f", check * 1000)) unit=ms findings=\(findings)")
    }
}

/// Policies of many rules over twelve fields of one tool, from a seed.
struct LongPolicy {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    private mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, bound)))
    }

    static let schema: JSONValue = {
        var properties: [JSONMember] = [JSONMember("amount", ["type": "integer"])]
        for field in 1..<5 { properties.append(JSONMember(JSONString("n\(field)"), ["type": "integer"])) }
        for field in 0..<4 { properties.append(JSONMember(JSONString("s\(field)"), ["type": "string"])) }
        for field in 0..<2 { properties.append(JSONMember(JSONString("b\(field)"), ["type": "boolean"])) }
        properties.append(JSONMember("to", ["type": "string"]))
        return [
            "type": "object", "properties": .object(JSONObject(properties)),
            "required": .array(properties.map { .string($0.key) }), "additionalProperties": false,
        ]
    }()

    /// A field with its test, as it is written in a file.
    private mutating func condition(_ field: Int) -> (name: String, test: String) {
        switch field {
        case 0: return ("amount", "{ \(["above", "at_most"][below(2)]): \(below(5000)).00 USD }")
        case 1..<5: return ("n\(field)", "{ \(["above", "at_most"][below(2)]): \(below(1000)) }")
        case 5..<9:
            let name = "s\(field - 5)"
            let some = (0..<3).map { _ in "v\(below(40))" }
            return (
                name,
                ["{ in: [\(some.joined(separator: ", "))] }", "{ not_in: [\(some[0])] }", "{ prefix: v\(below(4)) }"][
                    below(3)]
            )
        case 9..<11: return ("b\(field - 9)", below(2) == 0 ? "true" : "false")
        default: return ("to", "{ \(["domain_in", "domain_not_in"][below(2)]): [d\(below(20)).example] }")
        }
    }

    private mutating func conditions() -> [(name: String, test: String)] {
        var fields = Array(0..<12)
        var found: [(name: String, test: String)] = []
        for _ in 0..<(3 + below(10)) where !fields.isEmpty {
            found.append(condition(fields.remove(at: below(fields.count))))
        }
        return found
    }

    mutating func yaml(rules count: Int, never: String = "") throws -> String {
        var lines = [
            "classes: { dangerous: [act], risky: [undo_act] }",
            "tools:", "  act:", "    money: { amount: USD }", "    undo: { tool: undo_act }", "rules:",
        ]
        for rule in 0..<count {
            let conditions = conditions().map { "\($0.name): \($0.test)" }.joined(separator: ", ")
            let action =
                rule % 10 == 0
                ? "relax: act to confirm" : ["deny: act", "require: approve", "require: confirm"][below(3)]
            let isDenying = action.hasPrefix("deny")
            lines.append("  - id: r\(rule)")
            lines.append("    \(action)")
            let isRelaxing = rule % 10 == 0
            let bound = "amount: { at_most: \(1000 + below(4000)).00 USD }"
            lines.append("    when: { \(isRelaxing ? bound : isDenying ? conditions : "tool: act, " + conditions) }")
            lines.append("    owner: ops")
            lines.append("    reason: it is measured")
            if rule % 10 == 0 { lines.append("    expires: 2029-01-01") }
        }
        return lines.joined(separator: "\n") + never + "\n"
    }

    mutating func policy(rules count: Int, never invariants: [Invariant] = []) throws -> Policy {
        let (read, _) = try PolicyReading.file("long.yaml", try yaml(rules: count))
        guard let policy = read.first?.policy else { throw Empty() }
        return Policy(classes: policy.classes, tools: policy.tools, rules: policy.rules, never: invariants)
    }

    mutating func invariant() throws -> Invariant {
        var names: [String] = []
        for _ in 0..<(1 + below(3)) {
            let (name, test) = condition(below(12))
            if !names.contains(where: { $0.hasPrefix(name + ":") }) { names.append("\(name): \(test)") }
        }
        let never = "\nnever:\n  - { tool: act, when: { \(names.joined(separator: ", ")) }, outcome: [allow, confirm] }"
        let (read, _) = try PolicyReading.file("long.yaml", try yaml(rules: 1, never: never))
        guard let invariant = read.first?.policy.invariants.first else { throw Empty() }
        return invariant
    }

    mutating func facts(at now: Timestamp) throws -> PolicyFacts {
        var object = JSONObject([JSONMember("amount", JSONValue(below(600_000)))])
        for field in 1..<5 { object[JSONString("n\(field)")] = JSONValue(below(1100)) }
        for field in 0..<4 { object[JSONString("s\(field)")] = JSONValue("v\(below(45))") }
        for field in 0..<2 { object[JSONString("b\(field)")] = .bool(below(2) == 0) }
        object["to"] = JSONValue("ana@d\(below(25)).example")
        return PolicyFacts(
            tool: "act", arguments: .object(object), agent: "long", principal: "bench", hasReadUntrusted: false,
            now: now)
    }

    struct Empty: Error {}
}
