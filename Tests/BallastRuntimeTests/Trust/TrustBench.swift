import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

/// A worker that sends letters; the policy would let it send them alone, and its autonomy says how far it may.
enum TrustBench {
    static let day: Int64 = 86_400_000
    static let rise = RiseTerms(reviewed: 30, errorsAtMost: 1_000, cleanFor: 7 * day, agreedBy: "leads")

    static func workshop(
        _ books: Books, _ rule: AutonomyRule? = AutonomyRule(start: .draft, atMost: .allow, rise: rise)
    ) throws -> Workshop {
        var workshop = Workshop()
        var rules = ToolRules()
        rules.undo = UndoBench.undo(with: "recall", .result(try #require(FieldPath("id"))))
        rules.autonomy = rule
        workshop.tool("send", .risky, rules: rules) { invocation in
            let name = (try? JSONReader.read(invocation.arguments))?["id"]?.string ?? ""
            books.make(name)
            return .result(ToolResult(content: "{\"id\":\"\(name)\"}"))
        }
        workshop.tool("recall", .risky) { invocation in
            let name = (try? JSONReader.read(invocation.arguments))?["id"]?.string ?? ""
            return .result(ToolResult(content: "{\"gone\":\(books.undo(name))}"))
        }
        workshop.agent.tools.removeAll { $0 == "recall" }
        workshop.policyRules = UndoBench.alone(["send", "recall"])
        workshop.model("main") { request in
            let words = request.messages.flatMap(\.parts).compactMap { part in
                if case .text(let text) = part { text } else { nil }
            }
            guard !request.messages.contains(where: { $0.role == .tool }) else { return .says("Sent.") }
            return .calls([("send", "{\"id\":\"\(words.last ?? "")\"}")])
        }
        return workshop
    }
}

extension Stage {
    var lea: Principal { Principal("lead:lea") }

    func trust(_ tool: String = "send") throws -> TrustReport {
        let scope = scope
        return try perform { try await $0.trust(in: tool, of: "worker", scope: scope) }
    }

    @discardableResult
    func raise(by person: Principal? = nil) throws -> TrustReport {
        let (scope, person) = (scope, person ?? lea)
        return try perform {
            try await $0.raiseTrust(in: "send", of: "worker", by: person, reason: "looked at it", scope: scope)
        }
    }

    @discardableResult
    func lower(to level: AutonomyLevel) throws -> TrustReport {
        let (scope, lea) = (scope, lea)
        return try perform {
            try await $0.lowerTrust(
                in: "send", of: "worker", to: level, by: lea, reason: "not yet", scope: scope)
        }
    }

    /// Sends a letter; whoever is asked says yes, or answers with `decision`. Answers who was asked.
    @discardableResult
    func send(_ name: String, _ decision: PersonDecision = .approve) throws -> (run: RunID, gate: Gate?) {
        let run = try start(name)
        guard let asked = try pendingApprovals().first(where: { $0.id.run == run }) else { return (run, nil) }
        _ = try decide(asked.id, decision, by: asked.gate == .approve ? rita : ana)
        try settle(1_000)
        return (run, asked.gate)
    }
}
