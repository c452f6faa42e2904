// A native tool behind an approval: an agent declared in Swift, a refund that waits for a person, the approval given in
// code, and the journal of it all. `swift run NativeTool` plays it; no model and no network are needed.

import BallastKit

struct Refund: Decodable {
    var order: String
    /// Cents.
    var amount: Int
}

let issueRefund = NativeTool(
    "issue_refund", "Pays money back for an order.",
    schema: [
        "type": "object", "additionalProperties": false, "required": ["order", "amount"],
        "properties": ["order": ["type": "string"], "amount": ["type": "integer", "minimum": 1]],
    ]
) { (refund: Refund, call) in
    // A real shop gets the key with the request, so that a second attempt finds the first.
    print("  … the shop refunds \(refund.amount) cents for \(refund.order) under \(call.idempotencyKey)")
    return .result(["refund_id": "R-1", "amount": JSONValue(refund.amount)])
}

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
            with: { order: $order_id, amount: $amount }
            as: refund
          - end: succeeded
            say: I refunded {amount} for order {order_id}. Its number is {refund.refund_id}.
        """)
]

let host = try await AgentHost.open(
    .agents([clerk], principals: ["customer:ana": [:]], groups: ["finance": ["reviewer:fatima"]]),
    tools: [issueRefund], store: .memory)

let run = try await host.start("clerk", "refund $20 for order O-1001", as: "customer:ana")
for approval in try await run.rest().approvals {
    print(
        "\(approval.tool) \(approval.arguments.text) waits for \(approval.group ?? "a reviewer"): \(approval.reasons)")
    try await host.approve(approval.id, by: "reviewer:fatima")
}

let standing = try await run.end()
print("\(standing.status.name): \(standing.outcome?.text ?? "")")
for event in try await run.journal() { print(event) }
await host.close()
