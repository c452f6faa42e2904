import BallastCore
import BallastPolicy

/// Texts of trusted answers of the run, as far as its history was taken.
struct VouchedTexts {
    var taken = 0
    var forms: Set<String> = []
}

/// No laundering: what an action writes after untrusted text was read is remembered under keyed digests of the tenant, in
/// the commit that starts it, and known again when any run reads it back.
extension RunDriver {
    // MARK: Writing

    /// Marks the texts of an action that is about to start, and the records that it names.
    mutating func markWritten(_ action: ActionState) {
        let tool = action.proposal.tool
        guard agent.policy.toolClass(of: tool) != .safe, !state.isRollback, isTainted(action),
            let bytes = session.bytes(of: action.proposal.arguments), let arguments = try? JSONReader.read(bytes)
        else { return }
        let isApproved = action.stage.approval != nil || action.editor != nil
        let forms = WrittenText.written(
            by: arguments, rules: agent.policy.rules(for: tool), words: principalWords, vouched: vouchedTexts(),
            isApproved: isApproved)
        for form in forms.sorted() {
            session.mark(WrittenMark(key: session.vault.markKey("text", form), marks: .value))
        }
        let act = ObservedAct(tool: tool, arguments: arguments, answer: nil, isApproved: isApproved)
        mark(act, of: action)
    }

    /// Marks the records that an action turned out to have made.
    mutating func markMade(_ action: ActionState, _ answer: [UInt8]) {
        let tool = action.proposal.tool
        guard agent.policy.hasRecords(tool), agent.policy.toolClass(of: tool) != .safe, !state.isRollback,
            isTainted(action), let bytes = session.bytes(of: action.proposal.arguments),
            let act = ObservedAct(
                tool: tool, arguments: bytes, result: answer, isError: false,
                isApproved: action.stage.progress?.approval != nil || action.editor != nil)
        else { return }
        mark(act, of: action)
    }

    private mutating func mark(_ act: ObservedAct, of action: ActionState) {
        let policy = agent.policy
        guard !RecordIndex.written(by: act, under: policy, isAsAsked: false).isEmpty else { return }
        let isAsAsked =
            policy.asksForGrounds(of: act.tool)
            && judgedAction(action, arguments: act.arguments, under: policy)
                .facts(in: surroundings(of: state.created?.principal ?? .ballast), now: now, under: policy)
                .grounds?.isGrounded == true
        let records = RecordIndex.written(by: act, under: policy, isAsAsked: isAsAsked)
        for record in records.sorted(by: { ($0.kind, $0.id) < ($1.kind, $1.id) }) {
            var marks: WrittenMark.Marks = []
            if record.isDoubtful { marks.insert(.record) }
            if record.isUnread { marks.insert(.unread) }
            session.mark(
                WrittenMark(key: session.vault.markKey("record", record.kind, record.id), marks: marks))
        }
    }

    private func isTainted(_ action: ActionState) -> Bool {
        let sources = action.proposal.label.sources
        return !sources.isDisjoint(with: [.untrustedTool, .claimed])
            || sources.contains(.model) && hasReadUntrusted(for: action)
    }

    /// What tools that somebody vouches for answered by now. It stays what it is when it is written somewhere.
    private mutating func vouchedTexts() -> Set<String> {
        for past in state.history.dropFirst(vouched.taken) {
            guard past.end == .done, !past.isError, let result = past.result, let bytes = session.bytes(of: result)
            else { continue }
            switch agent.policy.rules(for: past.tool).trust {
            case .none: continue
            case .all:
                if recalled(of: past.ordinal) == nil { vouched.forms.formUnion(WrittenText.forms(inAnswer: bytes)) }
            case .fields(let fields):
                guard let read = try? JSONReader.read(bytes) else { continue }
                let answer = recalled(of: past.ordinal)?.cleaned(read) ?? read
                for field in fields {
                    if let value = field.value(in: answer) { vouched.forms.formUnion(WrittenText.forms(in: value)) }
                }
            }
        }
        vouched.taken = state.history.count
        return vouched.forms
    }

    // MARK: Reading back

    /// What earlier runs, or this one, wrote of an answer; nil where nothing is known, or where nobody would believe the
    /// answer anyway.
    func recall(_ answer: [UInt8], of tool: String) async throws(DriverStop) -> RecalledLabels? {
        let policy = agent.policy
        let isTrusted = policy.rules(for: tool).trust != .none
        guard isTrusted || policy.hasRecords(tool) else { return nil }
        var forms: [[UInt8]: String] = [:]
        var records: [[UInt8]: RecalledLabels.Record] = [:]
        if isTrusted {
            for form in WrittenText.forms(inAnswer: answer) { forms[session.vault.markKey("text", form)] = form }
        }
        for record in RecordIndex.records(in: answer, of: tool, under: policy) {
            records[session.vault.markKey("record", record.kind, record.id)] = record
        }
        guard !forms.isEmpty || !records.isEmpty else { return nil }
        let marks: [[UInt8]: WrittenMark.Marks]
        do {
            marks = try await services.store.marks(
                of: Set(forms.keys).union(records.keys), scope: session.scope)
        } catch {
            throw .store(error)
        }
        guard !marks.isEmpty else { return nil }
        let found = RecalledLabels(
            forms: Set(forms.filter { marks[$0.key]?.contains(.value) == true }.values),
            records: Set(
                records.compactMap { key, record in
                    guard let marks = marks[key], !marks.isDisjoint(with: [.record, .unread]) else { return nil }
                    return RecalledLabels.Record(
                        kind: record.kind, id: record.id, isDoubtful: marks.contains(.record),
                        isUnread: marks.contains(.unread))
                }))
        return found.isEmpty ? nil : found
    }

    /// What was recalled of an answer that is on record.
    func recalled(of ordinal: UInt32) -> RecalledLabels? {
        state.recalled[ordinal].flatMap { session.bytes(of: $0) }.flatMap { RecalledLabels(bytes: $0) }
    }
}
