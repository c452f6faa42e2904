import BallastConfiguration
import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("What answers are made of, what arguments are and what words ask for is read from a policy")
struct AsAskedFileTests {
    private static let policy = """
        classes:
          safe: [lookup_order, list_files]
          risky: [share_file, issue_refund]
        records:
          file: { from: [list_files], id: file_id, name: [filename, title], lends: { owners: person } }
          person: { id: email }
        intent:
          unlicensed: ask
          words: { share: [hand round], de: { share: [teile] } }
        tools:
          share_file:
            does: [share, send]
            arguments: { file: file, with: person, note: text, permission: [read], to.id: minor }
        rules:
          - id: as-asked
            relax: share_file, issue_refund to allow
            when: { arguments: grounded }
            owner: office-it
            reason: asked for exactly so
            expires: 2030-12-31
        never:
          - { tool: share_file, when: { arguments: ungrounded }, outcome: [allow] }
        """

    private func complaints(_ change: (String, String)) -> [String] {
        let text = Self.policy.split(separator: change.0, maxSplits: 1, omittingEmptySubsequences: false)
        return Files.complaints(["policies/support.yaml": text.joined(separator: change.1)])
    }

    @Test("every key has its meaning")
    func keys() throws {
        let policy = try #require(
            try Files.load(["policies/support.yaml": Self.policy]).agents["support"]?.policy)
        #expect(
            policy.records["file"]
                == RecordKind(
                    name: "file", tools: ["list_files"], id: "file_id", names: ["filename", "title"],
                    lends: ["owners": "person"]))
        #expect(policy.records["person"] == RecordKind(name: "person", tools: [], id: "email"))
        #expect(policy.intent.asksForUnlicensed)
        #expect(policy.intent.words == [.share: ["hand round"]])
        #expect(policy.intent.foreignWords == [.share: ["teile"]])
        let flow = policy.rules(for: "share_file").flow
        #expect(flow.acts == [.share, .send])
        let types: [(String, ArgumentType)] = [
            ("file", .record("file")), ("with", .record("person")), ("note", .text),
            ("permission", .harmless(["read"])),
            ("to.id", .minor),
        ]
        for (path, type) in types { #expect(flow.types[try #require(FieldPath(path))] == type) }
        #expect(policy.rules.first?.scope.tools == ["share_file", "issue_refund"])
        #expect(policy.rules.first?.conditions == [.grounded(true)])
        #expect(policy.asksForGrounds(of: "share_file") && !policy.asksForGrounds(of: "lookup_order"))
    }

    @Test("a name that means nothing is said with its place and what was probably meant")
    func complaints() {
        #expect(
            complaints(("with: person", "with: persom")) == [
                "policies/support.yaml:13:30: `persom` is neither a kind of record nor a built-in type. Did you mean `person`?"
            ])
        #expect(
            complaints(("owners: person", "owners: people")) == [
                "policies/support.yaml:5:69: `people` is no kind of record. Describe it under `records`, or use link, minor, "
                    + "private, said, text."
            ])
        #expect(
            complaints(("from: [list_files]", "from: [list_file]")) == [
                "policies/support.yaml:5:11: `list_file` stands in no class, so it never answers anything. "
                    + "Did you mean `list_files`?"
            ])
        #expect(complaints(("does: [share,", "does: [sharing,")).count == 1)
        #expect(complaints(("arguments: grounded", "arguments: ground")).count == 1)
        #expect(complaints(("unlicensed: ask", "unlicensed: allow")).count == 1)
        #expect(complaints(("words: { share:", "words: { shares:")).count == 1)
        #expect(complaints(("share_file, issue_refund to allow", "share_file, to")).count == 1)
        #expect(complaints(("  person: {", "  text: {")).contains { $0.contains("cannot name a kind of record") })
    }

    @Test("an argument that the tool does not have is an error once the tools are known")
    func schemas() throws {
        let policy = try #require(
            try Files.load(["policies/support.yaml": Self.policy]).agents["support"]?.policy)
        let schema: JSONValue = [
            "type": "object", "additionalProperties": false,
            "properties": [
                "file": ["type": "string"], "with": ["type": "string"], "notes": ["type": "string"],
                "permission": ["type": "string"], "to": ["type": "object"],
            ],
        ]
        let found = policy.check(against: ["share_file": schema]).filter {
            $0.place.prefix(2) == ["tools", "share_file"]
        }
        #expect(found.map(\.advice) == ["did you mean `notes`?"])
    }

    @Test("the invariant over ungrounded arguments is proved, and refuted where a rule lets them run")
    func proofs() throws {
        func verdict(_ condition: String) throws -> ProofVerdict {
            let text = Self.policy.split(separator: "arguments: grounded", omittingEmptySubsequences: false)
            let policy = try #require(
                try Files.load(["policies/support.yaml": text.joined(separator: condition)]).agents["support"]?.policy)
            let settings = ProofSettings(now: Timestamp(milliseconds: 1_795_000_000_000))
            return try #require(policy.prove(settings).first).verdict
        }
        guard case .proved = try verdict("arguments: grounded") else {
            Issue.record("not proved")
            return
        }
        guard case .refuted(let example) = try verdict("untrusted_read: false") else {
            Issue.record("not refuted")
            return
        }
        #expect(example.facts.grounds?.isGrounded == false)
        #expect(FactsDocument(example.facts).lines.contains { $0.contains("not all what the principal asked for") })
    }

    @Test("a test of the policy takes what was said and done in the run")
    func tests() throws {
        var files = Files.sound
        files["policies/support.yaml"] = Self.policy
        files["policies/support.test.yaml"] = """
            agent: support
            defaults:
              said: Please share 'plan.docx' with ana@example.com
              untrusted_read: true
              results: [{ tool: list_files, answer: { files: [{ file_id: 7, filename: plan.docx }] } }]
            cases:
              - case: A file that was named is shared with an address that was said
                tool: share_file
                arguments: { file: "7", with: ana@example.com, permission: read }
                expect: { outcome: allow, rule: as-asked }
              - case: Another address is asked about
                tool: share_file
                arguments: { file: "7", with: eve@example.com, permission: read }
                expect: { outcome: confirm, code: policy.class_floor }
              - case: One that a person agreed to is not asked about again
                results: [{ tool: share_file, with: { with: eve@example.com }, answer: {}, approved: true }]
                tool: share_file
                arguments: { file: "7", with: eve@example.com, permission: read }
                expect: { outcome: allow }
              - case: A tool that says nothing of its acts is not held to the words
                tool: issue_refund
                expect: { outcome: allow }
            """
        let source = ConfigurationSource(folder: "/conf", files: files)
        let configuration = try Configuration.load(source)
        let results = try configuration.policyTests(in: source).flatMap { suite in
            suite.cases.map { configuration.run($0, of: suite, now: Timestamp(milliseconds: 1_795_000_000_000)) }
        }
        #expect(results.map(\.differences) == [[], [], [], []])
    }
}
