import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Threads that run the tasks of a server, first in, first out.
///
/// Between a request and its answer a task is handed on several times: to the run's driver, to the tool's client, and back.
/// Waking another thread for each takes longer than the work. So the jobs that a worker's own job brings forth wake nobody as
/// long as they are few: the worker comes to them as soon as its own job suspends. What comes from outside (a socket, an
/// alarm, a commit) wakes a worker, and so does whatever would have to wait for more than a few jobs.
package final class WorkerPool: TaskExecutor {
    /// What a server runs on.
    package static let shared = WorkerPool(name: "ballast")

    private struct State {
        var workers: [pthread_t] = []
        var jobs: [UnownedJob] = []
        /// The place of the next one; what stands before it is done.
        var next = 0
        /// Workers that sleep, less those that were called and are not up yet.
        var asleep = 0
        /// One worker is awake and looks for work.
        var isLooking = false

        var waiting: Int { jobs.count - next }

        mutating func take() -> UnownedJob? {
            guard next < jobs.count else { return nil }
            let job = jobs[next]
            next += 1
            if next == jobs.count || next == State.done {
                jobs.removeFirst(next)
                next = 0
            }
            return job
        }

        /// How many done jobs are kept in front of the others.
        private static let done = 1_024
    }

    /// Jobs that may wait for the worker which brings them forth.
    private static let patience = 8

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)
    /// A job may wait; looked at without the lock.
    private let isThere = Atomic<Bool>(false)
    /// Looking for work takes a processor that others may need.
    private let mayLook = ProcessInfo.processInfo.activeProcessorCount > 1

    /// - Parameter threads: how many jobs may run at a time; the threads live as long as the process.
    package init(name: String, threads: Int = max(2, ProcessInfo.processInfo.activeProcessorCount)) {
        for number in 1...max(1, threads) {
            Thread.detachNewThread { [self] in
                Thread.current.name = "\(name).\(number)"
                state.withLock { $0.workers.append(pthread_self()) }
                work()
            }
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let me = pthread_self()
        let wakes = state.withLock { state in
            state.jobs.append(job)
            isThere.store(true, ordering: .relaxed)
            guard state.asleep > 0 else { return false }
            if state.isLooking, state.waiting <= WorkerPool.patience { return false }
            let isOwn = state.workers.contains { pthread_equal($0, me) != 0 }
            if isOwn, state.waiting <= WorkerPool.patience { return false }
            state.asleep -= 1
            return true
        }
        if wakes { wakeUp.signal() }
    }

    private func work() -> Never {
        var hasLooked = false
        while true {
            enum Next { case run(UnownedJob), look, sleep }
            let (next, callsAnother): (Next, Bool) = state.withLock { state in
                if let job = state.take() {
                    // What came beside it while this worker looked woke nobody, and this job may be a long one.
                    let calls = hasLooked && state.waiting > 0 && state.asleep > 0
                    if calls { state.asleep -= 1 }
                    return (.run(job), calls)
                }
                isThere.store(false, ordering: .relaxed)
                if hasLooked || state.isLooking || !mayLook {
                    state.asleep += 1
                    return (.sleep, false)
                }
                state.isLooking = true
                return (.look, false)
            }
            if callsAnother { wakeUp.signal() }
            switch next {
            case .run(let job):
                hasLooked = false
                job.runSynchronously(on: asUnownedTaskExecutor())
            case .look:
                look()
                hasLooked = true
                state.withLock { $0.isLooking = false }
            case .sleep:
                wakeUp.wait()
                hasLooked = false
            }
        }
    }

    /// Stays awake for a moment: what a request waits for is often there before a thread could fall asleep and wake again.
    private func look() {
        let end = DispatchTime.now().uptimeNanoseconds + WorkerPool.moment
        repeat {
            for _ in 0..<32 where isThere.load(ordering: .relaxed) { return }
        } while DispatchTime.now().uptimeNanoseconds < end
    }

    /// Nanoseconds.
    private static let moment: UInt64 = 100_000
}
