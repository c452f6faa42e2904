/// Where the content of a message, argument or result is. Entries hold references; content is encrypted and stored
/// once per tenant, or inline when it is shorter than a reference would save.
package enum BodyReference: Sendable, Hashable {
    /// A row of the body table, by the SHA-256 of its ciphertext, so that a journal entry commits to the content
    /// even after its key was destroyed. `size` is the plaintext's length in bytes.
    case stored(name: Digest, size: Int)
    /// The sealed bytes themselves.
    case inline(SealedBytes)

    /// Plaintext length in bytes.
    package var size: Int {
        switch self {
        case .stored(_, let size): size
        case .inline(let sealed): max(0, sealed.bytes.count - SealedBytes.overhead)
        }
    }
}

/// AES-256-GCM ciphertext: nonce (12 bytes), ciphertext, tag (16 bytes), under the tenant's key `keyID`.
package struct SealedBytes: Sendable, Hashable {
    package let keyID: UInt32
    package let bytes: [UInt8]

    package init(keyID: UInt32, bytes: [UInt8]) {
        self.keyID = keyID
        self.bytes = bytes
    }

    package static let overhead = 28
}

/// A body to be stored with the entry that refers to it first.
package struct SealedBody: Sendable, Hashable {
    package let name: Digest
    package let sealed: SealedBytes

    package init(name: Digest, sealed: SealedBytes) {
        self.name = name
        self.sealed = sealed
    }
}

extension BodyReference {
    /// The name in the body table, unless the content is inline.
    package var storedName: Digest? { if case .stored(let name, _) = self { name } else { nil } }
}

extension RunState {
    /// Every body that the state refers to.
    package var references: [BodyReference] {
        var all: [BodyReference] = [
            created?.instructions, question?.question, playbook?.slots, outcome?.text,
            contextReset?.summary,
        ]
        .compactMap(\.self)
        for item in transcript {
            switch item {
            case .message(let message): all.append(message.body)
            case .assistant(let text, let calls): all += (text.map { [$0] } ?? []) + calls.map(\.arguments)
            case .result(_, let body, _, _), .complaint(let body), .said(let body): all.append(body)
            }
        }
        for action in batch {
            all.append(action.proposal.arguments)
            if let wait = action.stage.wait { all.append(wait.review) }
            if case .checking(let checking) = action.stage { all.append(checking.result) }
            if let trail = action.trail { all += [trail.arguments, trail.note] }
            if let assumptions = action.estimate?.assumptions { all.append(assumptions) }
        }
        for wait in approvalOfAction.values { all.append(wait.review) }
        for action in history { all += [action.arguments] + (action.result.map { [$0] } ?? []) }
        for answer in results.values { all.append(answer.body) }
        for step in rollback?.request.steps ?? [] { all += step.bodies }
        if let drafted = draft?.contract { all.append(drafted) }
        all += contracts.map(\.contract) + recalled.values + endorsements.map(\.given.items)
        return all + assumptions + heldWords.map(\.body)
    }
}
