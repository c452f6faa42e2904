import BallastCore

/// What can be put into a run's inbox, and its sealed layout (canonical JSON under the tenant's key).
enum InboxMessage {
    case input(text: String, by: Principal, label: Label)
    case decision(
        approval: UInt32, status: ApprovalStatus, by: Principal, reason: String?, edited: String?,
        endorsed: EndorsementScope?)
    case cancel(by: Principal, reason: String)
    case handOff(by: Principal, reason: String)
    case handBack(by: Principal)
    case settle(action: UInt32, happened: Bool, by: Principal, reason: String)
    case finish(status: RunStatus, by: Principal, text: String)
    case subRun(SubRunReport)
    /// A person's word on an effect in doubt of a run that is over, for the run that takes it back.
    case settleOther(effect: EffectID, happened: Bool, by: Principal, reason: String)
    case claim(by: Principal, takingOver: Bool)
    case reply(text: String, by: Principal)
    case byHand(WorkByHand, callID: String, by: Principal)
    /// What was taken back of the run.
    case rolledBack(text: String, label: Label)

    var kind: String {
        switch self {
        case .input: "input"
        case .decision: "decision"
        case .cancel: "cancel"
        case .handOff: "hand_off"
        case .handBack: "hand_back"
        case .settle: "settle"
        case .finish: "finish"
        case .subRun: "sub_run"
        case .settleOther: "settle_other"
        case .rolledBack: "rolled_back"
        case .claim: "claim"
        case .reply: "reply"
        case .byHand: "by_hand"
        }
    }

    private var document: JSONValue {
        switch self {
        case .input(let text, let by, let label):
            [
                "text": JSONValue(text), "by": JSONValue(by.name), "sources": JSONValue(Int(label.sources.rawValue)),
                "confidentiality": JSONValue(Int(label.confidentiality.rawValue)),
            ]
        case .decision(let approval, let status, let by, let reason, let edited, let endorsed):
            [
                "approval": JSONValue(Int(approval)), "status": JSONValue(status.name), "by": JSONValue(by.name),
                "reason": JSONValue(reason), "edited": JSONValue(edited), "endorsed": JSONValue(endorsed?.name),
            ]
        case .cancel(let by, let reason), .handOff(let by, let reason):
            ["by": JSONValue(by.name), "reason": JSONValue(reason)]
        case .handBack(let by): ["by": JSONValue(by.name)]
        case .settle(let action, let happened, let by, let reason):
            [
                "action": JSONValue(Int(action)), "happened": JSONValue.bool(happened), "by": JSONValue(by.name),
                "reason": JSONValue(reason),
            ]
        case .finish(let status, let by, let text):
            ["status": JSONValue(status.name), "by": JSONValue(by.name), "text": JSONValue(text)]
        case .subRun(let report): report.document
        case .settleOther(let effect, let happened, let by, let reason):
            [
                "effect": JSONValue(effect.description), "happened": JSONValue.bool(happened),
                "by": JSONValue(by.name), "reason": JSONValue(reason),
            ]
        case .rolledBack(let text, let label):
            ["text": JSONValue(text), "sources": JSONValue(Int(label.sources.rawValue))]
        case .claim(let by, let takingOver): ["by": JSONValue(by.name), "taking_over": .bool(takingOver)]
        case .reply(let text, let by): ["text": JSONValue(text), "by": JSONValue(by.name)]
        case .byHand(let work, let callID, let by):
            [
                "tool": JSONValue(work.tool), "arguments": JSONValue(String(decoding: work.bytes, as: UTF8.self)),
                "form": work.form.map { JSONValue(Int($0)) } ?? .null, "call_id": JSONValue(callID),
                "by": JSONValue(by.name),
            ]
        }
    }

    func sealed(by vault: BodyVault) -> [UInt8] { vault.sealedDocument(document) }

    init?(_ item: InboxItem, vault: BodyVault) {
        var reader = EntryReader(item.payload, type: nil, sequence: 0)
        guard let bytes = try? reader.raw(), let plaintext = vault.openCurrent(bytes),
            let document = try? JSONReader.read(plaintext)
        else { return nil }
        let by = Principal(document["by"]?.string ?? "")
        let reason = document["reason"]?.string
        switch item.kind {
        case "input":
            let sources = Label.Sources(rawValue: UInt16(clamping: document["sources"]?.int ?? 0))
            let readers = Label.Confidentiality(rawValue: UInt8(clamping: document["confidentiality"]?.int ?? 1))
            self = .input(
                text: document["text"]?.string ?? "", by: by, label: Label(sources, confidentiality: readers ?? .tenant)
            )
        case "decision":
            guard let approval = document["approval"]?.int.flatMap({ UInt32(exactly: $0) }),
                let status = document["status"]?.string.flatMap({ ApprovalStatus(name: $0) })
            else { return nil }
            self = .decision(
                approval: approval, status: status, by: by, reason: reason, edited: document["edited"]?.string,
                endorsed: document["endorsed"]?.string.flatMap { EndorsementScope(name: $0) })
        case "cancel": self = .cancel(by: by, reason: reason ?? "")
        case "hand_off": self = .handOff(by: by, reason: reason ?? "")
        case "hand_back": self = .handBack(by: by)
        case "settle":
            guard let action = document["action"]?.int.flatMap({ UInt32(exactly: $0) }) else { return nil }
            self = .settle(
                action: action, happened: document["happened"]?.bool ?? false, by: by, reason: reason ?? "")
        case "finish":
            guard let status = document["status"]?.string.flatMap({ RunStatus(name: $0) }) else { return nil }
            self = .finish(status: status, by: by, text: document["text"]?.string ?? "")
        case "settle_other":
            guard let effect = document["effect"]?.string.flatMap({ try? EffectID(parsing: $0) }) else { return nil }
            self = .settleOther(
                effect: effect, happened: document["happened"]?.bool ?? false, by: by, reason: reason ?? "")
        case "rolled_back":
            let sources = document["sources"]?.integer.map { Label.Sources(rawValue: UInt16(truncatingIfNeeded: $0)) }
            self = .rolledBack(
                text: document["text"]?.string ?? "", label: Label(sources ?? [.configuration, .untrustedTool]))
        case "claim": self = .claim(by: by, takingOver: document["taking_over"]?.bool ?? false)
        case "reply": self = .reply(text: document["text"]?.string ?? "", by: by)
        case "by_hand":
            guard let tool = document["tool"]?.string, let callID = document["call_id"]?.string,
                let arguments = document["arguments"]?.string
            else { return nil }
            let form = document["form"]?.int.flatMap { UInt32(exactly: $0) }
            self = .byHand(WorkByHand(tool: tool, bytes: Array(arguments.utf8), form: form), callID: callID, by: by)
        case "sub_run":
            guard let report = SubRunReport(document) else { return nil }
            self = .subRun(report)
        default: return nil
        }
    }
}

extension BodyVault {
    /// A document for a row of its own.
    func sealedDocument(_ document: JSONValue) -> [UInt8] {
        var writer = EntryWriter()
        switch seal(JSONWriter.canonical(document)) {
        case (_, let stored?): writer.raw(stored.sealed.bytes)
        case (.inline(let sealed), _): writer.raw(sealed.bytes)
        case (.stored, nil): writer.raw([])
        }
        return writer.bytes
    }

    /// Opens bytes that were sealed under this vault's own key.
    func openCurrent(_ bytes: [UInt8]) -> [UInt8]? { open(SealedBytes(keyID: currentKeyID, bytes: bytes)) }
}
