import BallastRuntime
import Dispatch
import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// The one thread that writes: it opens the write connection, takes all that waits, and commits it as one transaction.
///
/// First in, first out; no write waits for a timer, and none is answered before its commit. Where commits are quicker
/// than a thread wakes up, a caller who finds nobody waiting commits on its own thread, and the thread sleeps on.
final class StoreWriter: Sendable {
    private struct Queue: Sendable {
        var waiting: [QueuedWrite] = []
        /// The thread sleeps on `wakeUp`.
        var isAsleep = false
        /// A caller's own commit left something for the thread to do.
        var isCalled = false
        var isClosing = false
        var hasEnded = false
        var whenEnded: [@Sendable () -> Void] = []
    }

    /// Writes of one transaction: bounds its memory and the time until the first of them is answered.
    private static let largestGroup = 1000

    private let file: StoreFile
    private let lock: FileLock
    private let queue = Mutex(Queue())
    private let desk = Mutex(Desk())
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
        if commitHere(write) { return }
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
        /// Writes that were taken from the queue and not begun.
        var pending: [QueuedWrite] = []
        let failure: SQLiteFailure
    }

    /// What a fresh connection finds to do.
    private struct Takeover {
        /// Writes of a broken commit.
        var unsettled: [QueuedWrite] = []
        /// Writes that came while the file could not be opened.
        var pending: [QueuedWrite] = []
    }

    /// What is needed to commit; whoever has it, the thread or a caller, is alone with the connection.
    private struct Desk {
        /// nil while no connection is good.
        var session: WriteSession?
        /// How a caller's own commit broke the connection.
        var broken: Break?
        /// Nanoseconds that commits take, as a moving average; begins as slow, so that the thread makes the first.
        var pace: UInt64 = 1_000_000

        /// Sixteenths of a write that found another one before it, as a moving average.
        var crowd = 0

        /// With more callers than this the thread commits them together.
        private static let alone = 8

        func suitsCaller(below quick: UInt64) -> Bool {
            session != nil && broken == nil && pace < quick && crowd < Desk.alone
        }

        mutating func note(_ nanoseconds: UInt64, others: Int) {
            pace = (pace * 7 + min(nanoseconds, 1_000_000_000)) / 8
            crowd = (crowd * 7 + min(others, 1000) * 16) / 8
        }
    }

    /// Commits on the caller's thread, when that is quicker than waking the other one; false when it is not.
    private func commitHere(_ write: QueuedWrite) -> Bool {
        guard queue.withLock({ $0.isAsleep && $0.waiting.isEmpty && !$0.isClosing }) else { return false }
        let outcome: (isDone: Bool, callsThread: Bool)? = desk.withLockIfAvailable { desk in
            guard let session = desk.session, desk.suitsCaller(below: file.options.quickCommit) else {
                return (false, false)
            }
            desk.broken = timed(&desk, 1) { commit([write], session) }
            return (true, desk.broken != nil || session.isMaintenanceDue)
        }
        if outcome?.callsThread == true { callThread() }
        return outcome?.isDone ?? false
    }

    private func callThread() {
        let wakes = queue.withLock { queue in
            queue.isCalled = true
            defer { queue.isAsleep = false }
            return queue.isAsleep
        }
        if wakes { wakeUp.signal() }
    }

    /// Only to choose the thread of the next commit; nothing that is decided or stored depends on it.
    private func timed(_ desk: inout Desk, _ writes: Int, _ work: () -> Break?) -> Break? {
        let start = DispatchTime.now().uptimeNanoseconds
        let broken = work()
        let others = writes - 1 + queue.withLock { $0.waiting.count }
        desk.note(DispatchTime.now().uptimeNanoseconds &- start, others: others)
        return broken
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
        case .broken(let broken): (Takeover(unsettled: broken.unsettled, pending: broken.pending), broken.failure)
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
                enterDesk(UInt(bitPattern: connection))
                defer { leaveDesk() }
                let hasBroken = !takeover.unsettled.isEmpty
                try atDesk { session throws(SQLiteFailure) in
                    if hasBroken { try session.forceToDisk() }
                    try session.loadRecentBodies()
                }
                openPool.withLock { $0 = pool }
                whenOpen()
                if let failure {
                    let failed = settle(&takeover.unsettled, failure)
                    if let failed { throw failed }
                }
                let pending = takeover.pending
                takeover.pending = []
                if !pending.isEmpty, let broken = commit(pending) { return .broken(broken) }
                return serveGroups()
            }
        } catch {
            let cause = SQLiteFailure(error)
            refuse(takeover, cause, cause.storeError(path: file.path))
            return .unavailable(cause)
        }
    }

    private func serveGroups() -> Ending {
        while let group = nextGroup() {
            if let broken = commit(group) ?? maintain() { return .broken(broken) }
        }
        // After a clean end the file stands for itself. Where this fails the log still has everything.
        try? atDesk { session throws(SQLiteFailure) in try session.forceToDisk() }
        return .closed
    }

    /// Has the connection to itself for one piece of work.
    private func atDesk<Value: Sendable>(
        _ work: @Sendable (WriteSession) throws(SQLiteFailure) -> Value
    ) throws(SQLiteFailure) -> Value {
        try desk.withLock { desk throws(SQLiteFailure) in
            guard let session = desk.session else { throw .damaged("no connection") }
            return try work(session)
        }
    }

    /// From now on the connection is used at the desk only; it comes as its address, because a pointer stays with
    /// the thread that has it.
    private func enterDesk(_ connection: UInt) {
        desk.withLock { desk in
            guard let connection = OpaquePointer(bitPattern: connection) else { return }
            desk.session = WriteSession(connection, file: file, recentBodies: recentBodies)
        }
    }

    private func leaveDesk() {
        desk.withLock { desk in
            desk.session?.end()
            desk.session = nil
            desk.broken = nil
        }
    }

    private func commit(_ group: [QueuedWrite]) -> Break? {
        desk.withLock { desk in
            if let broken = desk.broken {
                // A caller's commit broke the connection: the group waits for the next one.
                return Break(unsettled: broken.unsettled, pending: group, failure: broken.failure)
            }
            guard let session = desk.session, !group.isEmpty else { return nil }
            return timed(&desk, group.count) { commit(group, session) }
        }
    }

    private func maintain() -> Break? {
        desk.withLock { desk in
            guard let session = desk.session else { return nil }
            if let failure = session.indexBodiesWhenDue() { return Break(unsettled: [], failure: failure) }
            session.checkpointWhenDue()
            return nil
        }
    }

    /// All that waits, at most a group, or none when a caller left something to do; sleeps until there is something.
    /// nil when closing and nothing is left.
    private func nextGroup() -> [QueuedWrite]? {
        while true {
            let (group, isCalled, isClosing) = queue.withLock { queue in
                defer { queue.isCalled = false }
                return (Self.takeGroup(from: &queue), queue.isCalled, queue.isClosing)
            }
            if !group.isEmpty || isCalled { return group }
            if isClosing { return nil }
            wakeUp.wait()
        }
    }

    private static func takeGroup(from queue: inout Queue) -> [QueuedWrite] {
        queue.isAsleep = queue.waiting.isEmpty && !queue.isClosing && !queue.isCalled
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

    /// Tells the callers of a broken commit what stands, from what the disk gives back; those who could not be told
    /// because it gave nothing back are left.
    private func settle(_ unsettled: inout [QueuedWrite], _ failure: SQLiteFailure) -> SQLiteFailure? {
        do throws(SQLiteFailure) {
            while let write = unsettled.first {
                let isTold = try atDesk { session throws(SQLiteFailure) in try write.settle(session, failure) }
                if !isTold { write.fail(.outcomeUnknown(path: file.path, failure)) }
                unsettled.removeFirst()
            }
            return nil
        } catch {
            return error
        }
    }
}
