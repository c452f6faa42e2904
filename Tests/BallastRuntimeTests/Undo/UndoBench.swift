import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

/// Outside books: what was made, and what of it was taken back, in order.
final class Books: Sendable {
    private let state = Mutex((made: [String](), undone: [String](), refused: Set<String>(), lost: Set<String>()))

    func make(_ key: String) { state.withLock { $0.made.append(key) } }
    /// false when it may not be taken back now.
    func undo(_ key: String) -> Bool {
        state.withLock { state in
            guard !state.refused.contains(key) else { return false }
            state.undone.append(key)
            return true
        }
    }
    /// The answer to its undo is lost, once.
    func losesAnswer(_ key: String) -> Bool { state.withLock { $0.lost.remove(key) != nil } }
    func refuse(_ keys: String...) { state.withLock { $0.refused = Set(keys) } }
    func lose(_ key: String) { state.withLock { _ = $0.lost.insert(key) } }
    var made: [String] { state.withLock { $0.made } }
    var undone: [String] { state.withLock { $0.undone } }
}

enum UndoBench {
    private static let idSchema: JSONValue = [
        "type": "object", "properties": ["id": ["type": "string"]], "required": ["id"], "additionalProperties": false,
    ]

    static func undo(with tool: String = "unmake", _ source: ValueSource) -> Undo {
        Undo(tool: tool, with: [BoundArgument(name: "id", source: source)])
    }

    /// A worker that makes things, which `unmake` takes back by the id that making them answered; nothing takes a mail
    /// back. What may be done runs alone.
    ///
    /// - Parameter calls: What the model calls one after the other: tool and the name of the thing.
    static func workshop(
        _ books: Books, _ calls: [(String, String)], undoClass: ToolClass = .risky, isAlone: Bool = true
    ) throws -> Workshop {
        var workshop = Workshop()
        var make = ToolRules()
        make.undo = undo(.result(try #require(FieldPath("id"))))
        let body: @Sendable (ToolInvocation) async -> ToolOutcome = { invocation in
            let name = (try? JSONReader.read(invocation.arguments))?["name"]?.string ?? ""
            books.make(name)
            return .result(ToolResult(content: "{\"id\":\"\(name)\"}"))
        }
        workshop.tool("make", .risky, rules: make, body: body)
        workshop.tool("mail", .risky, body: body)
        workshop.tool("look", .safe) { _ in .result(ToolResult(content: "{}")) }
        workshop.tool("unmake", undoClass, schema: idSchema) { invocation in
            let id = (try? JSONReader.read(invocation.arguments))?["id"]?.string ?? ""
            guard books.undo(id) else {
                return .result(ToolResult(content: "{\"message\":\"\(id) is locked\"}", isError: true))
            }
            if books.losesAnswer(id) { return .unknown(ToolFailure(code: .timeout, message: "no answer")) }
            return .result(ToolResult(content: "{\"gone\":true}"))
        }
        // Only what takes back may call it.
        workshop.agent.tools.removeAll { $0 == "unmake" }
        workshop.policyRules = alone(["make", "mail"] + (isAlone && undoClass == .risky ? ["unmake"] : []))
        workshop.model("main") { request in
            let done = request.messages.count { $0.role == .tool }
            guard done < calls.count else { return .says("All done.") }
            let name = calls[done].0 == "ask_user" ? "question" : "name"
            return .calls([(calls[done].0, "{\"\(name)\":\"\(calls[done].1)\"}")])
        }
        return workshop
    }

    /// What lets these run without anybody.
    static func alone(_ tools: [String]) -> [PolicyRule] {
        tools.map { tool in
            PolicyRule(
                id: "\(tool)-alone", action: .relax(to: .allow), scope: RuleScope(tools: [tool]), owner: "tests",
                reason: "what follows is what is tested", expires: .distantFuture)
        }
    }

    static func things(_ names: String...) -> [(String, String)] { names.map { ("make", $0) } }
}

extension Stage {
    var olga: Principal { Principal("operator:olga") }

    /// Takes back what a run did, as far as that goes at once.
    @discardableResult
    func rollBack(_ run: RunID, by person: Principal? = nil) throws -> RollbackReport {
        let (scope, person) = (scope, person ?? olga)
        _ = try perform { try await $0.rollBack(run, by: person, reason: "a mistake", scope: scope) }
        try settle(1_000)
        return try rollback(of: run)
    }

    func rollback(of run: RunID, rehearsing: Bool = false) throws -> RollbackReport {
        let (scope, olga) = (scope, olga)
        return try perform {
            try await $0.rollbackReport(of: run, rehearsing: rehearsing, by: olga, scope: scope)
        }
    }

    func ledger(_ run: RunID) -> [EffectState] {
        store.effects().filter { $0.id.run == run }.sorted { $0.id < $1.id }.map(\.state)
    }

    /// What the principal is told at the end.
    func words(_ run: RunID?) throws -> String {
        try text(state(try #require(run)).outcome?.text)
    }
}
