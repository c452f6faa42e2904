import BallastConfiguration
import BallastCore
import BallastPolicy
import Testing

@Suite("Tests of a policy stand beside it and are run without a server (R75)")
struct PolicyTestFileTests {
    private static let now = Timestamp(milliseconds: 1_795_000_000_000)

    private func results(_ text: String) throws -> [PolicyTestResult] {
        var files = Files.sound
        files["policies/support.test.yaml"] = text
        let source = ConfigurationSource(folder: "/conf", files: files)
        let configuration = try Configuration.load(source)
        return try configuration.policyTests(in: source).flatMap { suite in
            suite.cases.map { configuration.run($0, of: suite, now: PolicyTestFileTests.now) }
        }
    }

    private func complaints(_ text: String) -> [String] {
        do {
            _ = try results(text)
            return []
        } catch {
            return (error as? ConfigurationError)?.diagnostics.map(\.description) ?? ["\(error)"]
        }
    }

    @Test("what a case says of an action is what the policy judges")
    func holds() throws {
        let results = try results(
            """
            agent: support
            defaults: { as: customer:ana, attributes: { customer_id: C-7 } }
            cases:
              - case: A refund asks the leads
                tool: issue_refund
                arguments: { amount: 1250 }
                expect: { outcome: approve, rule: by-leads, asks: leads, would_be_allowed: approval by one of leads }
              - case: A look-up runs alone
                tool: lookup_order
                expect: { outcome: allow }
            """)
        #expect(results.map(\.differences) == [[], []])
        #expect(results.first?.explanation.facts.attributes == ["customer_id": "C-7"])
    }

    @Test("a case may come with the contract of its task")
    func contract() throws {
        let results = try results(
            """
            agent: support
            defaults:
              as: customer:ana
              contract: { tools: [{ name: issue_refund, max_count: 1 }], bounds: { amount: 20.00 USD } }
            cases:
              - case: Within the contract it asks as always
                tool: issue_refund
                arguments: { amount: 1250 }
                expect: { outcome: approve }
              - case: Beyond a bound of the contract it is denied
                tool: issue_refund
                arguments: { amount: 2001 }
                expect: { outcome: deny, code: guard.contract }
              - case: What the contract does not name is denied
                tool: void_refund
                expect: { outcome: deny, code: guard.contract }
            """)
        #expect(results.map(\.differences) == [[], [], []])
        let wrong = """
            agent: support
            cases:
              - { case: X, tool: issue_refund, contract: { tools: 7 }, expect: { outcome: deny } }
            """
        #expect(complaints(wrong).first?.contains("the `contract` cannot be taken") == true)
    }

    @Test("a case that does not hold says what came out instead")
    func differs() throws {
        let result = try #require(
            try results(
                """
                agent: support
                cases:
                  - case: A refund runs alone
                    tool: issue_refund
                    arguments: { amount: 1250 }
                    expect: { outcome: allow, code: policy.relaxed, rule: small, asks: finance }
                """
            ).first)
        #expect(
            result.differences == [
                "the outcome is approve, not allow", "the code is policy.required, not policy.relaxed",
                "the rule small says nothing; what speaks is by-leads, class:dangerous", "it asks leads, not finance",
            ])
        #expect(result.test.position.description == "policies/support.test.yaml:3:5")
    }

    @Test("a file of tests is no policy, and the configuration loads whatever is in it")
    func ignored() throws {
        var files = Files.sound
        files["policies/support.test.yaml"] = "rubbish: ["
        #expect(try Configuration.load(ConfigurationSource(folder: "/conf", files: files)).agents.count == 1)
    }

    @Test("what cannot be a test is told with its place and the nearest word")
    func wrong() {
        #expect(
            complaints("agent: suport\ncases: []").first
                == "policies/support.test.yaml:1:8: there is no agent `suport`. Did you mean `support`?")
        #expect(
            complaints("agent: support\ncases:\n  - { case: x, tool: lookup_order, expect: { outcome: alow } }").first
                == "policies/support.test.yaml:3:55: `alow` is no outcome. Did you mean `allow`?")
        #expect(
            complaints(
                "agent: support\ncases:\n  - { case: x, tool: lookup_order, at: 31.2., expect: { outcome: allow } }"
            )
            .first?.contains("`31.2.` is no moment") == true)
        let unknown = complaints(
            "agent: support\ncases:\n  - { case: x, tol: lookup_order, expect: { outcome: allow } }")
        #expect(unknown.contains { $0.hasSuffix("Did you mean `tool`?") }, "\(unknown)")
    }

    @Test("every sentence about the example's policy holds")
    func example() throws {
        let source = try ConfigurationSource(
            folder: Files.repository + "/Examples/support-desk", environment: ["BALLAST_DATA": "/var/desk"])
        let configuration = try Configuration.load(source)
        let suites = try configuration.policyTests(in: source)
        #expect(suites.map(\.agent) == ["support"])
        for suite in suites {
            for test in suite.cases {
                let result = configuration.run(test, of: suite, now: PolicyTestFileTests.now)
                #expect(result.holds, "\(test.sentence): \(result.differences)")
            }
        }
    }

    @Test("and every sentence about the policy that init writes")
    func template() throws {
        let texts = ConfigurationTemplate.files.filter { $0.path.hasSuffix(".yaml") }.map { ($0.path, $0.text) }
        let source = ConfigurationSource(folder: "/new", files: Dictionary(uniqueKeysWithValues: texts))
        let configuration = try Configuration.load(source)
        let suite = try #require(try configuration.policyTests(in: source).first)
        #expect(suite.cases.map { configuration.run($0, of: suite, now: PolicyTestFileTests.now).holds } == [true])
    }

    @Test("a policy file takes the place of the one with its name, or of the one that is named")
    func replacing() throws {
        let source = ConfigurationSource(folder: "/conf", files: Files.sound)
        #expect(throws: ConfigurationError.self) { try source.replacingPolicy(with: "/nowhere/support.yaml") }
    }
}
