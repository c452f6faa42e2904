import BallastCore
import BallastRuntime
import HTTPTypes
import Synchronization

/// Sees to it that a POST with an `Idempotency-Key` is carried out once and answered alike each time.
///
/// Answers are kept for a day, sealed under the tenant's key. A request that failed for a reason of the server's own is
/// not an answer: its key can be used again at once.
final class IdempotencyDesk: Sendable {
    enum Claim: Sendable {
        case proceed
        /// An equal request is being carried out, or its server ended before it answered.
        case inProgress
        case replay(APIAnswer)
    }

    private let runtime: AgentRuntime
    /// Claims of this process that ended in a fault of the server.
    private let abandoned = Mutex<Set<IdempotentRequest>>([])
    private static let mostAbandoned = 10_000

    init(runtime: AgentRuntime) { self.runtime = runtime }

    /// Equal for requests that mean the same: the caller, the place and the canonical body.
    static func request(key: String, caller: Caller, path: String, body: JSONObject) -> IdempotentRequest {
        let fingerprint = Digest.lengthPrefixed(
            domain: "ballast.idempotency.v1", [Array(path.utf8), JSONWriter.canonical(.object(body))])
        return IdempotentRequest(
            key: key, caller: caller.key?.description ?? "", route: "POST \(path)", fingerprint: fingerprint)
    }

    func claim(_ request: IdempotentRequest, tenant: TenantID) async throws -> Claim {
        switch try await runtime.store.claimIdempotencyKey(request, now: runtime.clock.now) {
        case .claimed: return .proceed
        case .inProgress:
            if abandoned.withLock({ $0.remove(request) }) != nil { return .proceed }
            return .inProgress
        case .mismatch:
            throw Problem(
                422, "idempotency_mismatch", "Idempotency-Key was used differently",
                "This Idempotency-Key was sent before with another request.", advice: "Use a new key for a new request."
            )
        case .finished(let stored, let status):
            let vault = try await runtime.vault(of: tenant)
            return .replay(StoredAnswer.open(stored, status: status, vault: vault))
        }
    }

    static let inProgress = Problem.conflict(
        "idempotency_in_progress", "A request with this Idempotency-Key is still being carried out.",
        advice: "Wait a moment and send it again.")

    func finish(_ request: IdempotentRequest, with answer: APIAnswer, tenant: TenantID) async throws {
        guard answer.status < 500 else { return abandon(request) }
        let vault = try await runtime.vault(of: tenant)
        try await runtime.store.finishIdempotencyKey(
            request, answer: StoredAnswer.seal(answer, vault: vault), status: answer.status)
    }

    func abandon(_ request: IdempotentRequest) {
        abandoned.withLock { abandoned in
            if abandoned.count < IdempotencyDesk.mostAbandoned { abandoned.insert(request) }
        }
    }
}

/// The stored form of an answer: location and body, sealed.
private enum StoredAnswer {
    static func seal(_ answer: APIAnswer, vault: BodyVault) -> [UInt8] {
        var plaintext = EntryWriter()
        plaintext.text(answer.headers[.location] ?? "")
        plaintext.raw(body(of: answer))
        let (reference, stored) = vault.seal(plaintext.bytes)
        var writer = EntryWriter()
        if let sealed = stored?.sealed ?? reference.inlineContent {
            writer.unsigned(UInt64(sealed.keyID))
            writer.raw(sealed.bytes)
        }
        return writer.bytes
    }

    private static func body(of answer: APIAnswer) -> [UInt8] {
        if let kept = answer.kept { return JSONWriter.compact(kept) }
        switch answer.content {
        case .json(let document): return JSONWriter.compact(document)
        case .bytes(let bytes, _): return bytes
        case .none, .stream: return []
        }
    }

    static func open(_ stored: [UInt8], status: Int, vault: BodyVault) -> APIAnswer {
        var (location, body) = ("", [UInt8]())
        var sealed = EntryReader(stored, type: nil, sequence: 0)
        if let key = try? sealed.ordinal(), let bytes = try? sealed.raw(),
            let plaintext = vault.open(SealedBytes(keyID: key, bytes: bytes))
        {
            var reader = EntryReader(plaintext, type: nil, sequence: 0)
            location = (try? reader.text()) ?? ""
            body = (try? reader.raw()) ?? []
        }
        let type = status >= 400 ? "application/problem+json" : "application/json"
        var answer = APIAnswer(status, body.isEmpty ? .none : .bytes(body, type: type))
        if !location.isEmpty { answer.headers[.location] = location }
        answer.headers[.idempotencyReplayed] = "true"
        return answer
    }
}

extension BodyReference {
    fileprivate var inlineContent: SealedBytes? { if case .inline(let sealed) = self { sealed } else { nil } }
}
