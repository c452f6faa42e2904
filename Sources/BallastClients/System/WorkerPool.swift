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
/// Waking another thread for each takes longer than the work. So a job that a worker's own job brings forth wakes nobody as
/// long as it is the only one: the worker comes to it as soon as its own job suspends. What comes from outside (a socket, an
/// alarm, a commit) wakes a worker, and so does whatever would have to wait for more than one job.
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

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

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
            guard state.asleep > 0 else { return false }
            if state.waiting == 1, state.workers.contains(where: { pthread_equal($0, me) != 0 }) { return false }
            state.asleep -= 1
            return true
        }
        if wakes { wakeUp.signal() }
    }

    private func work() -> Never {
        while true {
            let job: UnownedJob? = state.withLock { state in
                let job = state.take()
                if job == nil { state.asleep += 1 }
                return job
            }
            if let job {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else {
                wakeUp.wait()
            }
        }
    }
}
