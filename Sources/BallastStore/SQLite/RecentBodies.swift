import BallastCore
import Synchronization

/// The first sixteen bytes of a body's name, within its tenant.
struct BodyName: Sendable, Hashable, Comparable {
    let tenant: Int64
    let high: UInt64
    let low: UInt64

    init(_ name: Digest, tenant: Int64) {
        self.tenant = tenant
        high = name.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = name.bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The part that the index holds.
    var prefix: Int64 { Int64(bitPattern: high) }

    static func < (a: BodyName, b: BodyName) -> Bool { (a.tenant, a.prefix, a.low) < (b.tenant, b.prefix, b.low) }
}

/// The newest bodies by name, in memory until the writer puts a batch of them into the index on disk.
///
/// Names are random, so each one written by itself would dirty a page of its own: with many callers these pages would
/// be four fifths of all that is written. A batch in the order of names dirties each page once.
///
/// Nothing here is lost with the process: names follow from the bodies, and those that came after the last batch are
/// read again when the file is opened.
final class RecentBodies: Sendable {
    /// A batch: large enough that its names share pages, small enough to be written between two commits.
    static let batch = 4096

    private let rows = Mutex<[BodyName: Int64]>([:])

    subscript(_ name: BodyName) -> Int64? { rows.withLock { $0[name] } }
    var count: Int { rows.withLock { $0.count } }
    /// In the order of names.
    var sorted: [(name: BodyName, body: Int64)] {
        rows.withLock { rows in rows.map { ($0.key, $0.value) } }.sorted { $0.0 < $1.0 }
    }

    func insert(_ name: BodyName, body: Int64) { rows.withLock { $0[name] = body } }
    func replace(with all: [(BodyName, Int64)]) {
        rows.withLock { $0 = Dictionary(all) { first, _ in first } }
    }
}
