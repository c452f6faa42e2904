import BallastCore
import BallastRuntime

extension WriteSession {
    /// Stores a body, unless one of its name is there.
    func put(_ body: SealedBody, _ tenant: Int64) throws(SQLiteFailure) {
        let name = BodyName(body.name, tenant: tenant)
        let id = try bodyNumber()
        guard recentBodies[name] == nil, try !isIndexed(body, name) else { return }
        try statement(.insertBody).run(id, tenant, body.sealed.keyID, body.sealed.bytes)
        recentBodies.insert(name, body: id)
        nextBody = id + 1
    }

    /// The index has only a part of the name: equal bytes decide.
    private func isIndexed(_ body: SealedBody, _ name: BodyName) throws(SQLiteFailure) -> Bool {
        try statement(.bodyByName).first(name.tenant, name.prefix, body.sealed.bytes) { _ in true } ?? false
    }

    /// The number of the next body. The first question after opening, or after a rollback, reads the bodies that no
    /// index holds yet.
    private func bodyNumber() throws(SQLiteFailure) -> Int64 {
        if let nextBody { return nextBody }
        try loadRecentBodies()
        let last = try statement(.lastBody).first { $0.integer(0) } ?? 0
        nextBody = last + 1
        return last + 1
    }

    /// Reads the bodies that came after the last batch. A body's name is the SHA-256 of its bytes.
    func loadRecentBodies() throws(SQLiteFailure) {
        let indexed = try statement(.indexedBodies).first { $0.integer(0) } ?? 0
        let rows = try statement(.bodiesAfter).all(indexed) {
            (BodyName(.sha256($0.bytes(2)), tenant: $0.integer(1)), $0.integer(0))
        }
        recentBodies.replace(with: rows)
    }

    /// Puts the recent bodies into the index in one transaction of their own, when a batch of them is together.
    /// Answers the failure of a commit whose fate is unknown; after any other one it is tried again a batch later.
    func indexBodiesWhenDue() -> SQLiteFailure? {
        guard recentBodies.count >= nextIndexing else { return nil }
        do throws(SQLiteFailure) {
            // After a rollback the recent bodies are read again first: some may never have been written.
            _ = try bodyNumber()
            try begin()
            let rows = recentBodies.sorted
            for row in rows { try statement(.insertBodyName).run(row.name.tenant, row.name.prefix, row.body) }
            try statement(.setIndexedBodies).run(rows.map(\.body).max() ?? 0)
            if let failure = commit() {
                guard failure.isFull else { return failure }
                throw failure
            }
        } catch {
            rollBack()
            nextIndexing = recentBodies.count + RecentBodies.batch
            return nil
        }
        recentBodies.replace(with: [])
        nextIndexing = RecentBodies.batch
        return nil
    }
}
