import BallastCore
import BallastPolicy
import Testing

@Suite("Records ground the ids of their own kind, within bounds")
struct RecordIndexTests {
    /// A small generator of numbers, the same for every run.
    private struct Dice {
        var state: UInt64
        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
    }

    private static func policy() throws -> Policy {
        let names = ["red", "green", "blue"]
        var rules = ToolRules()
        for name in names { rules.flow.types[try Desk.path(name)] = .record(name) }
        let ease = PolicyRule(
            id: "ease", action: .relax(to: .allow), scope: RuleScope(tools: ["act"]), conditions: [.grounded(true)],
            owner: "o", reason: "r", expires: Desk.later)
        var classes: [String: ToolClass] = ["act": .risky]
        for name in names { classes["find_\(name)"] = .safe }
        return Policy(
            classes: classes, tools: ["act": rules], rules: [ease],
            records: names.map { RecordKind(name: $0, tools: ["find_\($0)"], id: "id", names: ["name"]) })
    }

    private static func isAllowed(_ arguments: JSONValue, _ words: String, _ acts: [ObservedAct]) throws -> Bool {
        let policy = try policy()
        var action = AssumedAction(
            tool: "act", arguments: arguments, agent: "a", principal: Principal("user:emma"),
            surroundings: DecisionSurroundings(environment: "test"), now: Desk.now)
        action.hasReadUntrusted = true
        action.evidence.words = [words]
        action.acts = acts
        return policy.decideInOrder(action.facts(for: policy)).outcome == .allow
    }

    @Test(
        "Never across kinds, and never by an ambiguous name: as a plain reading of all records says", arguments: 0..<40)
    func property(seed: Int) throws {
        var dice = Dice(state: UInt64(seed) &* 7919 &+ 17)
        let kinds = ["red", "green", "blue"]
        let names = (0..<6).map { "Record Number \($0)\($0)" }
        var records: [(kind: String, id: String, name: String)] = []
        for _ in 0..<dice.roll(14) + 1 {
            records.append((kinds[dice.roll(3)], String(dice.roll(5)), names[dice.roll(6)]))
        }
        let said = names.filter { _ in dice.roll(2) == 0 }
        let words = "Please use " + said.map { "'\($0)'" }.joined(separator: " and ") + " now."
        let acts = records.map { record in
            ObservedAct(
                tool: "find_\(record.kind)", arguments: [:],
                answer: ["list": [["id": JSONValue(record.id), "name": JSONValue(record.name)]]], isApproved: false)
        }
        for kind in kinds {
            for id in 0..<5 {
                let isNamed = said.contains { name in
                    let owners = Set(records.filter { $0.kind == kind && $0.name == name }.map(\.id))
                    return owners == [String(id)]
                }
                let arguments: JSONValue = .object([JSONString(kind): JSONValue(String(id))])
                #expect(try Self.isAllowed(arguments, words, acts) == isNamed, "\(kind) \(id) of \(records), \(said)")
            }
        }
    }

    @Test("A longer name that the principal said is not a shorter one within it")
    func longestName() throws {
        let acts = [
            ObservedAct(
                tool: "find_red", arguments: [:],
                answer: [["id": "1", "name": "Report.md"], ["id": "2", "name": "Old Report.md"]], isApproved: false)
        ]
        #expect(try Self.isAllowed(["red": "2"], "Use Old Report.md please", acts))
        #expect(try !Self.isAllowed(["red": "1"], "Use Old Report.md please", acts))
        #expect(try !Self.isAllowed(["red": "1"], "Use Report.md please", acts), "the other one has that name too")
        #expect(try Self.isAllowed(["red": "1"], "Use 'Report.md' please", acts), "quoted, it is the whole name")
    }

    @Test("Ids are looked at exactly: as whole numbers or as texts, on any level, and never inside another record")
    func ids() throws {
        let answer: JSONValue = [
            "page": [["rows": [["id": 12, "name": "Alpha.md", "inner": ["id": 13, "name": "Beta.md"]]]]]
        ]
        let acts = [ObservedAct(tool: "find_red", arguments: [:], answer: answer, isApproved: false)]
        let words = "Use 'Alpha.md' and 'Beta.md'."
        #expect(try Self.isAllowed(["red": 12], words, acts))
        #expect(try Self.isAllowed(["red": "12"], words, acts))
        for other in [13, "13", "012", "12.0", 1, true, ["id": 12]] as [JSONValue] {
            #expect(try !Self.isAllowed(["red": other], words, acts), "\(other)")
        }
        #expect(try Self.isAllowed(["red": .null, "green": "", "blue": []], words, acts), "nothing is no id")
    }

    @Test("What does not fit takes the trust from all records, and from nothing else")
    func bounds() throws {
        let policy = try Self.policy()
        let answer: JSONValue = [["id": "1", "name": "Alpha.md"], ["id": "2", "name": "Beta.md"]]
        let act = ObservedAct(tool: "find_red", arguments: [:], answer: answer, isApproved: false)
        func isFull(_ change: (inout RecordIndex.Bounds) -> Void) -> Bool {
            var bounds = RecordIndex.Bounds()
            change(&bounds)
            var index = RecordIndex(bounds: bounds)
            index.take(act, under: policy)
            var evidence = Evidence(words: ["Use 'Alpha.md'"])
            evidence.records = index
            var action = AssumedAction(
                tool: "act", arguments: ["red": "1"], agent: "a", principal: Principal("user:emma"),
                surroundings: DecisionSurroundings(environment: "test"), now: Desk.now)
            action.hasReadUntrusted = true
            action.evidence = evidence
            let isAllowed = policy.decideInOrder(action.facts(for: policy)).outcome == .allow
            #expect(isAllowed != index.isFull)
            return index.isFull
        }
        #expect(!isFull { _ in })
        #expect(isFull { $0.records = 1 })
        #expect(isFull { $0.bytes = 100 })
        #expect(isFull { $0.nodes = 3 })
        #expect(isFull { $0.depth = 1 })
    }

    @Test("An id that people say stands in their words, pointed at, and is no number that may be there by chance")
    func sayable() throws {
        for (id, words, isAllowed) in [
            ("INV-2031", "use INV-2031", true), ("INV-2031", "use inv-2031", false), ("INV-203", "use INV-2031", false),
            ("2031", "use it in 2031", false), ("2031", "use red 2031", true), ("203117", "use 203117", true),
            ("203117", "use A203117", false), ("general", "a general question", false),
            ("general", "use #general", true),
            ("general", "use the general red", true), ("general", "use 'general'", true), ("Dora", "ask Dora", true),
            ("Dora", "Dora asks", false), ("Bob", "ask Bob", false),
            ("GB29NWBK60161331926819", "to GB29NWBK60161331926819.", true),
        ] {
            #expect(try Self.isAllowed(["red": JSONValue(id)], words, []) == isAllowed, "\(id) in \(words)")
        }
    }
}
