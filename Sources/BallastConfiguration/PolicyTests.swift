package import BallastCore
package import BallastPolicy
import BallastRuntime

/// What became of one test of a policy.
package struct PolicyTestResult: Sendable {
    package let test: PolicyTestCase
    package let explanation: PolicyExplanation
    /// What is otherwise than expected, each in a clause; empty when the test holds.
    package let differences: [String]
    package var holds: Bool { differences.isEmpty }
}

extension Configuration {
    /// Reads the tests that stand beside the policies. Throws all that is wrong with them.
    package func policyTests(in source: ConfigurationSource) throws(ConfigurationError) -> [PolicyTestSuite] {
        let list = DiagnosticList()
        var suites: [PolicyTestSuite] = []
        for file in source.files.keys.sorted() where file.hasPrefix("policies/") && PolicyTestFile.isOne(file) {
            guard let text = source.files[file], let node = YAMLFile.read(text, file: file, into: list),
                let suite = PolicyTestFile(list: list).read(node, file: file)
            else { continue }
            if agents[suite.agent] == nil, !suite.agent.isEmpty {
                list.add(
                    node["agent"]?.position ?? node.position, "there is no agent `\(suite.agent)`",
                    NearestWord.of(suite.agent, among: agents.keys).map { "did you mean `\($0)`?" }
                        ?? "name one of \(agents.keys.sorted().joined(separator: ", "))")
            }
            suites.append(suite)
        }
        guard !list.hasErrors else { throw ConfigurationError(list.diagnostics) }
        return suites
    }

    /// Decides what the test describes.
    ///
    /// - Parameter now: The moment of tests that name none.
    package func run(_ test: PolicyTestCase, of suite: PolicyTestSuite, now: Timestamp) -> PolicyTestResult {
        let given = test.given
        let principal = given.principal ?? Principal("principal:test")
        var action = AssumedAction(
            tool: test.tool, arguments: test.arguments, agent: suite.agent, principal: principal,
            surroundings: DecisionSurroundings(
                attributes: given.attributes ?? people.attributes(of: principal),
                roles: given.roles ?? people.groups(of: principal),
                environment: given.environment ?? server.environment), now: given.at ?? now)
        action.labels = given.labels
        action.confidence = given.confidence
        action.hasReadUntrusted = given.hasReadUntrusted ?? false
        action.mostConfidentialRead = given.mostConfidentialRead ?? .tenant
        action.evidence = given.evidence
        action.acts = given.acts
        action.contracts =
            agents[suite.agent]?.definition.ownContract.map { [$0] } ?? []
        if let contract = given.contract { action.contracts.append(StatedContract(contract, .principal)) }
        action.isRepeat = given.isRepeat ?? false
        action.answers = given.answers
        let policy = agents[suite.agent]?.policy ?? .empty
        let explanation = policy.explain(action.facts(for: policy))
        return PolicyTestResult(
            test: test, explanation: explanation,
            differences: test.expected.differences(from: explanation.decision))
    }
}

extension PolicyTestExpectation {
    fileprivate func differences(from decision: PolicyDecision) -> [String] {
        var found: [String] = []
        if decision.outcome != outcome { found.append("the outcome is \(decision.outcome.name), not \(outcome.name)") }
        if let code, decision.code.rawValue != code {
            found.append("the code is \(decision.code.rawValue), not \(code)")
        }
        if let rule, !decision.reasons.contains(where: { $0.rule == rule }) {
            let spoke = decision.reasons.map(\.rule).joined(separator: ", ")
            found.append("the rule \(rule) says nothing; what speaks is \(spoke)")
        }
        if let asks, decision.approval?.group != asks {
            found.append(
                "it asks \(decision.approval.map { $0.group ?? "any reviewer" } ?? "no reviewer"), not \(asks)")
        }
        if let wouldBeAllowed, !decision.wouldBeAllowed.contains(wouldBeAllowed) {
            found.append(
                "what would be allowed is said as \"\(decision.wouldBeAllowed)\", without \"\(wouldBeAllowed)\"")
        }
        return found
    }
}
