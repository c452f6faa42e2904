package import BallastCore

/// All journals in the order in which they were committed, read beside a running server: it takes no lock, owns no run
/// and never writes.
///
/// What is committed after `select` is not part of the selection, so a selection can be read in parts.
package protocol JournalArchive: Sendable {
    /// How many may read at once; the `reader` of a call is a number below it.
    var readers: Int { get }

    func select(_ filter: ArchiveFilter) throws(StoreError) -> ArchiveSelection
    /// The appends after a position, in order: at most `limit`, and all of the rest when the page says that it is the end.
    func page(
        of selection: ArchiveSelection, after position: Int64, limit: Int, reader: Int
    ) throws(StoreError) -> ArchivePage
    /// Reads the entries of an append; throws when they are damaged or newer than this program.
    func entries(of append: ArchivedAppend) throws(StoreError) -> [JournalEntry]
    func run(numbered number: Int64, reader: Int) throws(StoreError) -> ArchivedRun?
    /// The sealed content of stored bodies; a name that is not there is absent from the result.
    func bodies(_ names: [Digest], tenant: TenantID, reader: Int) throws(StoreError) -> [Digest: SealedBytes]
    /// Wrapped data keys of a tenant, newest last.
    func dataKeys(of tenant: TenantID) throws(StoreError) -> [WrappedKey]
}

/// Which runs are read.
package struct ArchiveFilter: Sendable, Hashable {
    /// Runs that moved at this moment or later.
    package var movedSince: Timestamp?
    package var agent: String?
    package var tenant: TenantID?
    package var run: RunID?

    package init(
        movedSince: Timestamp? = nil, agent: String? = nil, tenant: TenantID? = nil, run: RunID? = nil
    ) {
        self.movedSince = movedSince
        self.agent = agent
        self.tenant = tenant
        self.run = run
    }
}

/// Runs by the store's own numbers, and the part of the archive in which their entries stand.
package struct ArchiveSelection: Sendable, Hashable {
    package private(set) var runCount = 0
    /// Positions; `last` is the end of the archive when it was selected.
    package var first: Int64
    package var last: Int64
    /// A bit for each run.
    private var bits: [UInt64] = []

    package init(first: Int64 = 1, last: Int64 = 0) {
        self.first = first
        self.last = last
    }

    package func contains(_ run: Int64) -> Bool {
        guard run >= 0, run >> 6 < Int64(bits.count) else { return false }
        return bits[Int(run >> 6)] & (1 << UInt64(run & 63)) != 0
    }

    package mutating func insert(_ run: Int64) {
        guard run >= 0, run < 1 << 40, !contains(run) else { return }
        while run >> 6 >= Int64(bits.count) { bits.append(0) }
        bits[Int(run >> 6)] |= 1 << UInt64(run & 63)
        runCount += 1
    }
}

package struct ArchivePage: Sendable {
    package var appends: [ArchivedAppend]
    /// Where the next page begins.
    package var position: Int64
    package var isEnd: Bool

    package init(appends: [ArchivedAppend], position: Int64, isEnd: Bool) {
        self.appends = appends
        self.position = position
        self.isEnd = isEnd
    }
}

/// The entries of one append, as they are stored.
package struct ArchivedAppend: Sendable {
    /// Place in the order of commits.
    package let position: Int64
    /// The store's number of the run.
    package let run: Int64
    package let firstSequence: Int64
    package let count: Int64
    package let bytes: [UInt8]

    package init(position: Int64, run: Int64, firstSequence: Int64, count: Int64, bytes: [UInt8]) {
        self.position = position
        self.run = run
        self.firstSequence = firstSequence
        self.count = count
        self.bytes = bytes
    }
}

package struct ArchivedRun: Sendable, Hashable {
    package let id: RunID
    package let tenant: TenantID

    package init(id: RunID, tenant: TenantID) {
        self.id = id
        self.tenant = tenant
    }
}
