package import BallastCore
import Crypto
import Synchronization

/// The vaults of all tenants; data keys are stored sealed under the installation's master key.
package final class Keyring: Sendable {
    private let master: SymmetricKey
    private let store: any RunStore
    private let clock: any RuntimeClock
    private let makeKey: @Sendable () -> [UInt8]
    private let vaults = Mutex<[TenantID: BodyVault]>([:])

    /// `master` is 32 bytes. `makeKey` gives 32 random bytes for a new tenant.
    package init(
        master: [UInt8], store: any RunStore, clock: any RuntimeClock,
        makeKey: @escaping @Sendable () -> [UInt8] = { SymmetricKey(size: .bits256).withUnsafeBytes { [UInt8]($0) } }
    ) {
        self.master = SymmetricKey(data: master)
        self.store = store
        self.clock = clock
        self.makeKey = makeKey
    }

    /// The tenant's vault; makes and stores the tenant's first key when it has none.
    package func vault(of tenant: TenantID) async throws(StoreError) -> BodyVault {
        if let known = vaults.withLock({ $0[tenant] }) { return known }
        let scope = TenantScope(tenant)
        let stored: WrappedKey
        if let newest = try await store.dataKeys(scope: scope).last {
            stored = newest
        } else {
            stored = try await store.addDataKey(try wrap(makeKey(), id: 1), scope: scope)
        }
        let vault = BodyVault(keyID: stored.id, key: try unwrap(stored, of: tenant))
        vaults.withLock { $0[tenant] = vault }
        return vault
    }

    private func wrap(_ key: [UInt8], id: UInt32) throws(StoreError) -> WrappedKey {
        guard let box = try? AES.GCM.seal(key, using: master), let combined = box.combined else {
            throw StoreError(
                code: .invalid, message: "A tenant key could not be sealed.",
                advice: "Check the master key: it must be 32 bytes.")
        }
        return WrappedKey(id: id, sealed: [UInt8](combined), createdAt: clock.now)
    }

    private func unwrap(_ key: WrappedKey, of tenant: TenantID) throws(StoreError) -> [UInt8] {
        try Keyring.unwrap(key, of: tenant, master: master)
    }

    private static func unwrap(
        _ key: WrappedKey, of tenant: TenantID, master: SymmetricKey
    ) throws(StoreError) -> [UInt8] {
        guard let box = try? AES.GCM.SealedBox(combined: key.sealed), let bytes = try? AES.GCM.open(box, using: master)
        else {
            throw StoreError(
                code: .invalid, message: "The data key of tenant \(tenant) cannot be opened with this master key.",
                advice:
                    "Start with the master key that this store was made with (the file beside it, or BALLAST_MASTER_KEY)."
            )
        }
        return [UInt8](bytes)
    }

    /// The vault of a tenant whose keys were read already; nil when it has none. Makes and stores nothing.
    package static func vault(
        of tenant: TenantID, keys: [WrappedKey], master: [UInt8]
    ) throws(StoreError) -> BodyVault? {
        guard let newest = keys.last else { return nil }
        let key = try unwrap(newest, of: tenant, master: SymmetricKey(data: master))
        return BodyVault(keyID: newest.id, key: key)
    }
}
