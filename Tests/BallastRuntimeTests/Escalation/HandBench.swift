import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

/// A till that is open or not, and what was done at it.
final class Till: Sendable {
    private let state = Mutex((isDown: false, paid: [String](), read: [[Message]]()))

    func shut() { state.withLock { $0.isDown = true } }
    func open() { state.withLock { $0.isDown = false } }
    var paid: [String] { state.withLock { $0.paid } }
    /// What the model was asked with, each time.
    var read: [[Message]] { state.withLock { $0.read } }
    func note(_ messages: [Message]) { state.withLock { $0.read.append(messages) } }

    func pay(_ invocation: ToolInvocation) -> ToolOutcome {
        let order = (try? JSONReader.read(invocation.arguments))?["order"]?.string ?? ""
        return state.withLock { state in
            guard !state.isDown else {
                return .neverSent(ToolFailure(code: .unreachable, message: "connection refused"), isRetryable: true)
            }
            guard order != "wrong" else {
                return .result(ToolResult(content: "{\"message\":\"no such order\"}", isError: true))
            }
            state.paid.append(order)
            return .result(ToolResult(content: "{\"paid\":\"\(order)\"}"))
        }
    }
}

enum HandBench {
    static let olga = Principal("operator:olga")
    static let otto = Principal("operator:otto")

    private static let schema: JSONValue = [
        "type": "object",
        "properties": ["order": ["type": "string"], "amount": ["type": "integer", "description": "In cents."]],
        "required": ["order"], "additionalProperties": false,
    ]

    /// A worker whose model calls what it is told to, one after the other, whatever comes back.
    ///
    /// - Parameter isAlone: `pay` needs nobody; otherwise a reviewer.
    static func workshop(_ till: Till, _ calls: [(String, String)], isAlone: Bool = true) throws -> Workshop {
        var workshop = Workshop()
        var rules = ToolRules()
        rules.businessKey = [try #require(FieldPath("order"))]
        workshop.tool("pay", isAlone ? .risky : .dangerous, rules: rules, schema: schema) { till.pay($0) }
        workshop.tool("forbidden", .risky) { till.pay($0) }
        workshop.tool("look", .safe) { _ in .result(ToolResult(content: "{\"found\":true}")) }
        workshop.policyRules = UndoBench.alone(isAlone ? ["pay"] : [])
        workshop.policyRules.append(
            PolicyRule(
                id: "not-this", action: .deny, scope: RuleScope(tools: ["forbidden"]), owner: "tests",
                reason: "never"))
        workshop.model("main") { request in
            till.note(request.messages)
            // What people did in between is no reply of the model's.
            let own = request.messages.count { message in
                message.parts.contains {
                    if case .toolCall(let id, _, _) = $0 { !id.hasPrefix("hand_") } else { false }
                }
            }
            guard own < calls.count else { return .says("All done.") }
            return .calls([calls[own]])
        }
        return workshop
    }
}

extension Stage {
    func sheet(_ run: RunID) throws -> EscalationSheet {
        let scope = scope
        return try perform { try await $0.escalation(of: run, scope: scope) }
    }

    @discardableResult
    func claim(_ run: RunID, by person: Principal = HandBench.olga, takingOver: Bool = false) throws -> Principal {
        let scope = scope
        return try perform { try await $0.claim(run, by: person, takingOver: takingOver, scope: scope) }
    }

    func act(
        _ run: RunID, _ tool: String, _ arguments: JSONValue, form: UInt32? = nil,
        by person: Principal = HandBench.olga, uniqueKey: String? = nil
    ) throws -> HandOutcome {
        let scope = scope
        return try perform { runtime in
            try await runtime.act(
                WorkByHand(tool: tool, arguments: arguments, form: form), in: run, by: person, uniqueKey: uniqueKey,
                scope: scope)
        }
    }

    func handOff(_ run: RunID) throws {
        let (scope, ana) = (scope, ana)
        try perform { try await $0.handOff(run, by: ana, reason: "I want a person", scope: scope) }
        try settle(1_000)
    }

    func handBack(_ run: RunID) throws {
        let scope = scope
        try perform { try await $0.handBack(run, by: HandBench.olga, scope: scope) }
        try settle(1_000)
    }

    func finish(_ run: RunID, _ text: String) throws {
        let scope = scope
        try perform { try await $0.finish(run, as: .succeeded, text: text, by: HandBench.olga, scope: scope) }
        try settle(1_000)
    }
}
