package import BallastCore
package import BallastRuntime

/// Opens the content that events refer to, for one page of a journal.
package struct EventBodies: Sendable {
    /// Content as it is shown.
    package enum Content: Sendable, Hashable {
        /// `cut` is the whole size in bytes when only the beginning is here.
        case text(String, cut: Int?)
        /// The key it was sealed under is gone, or the row is.
        case unavailable
    }

    /// Bytes of one body that are shown in an event.
    package static let longest = 32 << 10

    private let open: @Sendable (BodyReference) -> [UInt8]?
    private let longest: Int

    package init(longest: Int = EventBodies.longest, open: @escaping @Sendable (BodyReference) -> [UInt8]?) {
        self.longest = longest
        self.open = open
    }

    /// Bodies under a tenant's vault; `stored` holds the rows that the events name.
    package init(vault: BodyVault, stored: [Digest: SealedBytes], longest: Int = EventBodies.longest) {
        self.init(longest: longest) { reference in
            switch reference {
            case .inline(let sealed): vault.open(sealed)
            case .stored(let name, _): stored[name].flatMap { vault.open($0) }
            }
        }
    }

    /// Reads the stored ones of `references`.
    package static func read(
        _ references: [BodyReference], _ runtime: AgentRuntime, _ scope: TenantScope,
        longest: Int = EventBodies.longest
    ) async throws -> EventBodies {
        let names = references.compactMap(\.storedName)
        let stored = names.isEmpty ? [:] : try await runtime.store.bodies(names, scope: scope)
        return EventBodies(vault: try await runtime.vault(of: scope.tenant), stored: stored, longest: longest)
    }

    func content(_ reference: BodyReference) -> Content {
        guard let bytes = open(reference) else { return .unavailable }
        guard bytes.count > longest else { return .text(String(decoding: bytes, as: UTF8.self), cut: nil) }
        var end = longest
        // Back to the start of the character that the limit would cut.
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return .text(String(decoding: bytes[..<end], as: UTF8.self), cut: bytes.count)
    }

    func text(_ reference: BodyReference) -> String? {
        if case .text(let text, _) = content(reference) { text } else { nil }
    }

    /// The JSON in a body; nil for one that is cut, not available, or not JSON.
    func json(_ reference: BodyReference) -> JSONValue? {
        guard case .text(let text, nil) = content(reference) else { return nil }
        return try? JSONReader.read(text)
    }
}

extension JSONObject {
    /// Adds text under `name`. What is cut or not available is said beside it.
    mutating func add(_ name: String, _ reference: BodyReference, from bodies: EventBodies) {
        add(name, bodies.content(reference)) { JSONValue($0) }
    }

    /// Adds a JSON document under `name`; text that is no JSON object or array stays text.
    mutating func addJSON(_ name: String, _ reference: BodyReference, from bodies: EventBodies) {
        add(name, bodies.content(reference)) { text in
            guard text.first == "{" || text.first == "[", let value = try? JSONReader.read(text) else {
                return JSONValue(text)
            }
            return value
        }
    }

    private mutating func add(_ name: String, _ content: EventBodies.Content, shown: (String) -> JSONValue) {
        switch content {
        case .text(let text, nil): self[JSONString(name)] = shown(text)
        case .text(let text, let size?):
            self[JSONString(name)] = JSONValue(text)
            self[JSONString(name + "_cut_of_bytes")] = JSONValue(size)
        case .unavailable:
            self[JSONString(name)] = .null
            self[JSONString(name + "_unavailable")] = true
        }
    }
}

extension RunEvent {
    /// The content that the event refers to.
    var bodies: [BodyReference] {
        switch self {
        case .created(let fields):
            [fields.instructions, fields.toolset, fields.task.body] + fields.history.map(\.body)
        case .messageAdded(let fields): [fields.body]
        case .modelReplied(let fields): [fields.text].compactMap(\.self) + fields.proposals.map(\.arguments)
        case .modelFailed(let fields): [fields.detail]
        case .replyRejected(let fields): [fields.message]
        case .playbookStepped(let fields): [fields.slots, fields.say, fields.proposal?.arguments].compactMap(\.self)
        case .actionsProposed(let fields): fields.proposals.map(\.arguments)
        case .contractStated(let fields): [fields.contract]
        case .contractDrafted(let fields): [fields.contract, fields.detail].compactMap(\.self)
        case .labelsRecalled(let fields): [fields.recalled]
        case .endorsementGiven(let fields): [fields.items]
        case .rollbackRequested(let fields): [fields.reason] + fields.steps.flatMap(\.bodies)
        case .fallbackChosen(let fields): [fields.detail, fields.note, fields.proposal.arguments]
        case .contextReset(let fields): [fields.summary]
        case .actionDecided(let fields): [fields.reasons].compactMap(\.self)
        case .actionShadowed(let fields): [fields.reasons].compactMap(\.self)
        case .guardChecked(let fields): [fields.arguments, fields.result]
        case .confidenceEstimated(let fields): [fields.detail, fields.assumptions].compactMap(\.self)
        case .approvalRequested(let fields): [fields.review]
        case .approvalResolved(let fields): [fields.reason, fields.edited].compactMap(\.self)
        case .effectRetried(let fields): [fields.detail]
        case .effectSettled(let fields): [fields.result]
        case .effectInDoubt(let fields): [fields.detail]
        case .effectVerified(let fields): [fields.detail]
        case .effectWithdrawn(let fields): [fields.detail]
        case .subRunFinished(let fields): [fields.result]
        case .questionAsked(let fields): [fields.question]
        case .escalated(let fields): [fields.reason, fields.told].compactMap(\.self)
        case .actedByHand(let fields): [fields.proposal.arguments, fields.note]
        case .halted(let fields): [fields.told].compactMap(\.self)
        case .finished(let fields): [fields.text]
        case .effectCompensated, .modelRequested, .effectStarted, .subRunStarted, .handedBack, .resumed,
            .cancelRequested, .claimed, .breakerChanged, .confusionNoticed, .escalationClaimed, .escalationPassedOn:
            []
        }
    }
}
