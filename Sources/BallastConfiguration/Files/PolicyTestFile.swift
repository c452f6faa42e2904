package import BallastCore
import BallastPolicy

/// The tests of one agent's policy, as `policies/NAME.test.yaml` has them.
package struct PolicyTestSuite: Sendable {
    package let file: String
    package let agent: String
    package let cases: [PolicyTestCase]
}

/// One sentence about a policy: an action, and what is decided about it.
package struct PolicyTestCase: Sendable {
    package let sentence: String
    package let position: SourcePosition
    /// Attributes, groups and environment are the configuration's, unless the case says otherwise.
    let given: PolicyTestGiven
    let tool: String
    let arguments: JSONValue
    package let expected: PolicyTestExpectation
}

/// What a test says must come out; nil where it does not matter.
package struct PolicyTestExpectation: Sendable, Hashable {
    package var outcome: Outcome
    package var code: String?
    package var rule: String?
    /// The group whose approval is asked for.
    package var asks: String?
    /// Occurs in the sentence that says what would be allowed.
    package var wouldBeAllowed: String?
}

/// The facts that a case or the defaults of a file give.
struct PolicyTestGiven: Sendable {
    var principal: Principal?
    var attributes: [String: String]?
    var roles: [String]?
    var labels: [String: Label] = [:]
    var confidence: ConfidenceBand?
    var hasReadUntrusted: Bool?
    var mostConfidentialRead: Label.Confidentiality?
    var evidence = Evidence()
    var acts: [ObservedAct] = []
    var contract: TaskContract?
    var isRepeat: Bool?
    var environment: String?
    var at: Timestamp?
    var answers: [AssumedAction.Answer] = []
}

/// Reads one file of tests.
struct PolicyTestFile {
    let list: DiagnosticList

    /// Files of tests stand beside the policies and are none.
    static func isOne(_ file: String) -> Bool { file.hasSuffix(".test.yaml") || file.hasSuffix(".test.yml") }

    func read(_ node: YAMLNode, file name: String) -> PolicyTestSuite? {
        guard let file = MappingReader(node, .policyTest, list) else { return nil }
        let agent = list.name(file.required("agent", "support"), "`agent`") ?? ""
        var defaults = PolicyTestGiven()
        if let node = file["defaults"], let reader = MappingReader(node, .policyTestDefaults, list) {
            defaults = given(reader, over: PolicyTestGiven())
        }
        let cases = list.elements(file.required("cases", "[…]"), "`cases`", "case: …").compactMap {
            read(case: $0, defaults)
        }
        return PolicyTestSuite(file: name, agent: agent, cases: cases)
    }

    private func read(case node: YAMLNode, _ defaults: PolicyTestGiven) -> PolicyTestCase? {
        guard let reader = MappingReader(node, .policyTestCase, list),
            let sentence = list.text(reader.required("case", "A small refund asks finance"), "`case`"),
            let tool = list.text(reader.required("tool", "issue_refund"), "`tool`"),
            let expect = reader.required("expect", "{ outcome: approve }"), let expected = expectation(expect)
        else { return nil }
        let arguments = reader["arguments"]?.json ?? [:]
        if arguments.object == nil {
            list.add(
                reader.position(of: "arguments"), "`arguments` is a mapping", "write `{ order_id: O-1001 }`")
        }
        return PolicyTestCase(
            sentence: sentence, position: node.position, given: given(reader, over: defaults), tool: tool,
            arguments: arguments, expected: expected)
    }

    private func expectation(_ node: YAMLNode) -> PolicyTestExpectation? {
        guard let reader = MappingReader(node, .policyTestExpect, list),
            let word = list.word(
                reader.required("outcome", "approve"), "outcome", of: Outcome.allCases.map(\.name)),
            let outcome = Outcome.allCases.first(where: { $0.name == word })
        else { return nil }
        return PolicyTestExpectation(
            outcome: outcome,
            code: list.word(reader["code"], "code", of: DecisionCode.allCases.map(\.rawValue)),
            rule: list.text(reader["rule"], "`rule`"), asks: list.name(reader["asks"], "`asks`"),
            wouldBeAllowed: list.text(reader["would_be_allowed"], "`would_be_allowed`"))
    }

    // MARK: Facts

    private func given(_ reader: MappingReader, over defaults: PolicyTestGiven) -> PolicyTestGiven {
        var given = defaults
        given.principal = list.text(reader["as"], "`as`").map { Principal($0) } ?? given.principal
        if let node = reader["attributes"] {
            let members = list.entries(node, "`attributes`", "customer_id: C-7").compactMap { entry in
                list.text(entry.value, "`\(entry.key)`").map { (entry.key, $0) }
            }
            given.attributes = Dictionary(members) { first, _ in first }
        }
        if let node = reader["roles"] { given.roles = list.names(node, "`roles`").map(\.name) }
        for entry in list.entries(reader["labels"], "`labels`", "to: [untrusted_tool]") {
            given.labels[entry.key] = label(entry.value, "`\(entry.key)`")
        }
        let bands = ConfidenceBand.allCases.map(\.name)
        given.confidence =
            list.word(reader["confidence"], "confidence", of: bands).flatMap { ConfidenceBand(name: $0) }
            ?? given.confidence
        given.hasReadUntrusted = list.bool(reader["untrusted_read"], "`untrusted_read`") ?? given.hasReadUntrusted
        let readers = Label.Confidentiality.allCases
        if let word = list.word(reader["confidential_read"], "confidentiality", of: readers.map(\.name)) {
            given.mostConfidentialRead = readers.first { $0.name == word }
        }
        given.evidence.words += list.texts(reader["said"], "`said`").compactMap(\.text)
        for element in list.elements(reader["results"], "`results`", "{ tool: lookup_order, answer: {…} }") {
            guard let result = act(element) else { continue }
            given.acts.append(result)
            guard let answer = result.answer else { continue }
            given.evidence.answers[result.tool, default: []].append(answer)
        }
        given.contract = contract(reader["contract"]) ?? given.contract
        given.isRepeat = list.bool(reader["repeat"], "`repeat`") ?? given.isRepeat
        given.environment = list.text(reader["environment"], "`environment`") ?? given.environment
        given.at = moment(reader["at"]) ?? given.at
        given.answers =
            list.elements(reader["facts"], "`facts`", "{ tool: lookup_order, answer: {…} }")
            .compactMap(answer) + given.answers
        return given
    }

    /// What the caller said that the run may do at all, and may vouch for.
    private func contract(_ node: YAMLNode?) -> TaskContract? {
        guard let node else { return nil }
        do throws(TaskContractError) {
            return try TaskContract(json: node.json)
        } catch {
            list.add(
                node.position, "the `contract` cannot be taken: \(error)",
                "write `{ tools: [{ name: issue_refund, max_count: 1 }] }`")
            return nil
        }
    }

    private func label(_ node: YAMLNode, _ what: String) -> Label {
        let words = Label.Sources.names.map(\.1)
        var sources: Label.Sources = []
        for element in list.texts(node, what) {
            guard let word = list.word(element, "label", of: words) else { continue }
            sources.formUnion(Label.Sources.names.first { $0.1 == word }?.0 ?? [])
        }
        return Label(sources)
    }

    private func moment(_ node: YAMLNode?) -> Timestamp? {
        guard let node, let text = list.text(node, "`at`") else { return nil }
        guard let moment = MomentText.timestamp(text) else {
            list.add(
                node.position, "`\(text)` is no moment",
                "write a date such as `2027-03-01`, or `2027-03-01T12:00:00Z`")
            return nil
        }
        return moment
    }

    /// What was done in the run before.
    private func act(_ node: YAMLNode) -> ObservedAct? {
        guard let reader = MappingReader(node, .policyTestResult, list),
            let tool = list.text(reader.required("tool", "lookup_order"), "`tool`"),
            let answer = reader.required("answer", "{ total_cents: 4200 }")
        else { return nil }
        return ObservedAct(
            tool: tool, arguments: reader["with"]?.json ?? [:], answer: answer.json,
            isApproved: list.bool(reader["approved"], "`approved`") ?? false)
    }

    private func answer(_ node: YAMLNode) -> AssumedAction.Answer? {
        guard let reader = MappingReader(node, .policyTestFact, list),
            let tool = list.text(reader.required("tool", "lookup_order"), "`tool`"),
            let answer = reader.required("answer", "{ total_cents: 4200 }")
        else { return nil }
        return AssumedAction.Answer(tool: tool, arguments: reader["with"]?.json, answer: answer.json)
    }
}

extension MappingKind {
    package static let policyTest = MappingKind(name: "a file of policy tests", keys: ["agent", "defaults", "cases"])
    private static let givenKeys = [
        "as", "attributes", "roles", "labels", "confidence", "untrusted_read", "confidential_read", "repeat",
        "environment", "at", "facts", "said", "results", "contract",
    ]
    package static let policyTestDefaults = MappingKind(name: "the defaults of policy tests", keys: givenKeys)
    package static let policyTestCase = MappingKind(
        name: "a policy test", keys: ["case", "tool", "arguments"] + givenKeys + ["expect"])
    package static let policyTestFact = MappingKind(name: "a fact of a policy test", keys: ["tool", "with", "answer"])
    package static let policyTestResult = MappingKind(
        name: "a result in a policy test", keys: ["tool", "with", "answer", "approved"])
    package static let policyTestExpect = MappingKind(
        name: "what a policy test expects", keys: ["outcome", "code", "rule", "asks", "would_be_allowed"])
}
