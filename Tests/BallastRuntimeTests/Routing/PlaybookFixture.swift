import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

/// A playbook that refunds an order, and a run through it.
enum Flow {
    static func text(_ source: String) throws -> PlaybookTemplate { try PlaybookTemplate(source) }
    static func reference(_ text: String) throws -> PlaybookReference { try #require(PlaybookReference(text)) }
    static func test(_ name: String, _ test: ValueTest) throws -> PlaybookCondition {
        PlaybookCondition(reference: try reference(name), test: test)
    }
    static func say(_ source: String) throws -> PlaybookStep { PlaybookStep(.say(try text(source))) }

    static func call(
        _ tool: String, _ arguments: [(String, String)], as name: String, onFailure: [PlaybookStep] = []
    ) throws -> PlaybookStep {
        let bound = try arguments.map { PlaybookArgument(name: $0.0, value: .reference(try reference($0.1))) }
        return PlaybookStep(.call(tool: tool, with: bound, name: name, onFailure: onFailure))
    }

    static func refund(onFailure: [PlaybookStep] = []) throws -> Playbook {
        Playbook(
            name: "refund", triggers: [try TriggerPattern("refund {amount:money} for order {order_id:id(O-#)}")],
            steps: [
                try call("lookup_order", [("order_id", "order_id")], as: "order"),
                PlaybookStep(
                    .branch(
                        conditions: [try test("order.status", .equals("refunded"))],
                        then: [PlaybookStep(.end(.succeeded, say: try text("Order {order_id} is refunded already.")))],
                        otherwise: [])),
                PlaybookStep(.confirm(try text("Refund {amount} for order {order_id}?"), otherwise: [])),
                try call("issue_refund", [("order_id", "order_id"), ("amount", "amount")], as: "refund"),
                try say("Done: {amount} of {order.total_cents:USD}."),
            ], onFailure: onFailure)
    }

    static func playbook(_ steps: [PlaybookStep], onFailure: [PlaybookStep] = []) throws -> Playbook {
        Playbook(name: "test", triggers: [try TriggerPattern("go {note:text}")], steps: steps, onFailure: onFailure)
    }
}

/// Drives a playbook as the runtime does, and stores its cursor as the journal does.
struct Performance {
    let playbook: Playbook
    var slots: JSONObject
    var path = PlaybookCursor.start.path
    var results: [String: PlaybookStepResult] = [:]

    init(_ playbook: Playbook, slots: JSONObject = [:]) {
        self.playbook = playbook
        self.slots = slots
    }

    mutating func next(_ answer: String? = nil) -> PlaybookMove {
        var cursor = PlaybookCursor(path)
        let move = PlaybookInterpreter.next(
            playbook, cursor: &cursor, slots: &slots, results: results, answer: answer,
            attributes: ["customer_id": "C-7"])
        path = cursor.path
        return move
    }
}
