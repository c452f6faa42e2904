package import BallastRuntime

/// A store under test: how one is made, and how one comes back after the process was killed.
package struct StoreSubject: Sendable {
    package let name: String
    /// False when the store knows, as it opens, that the process which held its leases is gone, and ends them.
    package let leasesOutliveProcess: Bool
    /// Opens an empty store.
    package let make: @Sendable () async throws -> any RunStore
    /// Ends the store without closing it and opens what a crash leaves.
    package let reopenAfterCrash: @Sendable (any RunStore) async throws -> any RunStore

    package init(
        name: String, leasesOutliveProcess: Bool = true, make: @escaping @Sendable () async throws -> any RunStore,
        reopenAfterCrash: @escaping @Sendable (any RunStore) async throws -> any RunStore
    ) {
        self.name = name
        self.leasesOutliveProcess = leasesOutliveProcess
        self.make = make
        self.reopenAfterCrash = reopenAfterCrash
    }

    /// The reference.
    package static let inMemory = StoreSubject(name: "in memory", make: { InMemoryRunStore() }) { store in
        guard let store = store as? InMemoryRunStore else { throw ConformanceFailure("not an in-memory store") }
        return store.crash()
    }
}

/// A rule of the contract that a store broke.
package struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

func expect(_ holds: Bool, _ rule: String) throws {
    if !holds { throw ConformanceFailure(rule) }
}

func expect<Value: Equatable>(_ found: Value, _ expected: Value, _ rule: String) throws {
    if found != expected { throw ConformanceFailure("\(rule): expected \(expected), found \(found)") }
}
