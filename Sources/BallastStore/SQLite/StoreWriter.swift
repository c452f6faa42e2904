import BallastRuntime
import Dispatch
import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// The one thread that writes: it owns the write connection, takes all that waits, and commits it as one transaction.
///
/// First in, first out; no write waits for a timer, and none is answered before its commit.
final class StoreWriter: Sendable {
    private struct Queue: Sendable {
        var waiting: [QueuedWrite] = []
        /// The thread sleeps on `wakeUp`.
        var isAsleep = false
        var isClosing = false
        var hasEnded = false
        var whenEnded: [@Sendable () -> Void] = []
    }

    /// Writes of one transaction: bounds its memory and the time until the first of them is answered.
    private static let largestGroup = 1000

    private let file: StoreFile
    private let lock: FileLock
    private let queue = Mutex(Queue())
    private let wakeUp = DispatchSemaphore(value: 0)
    let recentBodies = RecentBodies()
    /// What readers use; nil while the file is not open.
    private let openPool = Mutex<DatabasePool?>(nil)

    private init(file: StoreFile, lock: FileLock) {
        self.file = file
        self.lock = lock
    }

    /// Opens the file on a new thread.
    static func start(_ file: StoreFile, lock: FileLock) async throws(StoreError) -> StoreWriter {
        let writer = StoreWriter(file: file, lock: lock)
        let failure: StoreError? = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                Thread.current.name = "ballast.store"
                writer.live { continuation.resume(returning: $0) }
            }
        }
        if let failure { throw failure }
        return writer
    }

    var pool: DatabasePool? { openPool.withLock { $0 } }
    var isClosed: Bool { queue.withLock { $0.isClosing } }

    func submit(_ write: QueuedWrite) {
        enum Next { case nothing, wake, refuse }
        let next: Next = queue.withLock { queue in
            if queue.isClosing { return .refuse }
            queue.waiting.append(write)
            defer { queue.isAsleep = false }
            return queue.isAsleep ? .wake : .nothing
        }
        switch next {
        case .nothing: break
        case .wake: wakeUp.signal()
        case .refuse: write.fail(.closed)
        }
    }

    /// Finishes what is queued, closes the file, and returns when the thread has ended.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let hasEnded = queue.withLock { queue in
                queue.isClosing = true
                if !queue.hasEnded { queue.whenEnded.append { continuation.resume() } }
                return queue.hasEnded
            }
            if hasEnded { continuation.resume() } else { wakeUp.signal() }
        }
    }
}

// The thread.
extension StoreWriter {
    /// How the service of one connection ended.
    private enum Ending {
        case closed
        case broken(Break)
        /// The file cannot be opened or read: the next try waits until somebody needs it.
        case unavailable(SQLiteFailure)
    }

    /// A connection that must not be used any more, and the writes whose commit may or may not stand.
    private struct Break {
        let unsettled: [QueuedWrite]
        let failure: SQLiteFailure
    }

    /// What a fresh connection finds to do.
    private struct Takeover {
        /// Writes of a broken commit.
        var unsettled: [QueuedWrite] = []
        /// Writes that came while the file could not be opened.
        var pending: [QueuedWrite] = []
    }

    private func live(opened: @escaping (StoreError?) -> Void) {
        do throws(StoreError) {
            try serveUntilClosed(opened)
        } catch {
            queue.withLock { $0.isClosing = true }
            lock.release()
            opened(error)
        }
        let waiters = queue.withLock { queue in
            queue.hasEnded = true
            defer { queue.whenEnded = [] }
            return queue.whenEnded
        }
        for resume in waiters { resume() }
    }

    /// Throws when the file cannot be served at all; answers `opened` once it is.
    private func serveUntilClosed(_ opened: @escaping (StoreError?) -> Void) throws(StoreError) {
        var isOpen = false
        var ending = serve(try file.open(isFirst: true), Takeover(), after: nil) {
            isOpen = true
            opened(nil)
        }
        if case .unavailable(let failure) = ending, !isOpen { throw failure.storeError(path: file.path) }
        while let (takeover, failure) = nextTry(after: ending) {
            do throws(StoreError) {
                ending = serve(try file.open(isFirst: false), takeover, after: failure) {}
            } catch {
                refuse(takeover, failure, error)
                ending = .unavailable(failure)
            }
        }
        lock.release()
    }

    /// What a fresh connection has to take over; nil when the store is closed.
    private func nextTry(after ending: Ending) -> (Takeover, SQLiteFailure)? {
        switch ending {
        case .closed: nil
        case .broken(let broken): (Takeover(unsettled: broken.unsettled), broken.failure)
        case .unavailable(let failure): nextGroup().map { (Takeover(pending: $0), failure) }
        }
    }

    private func refuse(_ takeover: Takeover, _ failure: SQLiteFailure, _ error: StoreError) {
        for write in takeover.unsettled { write.fail(.outcomeUnknown(path: file.path, failure)) }
        for write in takeover.pending { write.fail(error) }
    }

    /// Serves one connection. The block keeps GRDB's writer for as long as the connection is good.
    private func serve(
        _ pool: DatabasePool, _ takeover: Takeover, after failure: SQLiteFailure?, whenOpen: () -> Void
    ) -> Ending {
        var takeover = takeover
        defer {
            openPool.withLock { $0 = nil }
            try? pool.close()
        }
        do {
            return try pool.writeWithoutTransaction { db in
                guard let connection = db.sqliteConnection else { throw SQLiteFailure.damaged("no connection") }
                let session = WriteSession(connection, file: file, recentBodies: recentBodies)
                defer { session.end() }
                if !takeover.unsettled.isEmpty { try session.forceToDisk() }
                try session.loadRecentBodies()
                openPool.withLock { $0 = pool }
                whenOpen()
                if let failure { try settle(&takeover.unsettled, session, failure) }
                let pending = takeover.pending
                takeover.pending = []
                if !pending.isEmpty, let broken = commit(pending, session) { return .broken(broken) }
                return serve(session)
            }
        } catch {
            let cause = SQLiteFailure(error)
            refuse(takeover, cause, cause.storeError(path: file.path))
            return .unavailable(cause)
        }
    }

    private func serve(_ session: WriteSession) -> Ending {
        while let group = nextGroup() {
            if let broken = commit(group, session) { return .broken(broken) }
            if let failure = session.indexBodiesWhenDue() { return .broken(Break(unsettled: [], failure: failure)) }
            session.checkpointWhenDue()
        }
        return .closed
    }

    /// All that waits, at most a group; sleeps until there is something. nil when closing and nothing is left.
    private func nextGroup() -> [QueuedWrite]? {
        while true {
            let (group, isClosing) = queue.withLock { (Self.takeGroup(from: &$0), $0.isClosing) }
            if !group.isEmpty { return group }
            if isClosing { return nil }
            wakeUp.wait()
        }
    }

    private static func takeGroup(from queue: inout Queue) -> [QueuedWrite] {
        queue.isAsleep = queue.waiting.isEmpty && !queue.isClosing
        guard queue.waiting.count > largestGroup else {
            defer { queue.waiting = [] }
            return queue.waiting
        }
        defer { queue.waiting.removeFirst(largestGroup) }
        return Array(queue.waiting.prefix(largestGroup))
    }

    /// One transaction for all.
    private func commit(_ group: [QueuedWrite], _ session: WriteSession) -> Break? {
        do throws(SQLiteFailure) {
            try session.begin()
            var answers: [() -> Void] = []
            answers.reserveCapacity(group.count)
            for write in group { answers.append(try write.perform(session)) }
            if let failure = session.commit() { return outcome(of: group, session, failure) }
            for answer in answers { answer() }
            return nil
        } catch {
            session.rollBack()
            return retreat(group, session, error)
        }
    }

    /// A commit that found no room did not happen; of any other failure only the file can tell.
    private func outcome(of group: [QueuedWrite], _ session: WriteSession, _ failure: SQLiteFailure) -> Break? {
        guard failure.isFull else { return Break(unsettled: group, failure: failure) }
        session.rollBack()
        refuse(group, failure)
        return nil
    }

    /// Nothing of the group was committed. When a single write may be at fault, the others do not suffer for it.
    private func retreat(_ group: [QueuedWrite], _ session: WriteSession, _ failure: SQLiteFailure) -> Break? {
        guard session.isIdle, failure.mayConcernOneWrite, group.count > 1 else {
            refuse(group, failure)
            return session.isIdle ? nil : Break(unsettled: [], failure: failure)
        }
        for (index, write) in group.enumerated() {
            guard let broken = commit([write], session) else { continue }
            refuse(group[(index + 1)...], broken.failure)
            return broken
        }
        return nil
    }

    private func refuse(_ writes: some Sequence<QueuedWrite>, _ failure: SQLiteFailure) {
        let error = failure.storeError(path: file.path)
        for write in writes { write.fail(error) }
    }

    /// Tells the callers of a broken commit what stands, from what the disk gives back.
    private func settle(
        _ unsettled: inout [QueuedWrite], _ session: WriteSession, _ failure: SQLiteFailure
    ) throws(SQLiteFailure) {
        while let write = unsettled.first {
            if try !write.settle(session, failure) { write.fail(.outcomeUnknown(path: file.path, failure)) }
            unsettled.removeFirst()
        }
    }
}
