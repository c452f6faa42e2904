import BallastRuntime

/// The contract of `RunStore` as cases that any implementation must pass. Each starts from an empty store.
package enum RunStoreConformance {
    package struct Case: Sendable, CustomStringConvertible {
        /// A sentence that is true of the store.
        package let sentence: String
        package let run: @Sendable (StoreSubject) async throws -> Void

        init(_ sentence: String, _ run: @escaping @Sendable (StoreSubject) async throws -> Void) {
            self.sentence = sentence
            self.run = run
        }

        /// A case that needs one store only.
        init(on sentence: String, _ run: @escaping @Sendable (any RunStore) async throws -> Void) {
            self.init(sentence) { subject in
                let store = try await subject.make()
                try await run(store)
                await store.close()
            }
        }

        package var description: String { sentence }
    }

    package static let cases: [Case] =
        appendCases + creationCases + leaseCases + readinessCases + limitCases + inboxCases + timerCases + effectCases
        + approvalCases + bodyCases + queryCases + isolationCases + haltCases + keyCases + crashCases
        + markCases
}
