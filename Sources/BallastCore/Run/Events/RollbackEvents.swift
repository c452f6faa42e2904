/// What a run did is to be taken back: which effects, in which order, and how. Recorded once more when something becomes
/// known of an effect that was in doubt; then it is the plan from there on.
package struct RollbackRequested: EntryPayload {
    package static let version: UInt8 = 1

    /// Whose effects are taken back, with those of its sub-runs.
    package var of: RunID
    /// Who wants it; Ballast itself where a playbook is all or nothing.
    package var by: Principal
    package var reason: BodyReference
    /// What happened last comes first.
    package var steps: [RollbackStep]

    package init(of: RunID, by: Principal, reason: BodyReference, steps: [RollbackStep]) {
        self.of = of
        self.by = by
        self.reason = reason
        self.steps = steps
    }

    package func encode(into writer: inout EntryWriter) {
        writer.id(of)
        writer.text(by.name)
        writer.body(reason)
        writer.list(steps) { $1.encode(into: &$0) }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        of = try reader.id()
        by = Principal(try reader.text())
        reason = try reader.body()
        steps = try reader.list { reader throws(EntryDecodingError) in try RollbackStep(from: &reader) }
    }
}

/// One effect that is to be taken back.
package struct RollbackStep: Sendable, Hashable {
    /// How it can be taken back.
    package enum Way: Sendable, Hashable {
        case call(UndoCall)
        /// Nobody knows whether it happened at all, since then.
        case inDoubt(since: Timestamp)
        /// Nothing takes it back, and why.
        case impossible(code: String, why: BodyReference)
    }

    package var effect: EffectID
    package var tool: String
    /// Who did it; it is taken back under the rules of this agent.
    package var agent: String
    /// What it was called with.
    package var arguments: BodyReference
    package var label: Label
    package var way: Way

    package init(
        effect: EffectID, tool: String, agent: String, arguments: BodyReference, label: Label, way: Way
    ) {
        self.effect = effect
        self.tool = tool
        self.agent = agent
        self.arguments = arguments
        self.label = label
        self.way = way
    }

    /// The content that the step refers to.
    package var bodies: [BodyReference] {
        switch way {
        case .call(let call): [arguments, call.arguments] + (call.result.map { [$0] } ?? [])
        case .inDoubt: [arguments]
        case .impossible(_, let why): [arguments, why]
        }
    }

    func encode(into writer: inout EntryWriter) {
        writer.effect(effect)
        writer.text(tool)
        writer.text(agent)
        writer.body(arguments)
        writer.label(label)
        switch way {
        case .call(let call):
            writer.byte(0)
            writer.text(call.tool)
            writer.body(call.arguments)
            writer.label(call.label)
            writer.optional(call.result) { $0.body($1) }
        case .inDoubt(let since):
            writer.byte(1)
            writer.moment(since)
        case .impossible(let code, let why):
            writer.byte(2)
            writer.text(code)
            writer.body(why)
        }
    }

    init(from reader: inout EntryReader) throws(EntryDecodingError) {
        effect = try reader.effect()
        tool = try reader.text()
        agent = try reader.text()
        arguments = try reader.body()
        label = try reader.label()
        switch try reader.byte() {
        case 0:
            way = .call(
                UndoCall(
                    tool: try reader.text(), arguments: try reader.body(), label: try reader.label(),
                    result: try reader.optional { reader throws(EntryDecodingError) in try reader.body() }))
        case 1: way = .inDoubt(since: try reader.moment())
        case 2: way = .impossible(code: try reader.text(), why: try reader.body())
        default: throw reader.failure("a way to take an effect back")
        }
    }
}

/// The call that takes an effect back.
package struct UndoCall: Sendable, Hashable {
    package var tool: String
    package var arguments: BodyReference
    /// Where its arguments come from: the configuration, with what the effect was called with and what it answered.
    package var label: Label
    /// What the effect answered, if its arguments come from there.
    package var result: BodyReference?

    package init(tool: String, arguments: BodyReference, label: Label, result: BodyReference?) {
        self.tool = tool
        self.arguments = arguments
        self.label = label
        self.result = result
    }
}

/// Nothing stands of an effect any more; the ledger says so in the same commit.
package struct EffectCompensated: EntryPayload {
    package static let version: UInt8 = 1

    package enum How: UInt8, Sendable, Hashable {
        /// This run did what takes it back.
        case undone = 0
        /// The same had been done before, by another effect.
        case before = 1
        /// It had been in doubt, and it had not happened.
        case neverHappened = 2

        package var name: String { ["undone", "before", "never_happened"][Int(rawValue)] }
    }

    package var effect: EffectID
    package var how: How
    /// What took it back.
    package var through: EffectID?
    /// Who says so: Ballast, a tool that was asked, or a person.
    package var by: Principal

    package init(effect: EffectID, how: How, through: EffectID? = nil, by: Principal = .ballast) {
        self.effect = effect
        self.how = how
        self.through = through
        self.by = by
    }

    package func encode(into writer: inout EntryWriter) {
        writer.effect(effect)
        writer.byte(how.rawValue)
        writer.optional(through) { $0.effect($1) }
        writer.text(by.name)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        effect = try reader.effect()
        how = try reader.value("how it was taken back")
        through = try reader.optional { reader throws(EntryDecodingError) in try reader.effect() }
        by = Principal(try reader.text())
    }
}

extension EntryWriter {
    fileprivate mutating func effect(_ effect: EffectID) {
        id(effect.run)
        unsigned(UInt64(effect.ordinal))
    }
}

extension EntryReader {
    fileprivate mutating func effect() throws(EntryDecodingError) -> EffectID {
        EffectID(run: try id(), ordinal: try ordinal())
    }
}
