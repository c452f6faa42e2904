/// Leave to call the model once, at a price that is charged if the call's fate is lost. It may be given while tools
/// still run, so that it rides on a commit that is needed anyway.
package struct ModelRequested: EntryPayload {
    package static let version: UInt8 = 1

    /// The configured model's name.
    package var model: String
    package var reservedTokens: Int64
    package var reservedMicrodollars: Int64

    package init(model: String, reservedTokens: Int64, reservedMicrodollars: Int64) {
        self.model = model
        self.reservedTokens = reservedTokens
        self.reservedMicrodollars = reservedMicrodollars
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(model)
        writer.signed(reservedTokens)
        writer.signed(reservedMicrodollars)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        model = try reader.text()
        reservedTokens = try reader.signed()
        reservedMicrodollars = try reader.signed()
    }
}

/// A tool call that somebody proposed, with the bytes that will be judged and sent.
package struct ProposedAction: Sendable, Hashable {
    /// The proposer's name for the call: a model's tool-call id, or a playbook's step.
    package var callID: String
    package var tool: String
    package var arguments: BodyReference
    package var label: Label

    package init(callID: String, tool: String, arguments: BodyReference, label: Label) {
        self.callID = callID
        self.tool = tool
        self.arguments = arguments
        self.label = label
    }

    func encode(into writer: inout EntryWriter) {
        writer.text(callID)
        writer.text(tool)
        writer.body(arguments)
        writer.label(label)
    }

    init(from reader: inout EntryReader) throws(EntryDecodingError) {
        callID = try reader.text()
        tool = try reader.text()
        arguments = try reader.body()
        label = try reader.label()
    }
}

/// The model answered; its tool calls are proposals, in its order.
package struct ModelReplied: EntryPayload {
    package static let version: UInt8 = 1

    /// The model that really answered.
    package var servedModel: String
    package var text: BodyReference?
    package var proposals: [ProposedAction]
    package var finish: FinishReason
    package var usage: ModelUsage
    package var microdollars: Int64
    /// Milliseconds from sending to the last byte.
    package var duration: Int64

    package init(
        servedModel: String, text: BodyReference?, proposals: [ProposedAction], finish: FinishReason, usage: ModelUsage,
        microdollars: Int64, duration: Int64
    ) {
        self.servedModel = servedModel
        self.text = text
        self.proposals = proposals
        self.finish = finish
        self.usage = usage
        self.microdollars = microdollars
        self.duration = duration
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(servedModel)
        writer.optional(text) { $0.body($1) }
        writer.list(proposals) { $1.encode(into: &$0) }
        writer.byte(finish.rawValue)
        writer.signed(usage.input)
        writer.signed(usage.output)
        writer.signed(usage.cacheRead)
        writer.signed(usage.cacheWrite)
        writer.flag(usage.isReported)
        writer.signed(microdollars)
        writer.signed(duration)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        servedModel = try reader.text()
        text = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
        proposals = try reader.list { reader throws(EntryDecodingError) in try ProposedAction(from: &reader) }
        finish = try reader.value("a finish reason")
        usage = ModelUsage(
            input: try reader.signed(), output: try reader.signed(), cacheRead: try reader.signed(),
            cacheWrite: try reader.signed(), isReported: try reader.flag())
        microdollars = try reader.signed()
        duration = try reader.signed()
    }
}

/// A model call gave no reply.
package struct ModelFailed: EntryPayload {
    package static let version: UInt8 = 1

    package var model: String
    /// The failure's code, such as `rate_limited`.
    package var code: String
    package var detail: BodyReference
    /// When the next attempt may start; nil when it may start at once (with the next model of the route).
    package var retryAt: Timestamp?
    /// This model is not asked again: the next one of the route is.
    package var skipsRoute: Bool

    package init(model: String, code: String, detail: BodyReference, retryAt: Timestamp?, skipsRoute: Bool) {
        self.skipsRoute = skipsRoute
        self.model = model
        self.code = code
        self.detail = detail
        self.retryAt = retryAt
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(model)
        writer.text(code)
        writer.body(detail)
        writer.optional(retryAt) { $0.moment($1) }
        writer.flag(skipsRoute)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        model = try reader.text()
        code = try reader.text()
        detail = try reader.body()
        retryAt = try reader.optional { reader throws(EntryDecodingError) in try reader.moment() }
        skipsRoute = try reader.flag()
    }
}

/// The last reply could not be used; `message` goes back to the model, a bounded number of times.
package struct ReplyRejected: EntryPayload {
    package static let version: UInt8 = 1

    /// Such as `reply.empty`, `reply.cut`, `reply.call_in_words`.
    package var code: String
    package var message: BodyReference

    package init(code: String, message: BodyReference) {
        self.code = code
        self.message = message
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(code)
        writer.body(message)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        code = try reader.text()
        message = try reader.body()
    }
}

/// A playbook moved: the cursor after the move, what it said, and the tool it wants called.
package struct PlaybookStepped: EntryPayload {
    package static let version: UInt8 = 1

    package var playbook: String
    /// The interpreter's place after this move.
    package var cursor: [Int]
    /// JSON of the slots filled so far.
    package var slots: BodyReference
    package var say: BodyReference?
    package var proposal: ProposedAction?

    package init(
        playbook: String, cursor: [Int], slots: BodyReference, say: BodyReference? = nil,
        proposal: ProposedAction? = nil
    ) {
        self.playbook = playbook
        self.cursor = cursor
        self.slots = slots
        self.say = say
        self.proposal = proposal
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(playbook)
        writer.list(cursor) { $0.count($1) }
        writer.body(slots)
        writer.optional(say) { $0.body($1) }
        writer.optional(proposal) { $1.encode(into: &$0) }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        playbook = try reader.text()
        cursor = try reader.list { reader throws(EntryDecodingError) in try reader.count() }
        slots = try reader.body()
        say = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
        proposal = try reader.optional { reader throws(EntryDecodingError) in try ProposedAction(from: &reader) }
    }
}
