package import BallastCore
package import BallastRuntime
import Synchronization

/// The keys of all tenants, held in memory so that no request waits for the store to learn who it is from.
package final class KeyRegistry: Sendable {
    private let store: any RunStore
    private let clock: any RuntimeClock
    private let random: any RandomSource
    private let keys = Mutex<[KeyID: APIKeyRecord]>([:])

    package init(store: any RunStore, clock: any RuntimeClock, random: any RandomSource) {
        self.store = store
        self.clock = clock
        self.random = random
    }

    /// Takes what the store holds.
    package func load() async throws(StoreError) {
        let stored = try await store.apiKeys()
        keys.withLock { $0 = Dictionary(stored.map { ($0.id, $0) }) { _, newest in newest } }
    }

    /// Makes the key of the first operator when there is none yet: every scope, in the default tenant.
    package func makeFirstKey() async throws(StoreError) -> String? {
        guard keys.withLock({ $0.isEmpty }) else { return nil }
        return try await create(
            name: "first key", tenant: .default, principal: Principal("operator:first-key"),
            scopes: Set(KeyScope.allCases)
        ).text
    }

    /// The caller who presents this text; nil for a text that is no key, an unknown key, a wrong secret and a revoked
    /// key alike, after the same work.
    func caller(presenting text: String) -> Caller? {
        guard let presented = APIKey(parsing: text) else { return nil }
        let record = keys.withLock { $0[presented.id] }
        let hash = presented.secretHash
        let isRight = hash.equalsInConstantTime(record?.secretHash ?? .sha256([]))
        guard isRight, let record, record.revokedAt == nil else { return nil }
        return Caller(
            key: record.id, tenant: record.tenant, principal: record.principal,
            scopes: Set(record.scopes.compactMap(KeyScope.init(rawValue:))))
    }

    package func create(
        name: String, tenant: TenantID, principal: Principal, scopes: Set<KeyScope>
    ) async throws(StoreError) -> (record: APIKeyRecord, text: String) {
        let now = clock.now
        let key = APIKey(id: KeyID(at: now, random: (random.next(), random.next())), random: randomBytes())
        let record = APIKeyRecord(
            id: key.id, secretHash: key.secretHash, name: name, tenant: tenant, principal: principal,
            scopes: scopes.map(\.rawValue).sorted(), createdAt: now)
        try await store.saveAPIKey(record)
        keys.withLock { $0[record.id] = record }
        return (record, key.text)
    }

    private func randomBytes() -> [UInt8] {
        (0..<4).flatMap { _ in
            let word = random.next()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
        }
    }

    /// Keys of a tenant, newest first.
    func keys(of tenant: TenantID) -> [APIKeyRecord] {
        keys.withLock { $0.values.filter { $0.tenant == tenant } }.sorted { $0.id > $1.id }
    }

    /// The key as it stands afterwards; nil when the tenant has no such key.
    func revoke(_ id: KeyID, of tenant: TenantID) async throws(StoreError) -> APIKeyRecord? {
        guard var record = keys.withLock({ $0[id] }), record.tenant == tenant else { return nil }
        guard record.revokedAt == nil else { return record }
        record.revokedAt = clock.now
        try await store.saveAPIKey(record)
        keys.withLock { [record] in $0[id] = record }
        return record
    }
}
