package import BallastCore

/// A call that an outside agent wants to make.
package struct GatewayProposal: Sendable {
    /// The name in the catalog.
    package let tool: String
    /// As they were received; the guard judges their canonical form.
    package let arguments: [UInt8]
    /// Whoever is behind the caller can be asked over the same connection now.
    package let canConfirm: Bool
    /// Takes what the tool asks of a person while it works; nil when nobody can be asked.
    package let canAsk: Bool

    package init(tool: String, arguments: [UInt8], canConfirm: Bool = false, canAsk: Bool = false) {
        self.tool = tool
        self.arguments = arguments
        self.canConfirm = canConfirm
        self.canAsk = canAsk
    }
}

/// What an outside agent is told of its call, in order; nothing follows `ended`.
package enum GatewayTurn: Sendable {
    case progress(ToolProgress)
    /// People must decide before it is done.
    case approval(GatewayApproval)
    /// The tool asks the person behind the agent; `GatewayCall.answer` takes the reply under the same number.
    case question(Int, ToolQuestion)
    case ended(GatewayEnd)
}

/// A decision that is waited for.
package struct GatewayApproval: Sendable {
    package let id: ApprovalID
    package let gate: Gate
    package let group: String?
    package let expiresAt: Timestamp
    /// The review document: what everybody who is asked is shown.
    package let review: JSONValue
}

/// How a call ended for its caller.
package enum GatewayEnd: Sendable {
    /// The tool answered, also when it answered that it failed.
    case result(ToolResult)
    /// It was not done, or nobody knows: the refusal document, with its code and what would be allowed.
    case refused(JSONValue)
}

/// Takes what a caller is told, on whatever thread it comes about. It returns at once.
package typealias GatewayListener = @Sendable (GatewayTurn) -> Void

/// One caller's place at a call: several callers may wait for the same one.
package final class GatewayCall: Sendable {
    private let room: GatewayRoom
    private let callID: String
    private let place: UInt64

    init(room: GatewayRoom, callID: String, place: UInt64) {
        self.room = room
        self.callID = callID
        self.place = place
    }

    /// The person's reply to a question of the tool; the first one counts.
    package func answer(_ question: Int, _ reply: ToolReply) { room.answer(question, reply) }

    /// This caller waits no longer. What has an effect goes on, and its result is kept for whoever asks again.
    ///
    /// - Parameter cancelling: the caller said that it does not want the call any more: nothing is sent that was not,
    ///   and a call that changes nothing is ended.
    package func leave(cancelling: Bool) { room.leave(callID, place: place, cancelling: cancelling) }
}

/// A call whose turns come one after the other; a listener that falls behind loses the oldest.
package struct FollowedCall: Sendable {
    package let turns: AsyncStream<GatewayTurn>
    let continuation: AsyncStream<GatewayTurn>.Continuation
    let call: GatewayCall

    package func answer(_ question: Int, _ reply: ToolReply) { call.answer(question, reply) }

    package func leave(cancelling: Bool) {
        call.leave(cancelling: cancelling)
        continuation.finish()
    }
}
