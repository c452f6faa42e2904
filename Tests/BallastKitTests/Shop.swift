import BallastKit
import Foundation
import Synchronization

/// A small shop: one tool that pays, one agent that may only propose it, finance who decides.
struct Shop: Sendable {
    struct Refund: Codable, Hashable {
        var orderID: String
        var amount: Int

        enum CodingKeys: String, CodingKey {
            case orderID = "order_id"
            case amount
        }
    }

    /// What the tool was asked, in order.
    let calls = Mutexed<[(refund: Refund, call: ToolCall)]>([])
    var answer: @Sendable (Refund, ToolCall) async throws -> ToolAnswer = { refund, _ in
        .result(["refund_id": JSONValue("R-\(refund.orderID)")])
    }
    var description = "Pays money back for an order."

    static let schema: JSONValue = [
        "type": "object", "additionalProperties": false, "required": ["order_id", "amount"],
        "properties": ["order_id": ["type": "string"], "amount": ["type": "integer", "minimum": 1]],
    ]

    var tool: NativeTool {
        let (calls, answer) = (calls, answer)
        return NativeTool("issue_refund", description, schema: Shop.schema) { (refund: Refund, call) in
            calls.change { $0.append((refund, call)) }
            return try await answer(refund, call)
        }
    }

    static var clerk: Agent {
        var clerk = Agent("clerk")
        clerk.tools = ["issue_refund"]
        clerk.escalation = [Agent.Escalation(to: "finance", within: .seconds(1800))]
        clerk.policy = """
            classes: { dangerous: [issue_refund] }
            tools:
              issue_refund: { money: { amount: USD }, repeat: never }
            rules:
              - id: refunds-by-finance
                require: { approve: finance, within: 24h }
                when: { tool: issue_refund }
            """
        clerk.playbooks = [
            Agent.Playbook(
                "refund",
                """
                triggers:
                  - "refund {amount:money(USD)} for order {order_id:id(O-#)}"
                steps:
                  - call: issue_refund
                    with: { order_id: $order_id, amount: $amount }
                    as: refund
                  - end: succeeded
                    say: I refunded {amount}; its number is {refund.refund_id}.
                """),
            Agent.Playbook(
                "order",
                """
                triggers:
                  - "where is my order"
                steps:
                  - ask: Which order do you mean?
                    slot: order_id
                  - end: succeeded
                    say: Order {order_id} is on its way.
                """),
        ]
        return clerk
    }

    static var configuration: AgentConfiguration {
        .agents(
            [clerk], principals: ["customer:ana": ["customer_id": "C-7"]],
            groups: ["finance": ["reviewer:fatima", "reviewer:tomas"]])
    }

    /// A host over a SQLite file that is removed with its folder, and closed before that.
    func open<Answer>(_ body: (AgentHost) async throws -> Answer) async throws -> Answer {
        try await Shop.withStore { store in
            let host = try await AgentHost.open(Shop.configuration, tools: [tool], store: store)
            return try await closing(host, body)
        }
    }

    /// Closes the host whatever happens, so that its store is free again.
    func closing<Answer>(_ host: AgentHost, _ body: (AgentHost) async throws -> Answer) async throws -> Answer {
        do {
            let answer = try await body(host)
            await host.close()
            return answer
        } catch {
            await host.close()
            throw error
        }
    }

    static func withStore<Answer>(_ body: (AgentHost.Store) async throws -> Answer) async throws -> Answer {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ballast-kit-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(.sqlite(folder.appending(path: "data/ballast.db").path))
    }
}

/// A value that several tasks change.
final class Mutexed<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }
    var value: Value { mutex.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) {
        mutex.withLock { value in
            var copy = value
            body(&copy)
            value = copy
        }
    }
}

extension AgentHost {
    func refund(_ order: String = "O-1001") async throws -> AgentRun {
        try await start("clerk", "refund $20 for order \(order)", as: "customer:ana")
    }
}
