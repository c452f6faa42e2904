import BallastConfiguration
import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("A policy is read from one file or several")
struct PolicyFileTests {
    @Test("a version is the content: comments and order change nothing, words do")
    func versions() throws {
        let base = try Files.load()
        let policy = """
            # A comment.
            rules:
              - when: { tool: issue_refund }
                require: { approve: leads }
                id: by-leads
            tools:
              issue_refund:
                undo: { with: { refund_id: $result.refund_id }, tool: void_refund }
                money: { amount: USD }
            classes:
              dangerous: [void_refund, issue_refund]
              safe: [find_refund, lookup_order]
            """
        let same = try Files.load(["policies/support.yaml": policy])
        #expect(same.agents["support"]?.policy.hash == base.agents["support"]?.policy.hash)
        #expect(base.agents["support"]?.policy.hash.count == 16)
        let other = try Files.load(["policies/support.yaml": policy + "\n  risky: [send_email]\n"])
        #expect(other.agents["support"]?.policy.hash != base.agents["support"]?.policy.hash)
        let words = "instructions: { file: prompt.md }\nplaybooks: [refund]\n"
        let changed = try #require(try Files.load(["agents/support.yaml": words]).agents["support"])
        #expect(changed.definition.instructions == "Be kind.")
        #expect(changed.reference.version.count == 16)
        #expect(changed.reference.version != base.agents["support"]?.reference.version)
    }

    @Test("several policies of one agent are one: the strictest class holds, rules add up")
    func merging() throws {
        let agent = """
            model: small
            tools: [lookup_order, issue_refund]
            policy: [support, strict]
            escalation: [{ to: leads, within: 30m }]
            """
        let strict = """
            classes: { risky: [lookup_order] }
            rules:
              - { id: no-refunds, deny: issue_refund }
            """
        let files: [String: String] = ["agents/support.yaml": agent, "policies/strict.yaml": strict]
        let policy = try #require(try Files.load(files).agents["support"]?.policy)
        #expect(policy.toolClass(of: "lookup_order") == .risky)
        #expect(policy.rules.map(\.id) == ["by-leads", "no-refunds"])
        let clash = "tools: { issue_refund: { repeat: naturally } }\nrules:\n  - { id: by-leads, deny: issue_refund }\n"
        let complaints = Files.complaints(["agents/support.yaml": agent, "policies/strict.yaml": clash])
        #expect(
            complaints == [
                "policies/strict.yaml:1:10: `issue_refund` is stated here and in policies/support.yaml:5:3 "
                    + "for the same agent. Two statements of one tool could contradict each other. "
                    + "Keep them in one file.",
                "policies/strict.yaml:3:7: a rule `by-leads` stands in policies/support.yaml:9:5 already. "
                    + "Reasons and records name rules by their id. Give each rule an id of its own.",
            ])
    }

    @Test("every statement and rule of the language is read")
    func policyLanguage() throws {
        let text = """
            classes: { safe: [lookup_order, find_refund], risky: [send_email], dangerous: [issue_refund, void_refund] }
            tools:
              issue_refund:
                money: { amount: { currency: EUR, form: decimal_string, currency_field: currency, min: -5.00 EUR } }
                repeat: by_key for 24h
                verify:
                  tool: find_refund
                  with: { key: $idempotency_key, order: $arguments.order_id, deep: 1 }
                  lands_within: 2s
                  happened_when: { found: true }
                undo: { tool: void_refund, with: { refund_id: $result.refund_id } }
                entitled: { order_id: lookup_order(order_id).customer_id = principal.customer_id }
                business_key: [order_id, amount]
                timeout: 5s
                limits:
                  - { each: lookup_order(order_id).open, at_most: 3 }
                  - { sum: amount, at_most: 10.00 EUR, per: tenant, every: 24h }
                  - { count: at_most 2, per: order_id }
                scope: order_id
                dry_run: { with: { dry_run: true }, count: matched, at_most: 9 }
                sequential: true
                trusted: [refund_id]
            rules:
              - id: all
                require: { approve: anybody, quorum: 2, within: 1h }
                when:
                  tool: [issue_refund]
                  class: dangerous
                  agent: support
                  principal: { prefix: "customer:" }
                  principal.customer_id: { exists: true }
                  role: { not_in: [leads] }
                  tenant: default
                  environment: [production, test]
                  confidence: { below: high }
                  untrusted_read: true
                  order_id.label: untrusted
                  order_id: { prefix: O-, suffix: "1", not_equals: O-9 }
                  argument.tool: hammer
                  note: { not_equals: $principal.name }
              - { id: mail, require: confirm, when: { tool: send_email, to: { domain_in: ["*.example.com"] } } }
            """
        let policy = try #require(try Files.load(["policies/support.yaml": text]).agents["support"]?.policy)
        let stated = policy.rules(for: "issue_refund")
        #expect(stated.money.first?.form == .decimalString)
        #expect(stated.money.first?.range.lowerBound == -500)
        #expect(stated.repeatability == .byKey(milliseconds: 86_400_000))
        #expect(stated.verification?.with.count == 3)
        #expect(stated.verification?.landsWithin == 2000)
        #expect(stated.undo?.tool == "void_refund")
        #expect(
            stated.entitlements.map(\.description) == ["lookup_order(order_id).customer_id = principal.customer_id"])
        #expect(stated.limits.map(\.name) == ["sum.amount/tenant/24h", "count/order_id/total"])
        #expect(stated.magnitudes.count == 1)
        #expect(stated.dryRun?.atMost == 9)
        #expect(stated.isSequential)
        #expect(policy.asksForConfidence(of: "issue_refund"))
        let rule = try #require(policy.rules.first)
        #expect(rule.conditions.count == 13)
        #expect(rule.scope.classes == [.dangerous])
        #expect(rule.action == .requireApproval(ApprovalRequirement(quorum: 2, within: 3_600_000)))
    }

    @Test("an invariant is read with its conditions, named after its file unless it has a name, and changes the hash")
    func never() throws {
        let base = """
            classes: { risky: [send_email], dangerous: [issue_refund] }
            tools: { issue_refund: { money: { amount: USD } } }

            """
        let never = """
            never:
              - { tool: issue_refund, when: { amount: { above: 5.00 USD } }, outcome: [allow, confirm], reason: too much }
              - { id: mail, class: risky, agent: support, outcome: allow }
            """
        let (read, warnings) = try PolicyReading.file("policies/desk.yaml", base + never)
        let policy = try #require(read.first?.policy)
        #expect(warnings == [])
        #expect(policy.invariants.map(\.id) == ["desk-never-1", "mail"])
        #expect(policy.invariants[0].words == "issue_refund is never allow or confirm where amount is above 5.00 USD")
        #expect(policy.invariants[1].words == "a risky tool by support is never allow")
        let (without, _) = try PolicyReading.file("policies/desk.yaml", base)
        #expect(without.first?.policy.hash != policy.hash)
    }

    @Test(
        "an invariant that says nothing, or what it cannot, is refused with its place",
        arguments: [
            ("{ tool: send_email }", "3:5: `outcome` is missing in an invariant."),
            ("{ tool: send_email, outcome: [deny] }", "3:35: `deny` is no outcome that runs."),
            ("{ tool: send_mail, outcome: allow }", "3:5: `send_mail` stands in no class, so it never runs."),
            (
                "{ outcome: allow, when: { tool: send_email } }",
                "3:31: `tool` of an invariant stands beside `when`, not in it."
            ),
            ("{ outcome: allow, when: { n: { above: 5.00 USD } } }", "3:31: `n` of send_email is compared with money"),
            (
                "{ id: a, outcome: allow }\n  - { id: a, outcome: allow }",
                "4:7: an invariant `a` stands in this file already."
            ),
        ])
    func wrongNever(line: String, complaint: String) {
        let text = "classes: { risky: [send_email] }\nnever:\n  - \(line)\n"
        do throws(ConfigurationError) {
            _ = try PolicyReading.file("p.yaml", text)
            Issue.record("it loads")
        } catch {
            let found = error.diagnostics.map(\.description)
            #expect(found.contains { $0.hasPrefix("p.yaml:" + complaint) }, "\(found)")
        }
    }

    @Test("what may flow into a tool and out with it is read, and a source that nobody vouches for is reported")
    func flow() throws {
        let policy = """
            classes:
              dangerous: [void_refund, issue_refund]
              safe: [find_refund, lookup_order]
            tools:
              lookup_order: { trusted: [id], confidential: principal }
              issue_refund:
                undo: { with: { refund_id: $result.refund_id }, tool: void_refund }
                money: { amount: USD }
                grounded: { order_id: [principal, lookup_order.id], amount: principal }
                destinations: { to: { domain_in: [example.com] }, copy: { equals: $principal.email } }
                untainted: [order_id, amount]
                may_carry: accounts
                personal: deny
                readers: principal
            rules:
              - { id: by-leads, require: { approve: leads }, when: { tool: issue_refund } }
            """
        let loaded = try #require(try Files.load(["policies/support.yaml": policy]).agents["support"]?.policy)
        let flow = loaded.rules(for: "issue_refund").flow
        let (order, amount, to) = (
            try #require(FieldPath("order_id")), try #require(FieldPath("amount")), try #require(FieldPath("to"))
        )
        let id = GroundSource.field(tool: "lookup_order", try #require(FieldPath("id")))
        #expect(flow.grounding(of: order)?.sources == [.principal, id])
        #expect(flow.grounding(of: amount)?.sources == [.principal])
        #expect(flow.destinations.count == 2)
        let domain = try #require(DomainPattern("example.com"))
        #expect(flow.destinations.first { $0.argument == to }?.conditions == [.argument(to, .domainIn([domain]))])
        #expect(flow.untainted == [order, amount])
        #expect(flow.forbidden == [.keys, .cards, .personal])
        #expect(flow.readers == .principal)
        #expect(loaded.rules(for: "lookup_order").flow.confidentiality == .principal)

        let careless = policy.replacing("trusted: [id], ", with: "")
        let complaints = Files.complaints(["policies/support.yaml": careless])
        #expect(
            complaints.contains { $0.contains("nobody vouches for `id` of what `lookup_order` answers") },
            "\(complaints)")
        let wrong = policy.replacing("[principal, lookup_order.id]", with: "[customer]")
            .replacing("may_carry: accounts", with: "may_carry: acounts")
        let words = Files.complaints(["policies/support.yaml": wrong])
        #expect(words.contains { $0.contains("`customer` is no source of a value") }, "\(words)")
        #expect(
            words.contains {
                $0.contains("acounts") && $0.contains("did you mean `accounts`?")
                    || $0.contains("Did you mean `accounts`?")
            }, "\(words)")
    }
}
