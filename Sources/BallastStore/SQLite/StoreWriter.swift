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
    private let backlog = Atomic<Int>(0)
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
            let thread = Thread { writer.live { continuation.resume(returning: $0) } }
            thread.name = "ballast.store"
            thread.start()
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
            backlog.store(queue.waiting.count, ordering: .relaxed)
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
        /// A commit failed in a way that leaves its fate open: the group is settled on a fresh connection.
        case broken([QueuedWrite], SQLiteFailure)
        /// The file cannot be opened or read: the next try waits until somebody needs it.
        case unavailable(SQLiteFailure)
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
        var ending = serve(try file.open(), Takeover(), after: nil) {
            isOpen = true
            opened(nil)
        }
        if case .unavailable(let failure) = ending, !isOpen { throw failure.storeError(path: file.path) }
        while let (takeover, failure) = nextTry(after: ending) {
            do throws(StoreError) {
                ending = serve(try file.open(), takeover, after: failure) {}
            } catch {
                refuse(takeover, failure)
                ending = .unavailable(failure)
            }
        }
        lock.release()
    }

    /// What a fresh connection has to take over; nil when the store is closed.
    private func nextTry(after ending: Ending) -> (Takeover, SQLiteFailure)? {
        switch ending {
        case .closed: nil
        case .broken(let unsettled, let failure): (Takeover(unsettled: unsettled), failure)
        case .unavailable(let failure): nextGroup().map { (Takeover(pending: $0), failure) }
        }
    }

    private func refuse(_ takeover: Takeover, _ failure: SQLiteFailure) {
        for write in takeover.unsettled { write.fail(.outcomeUnknown(path: file.path, failure)) }
        for write in takeover.pending { write.fail(failure.storeError(path: file.path)) }
    }

    private func end() {
        let waiters = queue.withLock { queue in
            queue.hasEnded = true
            defer { queue.whenEnded = [] }
            return queue.whenEnded
        }
        for resume in waiters { resume() }
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
                if let failure { try settle(&takeover.unsettled, session, failure) }
                try session.loadRecentBodies()
                openPool.withLock { $0 = pool }
                whenOpen()
                let pending = takeover.pending
                takeover.pending = []
                if !pending.isEmpty, let failure = commit(pending, session) { return .broken(pending, failure) }
                return serve(session)
            }
        } catch {
            let cause = SQLiteFailure(error)
            refuse(takeover, cause)
            return .unavailable(cause)
        }
    }

    private func serve(_ session: WriteSession) -> Ending {
        while let group = nextGroup() {
            if let failure = commit(group, session) { return .broken(group, failure) }
            if let failure = session.indexBodiesWhenDue() { return .broken([], failure) }
            session.checkpointWhenDue()
        }
        return .closed
    }

    /// All that waits, at most a group; sleeps until there is something. nil when closing and nothing is left.
    private func nextGroup() -> [QueuedWrite]? {
        spin()
        while true {
            let (group, isClosing): ([QueuedWrite], Bool) = queue.withLock { queue in
                let group = Self.takeGroup(from: &queue)
                backlog.store(queue.waiting.count, ordering: .relaxed)
                return (group, queue.isClosing)
            }
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

    /// Waking a thread costs more than a commit to memory: with one caller, its next write is worth a short wait.
    private func spin() {
        guard file.options.spinMicroseconds > 0, backlog.load(ordering: .relaxed) == 0 else { return }
        let end = DispatchTime.now().uptimeNanoseconds + UInt64(file.options.spinMicroseconds) * 1000
        while backlog.load(ordering: .relaxed) == 0, DispatchTime.now().uptimeNanoseconds < end {}
    }

    /// One transaction for all; answers the failure when its fate is unknown.
    private func commit(_ group: [QueuedWrite], _ session: WriteSession) -> SQLiteFailure? {
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
    private func outcome(of group: [QueuedWrite], _ session: WriteSession, _ failure: SQLiteFailure) -> SQLiteFailure? {
        guard failure.isFull else { return failure }
        session.rollBack()
        for write in group { write.fail(failure.storeError(path: file.path)) }
        return nil
    }

    /// Nothing of the group was committed. When a single write is at fault, the others do not suffer for it.
    private func retreat(_ group: [QueuedWrite], _ session: WriteSession, _ failure: SQLiteFailure) -> SQLiteFailure? {
        guard failure.concernsOneWrite, group.count > 1 else {
            for write in group { write.fail(failure.storeError(path: file.path)) }
            return nil
        }
        for (index, write) in group.enumerated() {
            guard let failure = commit([write], session) else { continue }
            for unmade in group[(index + 1)...] { unmade.fail(failure.storeError(path: file.path)) }
            write.fail(.outcomeUnknown(path: file.path, failure))
            return failure
        }
        return nil
    }

    /// Tells the callers of a broken commit what stands, from what the disk gives back.
    private func settle(
        _ unsettled: inout [QueuedWrite], _ session: WriteSession, _ failure: SQLiteFailure
    ) throws(SQLiteFailure) {
        guard !unsettled.isEmpty else { return }
        try session.forceToDisk()
        while let write = unsettled.first {
            if try !write.settle(session, failure) { write.fail(.outcomeUnknown(path: file.path, failure)) }
            unsettled.removeFirst()
        }
    }
}
