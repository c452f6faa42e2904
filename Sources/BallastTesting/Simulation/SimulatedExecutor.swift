import BallastRuntime
import Synchronization

/// Runs every task of a simulated world on one thread, in an order that a seed decides.
///
/// Real concurrent code becomes a deterministic program: whenever more than one job could run next, the seed picks.
package final class SimulatedExecutor: TaskExecutor, Sendable {
    private let jobs = Mutex<[UnownedJob]>([])
    private let random: SeededRandom

    package init(random: SeededRandom) { self.random = random }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    package var isIdle: Bool { jobs.withLock { $0.isEmpty } }

    /// Runs jobs until none is left; false when `limit` was reached first.
    package func drain(limit: Int) -> Bool {
        for _ in 0..<limit {
            let next: UnownedJob? = jobs.withLock { jobs in
                guard !jobs.isEmpty else { return nil }
                let index = jobs.count == 1 ? 0 : random.below(jobs.count)
                jobs.swapAt(index, jobs.count - 1)
                return jobs.removeLast()
            }
            guard let next else { return true }
            next.runSynchronously(on: asUnownedTaskExecutor())
        }
        return false
    }
}
