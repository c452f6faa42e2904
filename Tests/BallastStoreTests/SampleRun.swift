import BallastCore
import BallastRuntime

/// A run whose batches follow each other, for tests of the file rather than of the contract.
struct SampleRun: Sendable {
    let scope: TenantScope
    let id: RunID
    var header: RunHeader

    init(_ number: UInt64, tenant: String = TenantID.default.name) {
        scope = TenantScope(TenantID(tenant))
        id = RunID(high: 1, low: number)
        header = RunHeader(
            run: id, tenant: scope.tenant, status: .running, agent: "a", principal: Principal("p"),
            conversation: ConversationID(high: 2, low: number), createdAt: Timestamp(milliseconds: 1),
            updatedAt: Timestamp(milliseconds: 1))
    }

    mutating func next(entries count: Int = 1) -> AppendBatch {
        let first = header.lastSequence + 1
        let entries = (0..<Int64(count)).map { offset in
            JournalEntry(
                sequence: first + offset, at: Timestamp(milliseconds: 5), type: .messageAdded, version: 1,
                payload: Array("entry \(first + offset)".utf8), leaf: .sha256(Array("\(id) \(first + offset)".utf8)))
        }
        let batch = AppendBatch(
            scope: scope, run: id, expectedSequence: header.lastSequence, fence: 0, entries: entries, header: header)
        header.lastSequence += Int64(count)
        return batch
    }

    static func body(_ text: String) -> SealedBody {
        let bytes = Array(text.utf8)
        return SealedBody(name: .sha256(bytes), sealed: SealedBytes(keyID: 1, bytes: bytes))
    }
}
