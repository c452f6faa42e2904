/// The run exists: who asked, for whom, which agent, under which bounds, and with which words.
package struct RunCreated: EntryPayload {
    package static let version: UInt8 = 1
    /// The source of a run whose actions an agent outside proposes.
    package static let gateway = "gateway"
    /// The source of a run that takes back what another one did.
    package static let rollback = "rollback"

    package var tenant: TenantID
    package var principal: Principal
    package var agent: AgentReference
    package var conversation: ConversationID
    /// How it came: `cli`, `api`, `gateway`, `rollback`, or for a sub-run the agents above it, as in `agent:support/billing`.
    package var source: String
    /// Who started it, which may be somebody else than the principal.
    package var startedBy: Principal
    package var parent: ActionID?
    package var root: RunID
    /// Sub-runs from the root.
    package var depth: Int
    package var environment: String
    package var locale: String
    package var workflow: String
    package var budget: RunBudget
    /// What the agent was told.
    package var instructions: BodyReference
    /// The tools it was offered: a JSON array of definitions.
    package var toolset: BodyReference
    package var task: MessageAdded
    /// Earlier messages of the conversation, oldest first.
    package var history: [MessageAdded]

    package init(
        tenant: TenantID, principal: Principal, agent: AgentReference, conversation: ConversationID, source: String,
        startedBy: Principal, parent: ActionID? = nil, root: RunID, depth: Int = 0, environment: String,
        locale: String = "en", workflow: String = "", budget: RunBudget, instructions: BodyReference,
        toolset: BodyReference, task: MessageAdded, history: [MessageAdded] = []
    ) {
        self.tenant = tenant
        self.principal = principal
        self.agent = agent
        self.conversation = conversation
        self.source = source
        self.startedBy = startedBy
        self.parent = parent
        self.root = root
        self.depth = depth
        self.environment = environment
        self.locale = locale
        self.workflow = workflow
        self.budget = budget
        self.instructions = instructions
        self.toolset = toolset
        self.task = task
        self.history = history
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(tenant.name)
        writer.text(principal.name)
        writer.text(agent.name)
        writer.raw(agent.version)
        writer.id(conversation)
        writer.text(source)
        writer.text(startedBy.name)
        writer.optional(parent) { writer, action in
            writer.id(action.run)
            writer.unsigned(UInt64(action.ordinal))
        }
        writer.id(root)
        writer.count(depth)
        writer.text(environment)
        writer.text(locale)
        writer.text(workflow)
        budget.encode(into: &writer)
        writer.body(instructions)
        writer.body(toolset)
        task.encode(into: &writer)
        writer.list(history) { $1.encode(into: &$0) }
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        tenant = TenantID(try reader.text())
        principal = Principal(try reader.text())
        agent = AgentReference(name: try reader.text(), version: try reader.raw())
        conversation = try reader.id()
        source = try reader.text()
        startedBy = Principal(try reader.text())
        parent = try reader.optional { reader throws(EntryDecodingError) in
            ActionID(run: try reader.id(), ordinal: try reader.ordinal())
        }
        root = try reader.id()
        depth = try reader.count()
        environment = try reader.text()
        locale = try reader.text()
        workflow = try reader.text()
        budget = try RunBudget(from: &reader)
        instructions = try reader.body()
        toolset = try reader.body()
        task = try MessageAdded(from: &reader)
        history = try reader.list { reader throws(EntryDecodingError) in try MessageAdded(from: &reader) }
    }
}

/// Words of a person came in, or words of the run went out to one.
package struct MessageAdded: EntryPayload {
    package static let version: UInt8 = 1

    package var role: MessageRole
    package var by: Principal
    package var body: BodyReference
    package var label: Label

    package init(role: MessageRole, by: Principal, body: BodyReference, label: Label) {
        self.role = role
        self.by = by
        self.body = body
        self.label = label
    }

    package func encode(into writer: inout EntryWriter) {
        writer.byte(role.rawValue)
        writer.text(by.name)
        writer.body(body)
        writer.label(label)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        role = try reader.value("a role")
        by = Principal(try reader.text())
        body = try reader.body()
        label = try reader.label()
    }
}

/// A new owner took the run over while something was open: what the old one had in flight is foreign from here on.
package struct RunClaimed: EntryPayload {
    package static let version: UInt8 = 1

    package var owner: String
    package var fence: Int64
    /// The old owner may still be sending until then.
    package var foreignUntil: Timestamp

    package init(owner: String, fence: Int64, foreignUntil: Timestamp) {
        self.owner = owner
        self.fence = fence
        self.foreignUntil = foreignUntil
    }

    package func encode(into writer: inout EntryWriter) {
        writer.text(owner)
        writer.signed(fence)
        writer.moment(foreignUntil)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        owner = try reader.text()
        fence = try reader.signed()
        foreignUntil = try reader.moment()
    }
}
