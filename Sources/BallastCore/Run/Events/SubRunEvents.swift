/// An agent was given a task as a tool: its run was created with this entry, and the action waits for that run's end.
package struct SubRunStarted: EntryPayload {
    package static let version: UInt8 = 1

    package var action: UInt32
    package var run: RunID
    package var agent: String
    /// The approval that this start uses up.
    package var approval: UInt32?
    /// What the sub-run may use; it is taken from what its parent has left.
    package var budget: RunBudget

    package init(action: UInt32, run: RunID, agent: String, approval: UInt32?, budget: RunBudget) {
        self.action = action
        self.run = run
        self.agent = agent
        self.approval = approval
        self.budget = budget
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.id(run)
        writer.text(agent)
        writer.optional(approval) { $0.unsigned(UInt64($1)) }
        budget.encode(into: &writer)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        run = try reader.id()
        agent = try reader.text()
        approval = try reader.optional { reader throws(EntryDecodingError) in try reader.ordinal() }
        budget = try RunBudget(from: &reader)
    }
}

/// A sub-run ended, and what it said is the result of the action that started it.
package struct SubRunFinished: EntryPayload {
    package static let version: UInt8 = 1

    package var action: UInt32
    package var run: RunID
    package var status: RunStatus
    package var result: BodyReference
    package var label: Label
    /// What it used of its budget.
    package var steps: Int
    package var tokens: Int64
    package var microdollars: Int64
    package var activeMilliseconds: Int64

    package init(
        action: UInt32, run: RunID, status: RunStatus, result: BodyReference, label: Label, steps: Int, tokens: Int64,
        microdollars: Int64, activeMilliseconds: Int64
    ) {
        self.action = action
        self.run = run
        self.status = status
        self.result = result
        self.label = label
        self.steps = steps
        self.tokens = tokens
        self.microdollars = microdollars
        self.activeMilliseconds = activeMilliseconds
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.id(run)
        writer.byte(status.rawValue)
        writer.body(result)
        writer.label(label)
        writer.count(steps)
        writer.signed(tokens)
        writer.signed(microdollars)
        writer.signed(activeMilliseconds)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        run = try reader.id()
        status = try reader.value("a run status")
        result = try reader.body()
        label = try reader.label()
        steps = try reader.count()
        tokens = try reader.signed()
        microdollars = try reader.signed()
        activeMilliseconds = try reader.signed()
    }
}

extension RunBudget {
    func encode(into writer: inout EntryWriter) {
        writer.count(steps)
        writer.signed(activeMilliseconds)
        writer.signed(tokens)
        writer.signed(microdollars)
        writer.count(parallelCalls)
    }

    init(from reader: inout EntryReader) throws(EntryDecodingError) {
        self.init(
            steps: try reader.count(), activeMilliseconds: try reader.signed(), tokens: try reader.signed(),
            microdollars: try reader.signed(), parallelCalls: try reader.count())
    }
}
