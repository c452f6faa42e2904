import BallastCore

/// Content that was read from the store, opened when it is asked for.
struct OpenedBodies: Sendable {
    let vault: BodyVault
    let stored: [Digest: SealedBytes]

    /// nil where the key or the row is gone.
    func bytes(of reference: BodyReference) -> [UInt8]? {
        switch reference {
        case .inline(let sealed): vault.open(sealed)
        case .stored(let name, _): stored[name].flatMap { vault.open($0) }
        }
    }

    func text(_ reference: BodyReference) -> String? {
        bytes(of: reference).map { String(decoding: $0, as: UTF8.self) }
    }
    func json(_ reference: BodyReference) -> JSONValue? { bytes(of: reference).flatMap { try? JSONReader.read($0) } }
}

extension AgentRuntime {
    func contents(
        _ references: [BodyReference], scope: TenantScope
    ) async throws(RuntimeError) -> OpenedBodies {
        let names = Array(Set(references.compactMap(\.storedName)))
        return try await stored { () async throws(StoreError) in
            OpenedBodies(
                vault: try await self.vault(of: scope.tenant),
                stored: names.isEmpty ? [:] : try await self.store.bodies(names, scope: scope))
        }
    }
}
