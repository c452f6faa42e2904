import BallastConfiguration
import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("How failures end is configured")
struct FailureRulesTests {
    private func policy(_ text: String) throws -> Policy {
        try #require(try PolicyReading.file("policies/p.yaml", text).policies.first?.policy)
    }

    @Test("retries and equivalents of a tool, in its statements")
    func tools() throws {
        let policy = try policy(
            """
            classes: { safe: [look, mirror, archive] }
            tools:
              look:
                retry: { attempts: 5, backoff: 100ms }
                fallback: [mirror, { tool: archive, with: { id: $arguments.order_id, deep: true } }]
            """)
        let rules = policy.rules(for: "look")
        #expect(rules.retry == RetryRule(attempts: 5, backoff: 100))
        let order = try #require(FieldPath("order_id"))
        #expect(
            rules.fallbacks == [
                Fallback(tool: "mirror"),
                Fallback(
                    tool: "archive",
                    with: [
                        BoundArgument(name: "id", source: .argument(order)),
                        BoundArgument(name: "deep", source: .literal(true)),
                    ]),
            ])
    }

    @Test(
        "an equivalent that could never run, or would do more than read, does not load",
        arguments: [
            ("look", "is named to take its own place"), ("mirorr", "Did you mean `mirror`"),
            ("send", "only reads, and `send`, which takes its place, is risky"),
        ])
    func wrongFallback(name: String, complaint: String) {
        let text = """
            classes: { safe: [look, mirror], risky: [send] }
            tools:
              look: { fallback: \(name) }
            """
        #expect {
            _ = try policy(text)
        } throws: { error in
            (error as? ConfigurationError)?.diagnostics.contains { $0.description.contains(complaint) } == true
        }
    }

    @Test("how many recipients one action has, and a run together")
    func numbers() throws {
        let policy = try policy(
            """
            classes: { risky: [send] }
            tools:
              send:
                limits:
                  - { number_of: to, at_most: 5, per: action }
                  - { number_of: to, at_most: 50, per: run, beyond: ask }
            """)
        let to = try #require(FieldPath("to"))
        #expect(
            policy.rules(for: "send").limits == [
                LimitRule(measure: .elements(to), cap: .fixed(.integer(5)), per: .action, every: .total),
                LimitRule(measure: .elements(to), cap: .fixed(.integer(50)), per: .run, every: .total, asks: true),
            ])
    }

    @Test("limits that ask, of a tool and of a class, beside the standard that denies")
    func asking() throws {
        let policy = try policy(
            """
            classes: { risky: [send] }
            limits:
              - { class: risky, count: at_most 20, per: agent, every: hour, beyond: ask }
            tools:
              send: { limits: [{ count: at_most 5, per: run, beyond: ask }, { count: at_most 9, per: run, beyond: deny }] }
            """)
        #expect(policy.rules(for: "send").limits.map(\.asks) == [true, false])
        #expect(policy.limits.map(\.rule.asks).count { $0 } == 1)
        #expect(policy.limits.count == 3)
    }

    @Test("limits of classes, with the standard of those that are not named; the lowest of one counter holds")
    func limits() throws {
        let policy = try policy(
            """
            classes: { risky: [send], dangerous: [pay] }
            limits:
              - { class: risky, count: at_most 30, per: tenant, every: hour }
              - { class: risky, count: at_most 20, per: tenant, every: hour }
              - { count: at_most 500, every: day }
            """)
        #expect(
            Set(policy.limits.map(\.words)) == [
                "at most 20 times per tenant and hour (all risky tools together)",
                "at most 10 times per principal and hour (all dangerous tools together)",
                "at most 500 times per principal and day (all tools together)",
            ])
        let free = try self.policy("classes: { risky: [send] }\nlimits: [{ class: dangerous, count: unlimited }]\n")
        #expect(free.limits.contains { $0.isUnlimited && $0.toolClass == .dangerous })
        #expect(free.hash != (try self.policy("classes: { risky: [send] }\n")).hash)
    }

    @Test("a limit of a class counts, and for nobody's argument")
    func wrongLimits() {
        for text in ["{ class: risky, sum: amount }", "{ class: rusky, count: at_most 3 }", "{ count: 5 }"] {
            #expect(throws: ConfigurationError.self) {
                _ = try policy("classes: { risky: [send] }\nlimits: [\(text)]\n")
            }
        }
        #expect(throws: ConfigurationError.self) {
            _ = try policy("classes: { risky: [send] }\nlimits: [{ count: at_most 5, per: order_id }]\n")
        }
    }

    @Test("bounds of a task in the agent's budget, breakers and the retries of a model in ballast.yaml")
    func server() throws {
        let configuration = try Files.load([
            "ballast.yaml": """
            breakers: { failures: 3, window: 2m, cool_down: 5s }
            models:
              small: { api: openai, base_url: "http://127.0.0.1:1/v1", model: m, retry: { attempts: 2 } }
            """,
            "agents/support.yaml": "model: small\nbudget: { steps: 9, failures: 4, stale_steps: 6, effects: 2 }\n",
            "agents/outside.yaml":
                "gateway: true\nmodel: small\npolicy: support\nescalation: [{ to: leads, within: 30m }]\n",
        ])
        #expect(configuration.server.breaker.failures == 3)
        #expect(configuration.server.breaker.coolDown == 5_000)
        #expect(configuration.models["small"]?.retry == RetryRule(attempts: 2))
        let bounds = configuration.agents["support"]?.definition.bounds
        #expect(bounds?.failures == 4)
        #expect(bounds?.staleSteps == 6)
        #expect(bounds?.effects == 2)
        #expect(configuration.agents["outside"]?.definition.bounds == .gateway)
    }
}
