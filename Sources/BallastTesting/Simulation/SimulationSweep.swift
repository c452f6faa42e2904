package import BallastRuntime
import Dispatch
import Foundation
import Synchronization

/// Plays many worlds on all cores; each world has a thread to itself, so it is as deterministic as alone.
package enum SimulationSweep {
    /// The failing world with the smallest seed, if one fails.
    package static func firstFailure(
        seeds: Range<UInt64>, planted: PlantedFault? = nil, each: @Sendable (Simulation.Report) -> Void = { _ in }
    ) -> Simulation.Report? {
        let next = Atomic(seeds.lowerBound)
        let failure = Mutex<Simulation.Report?>(nil)
        DispatchQueue.concurrentPerform(iterations: max(1, ProcessInfo.processInfo.activeProcessorCount)) { _ in
            while true {
                let seed = next.add(1, ordering: .relaxed).oldValue
                let isLater = failure.withLock { ($0?.seed).map { $0 < seed } ?? false }
                guard seed < seeds.upperBound, !isLater else { return }
                let report = Simulation(seed: seed, planted: planted).play()
                each(report)
                guard !report.violations.isEmpty else { continue }
                failure.withLock { known in
                    if known.map({ report.seed < $0.seed }) ?? true { known = report }
                }
            }
        }
        return failure.withLock { $0 }
    }
}

extension SimulationSweep {
    /// A smaller world that fails too, found by taking things out of the failing one, with the same seed or a near one.
    package static func shrink(_ failure: Simulation.Report, planted: PlantedFault? = nil) -> Simulation.Report {
        var smallest = failure
        var isShrinking = true
        while isShrinking {
            isShrinking = false
            for shape in smallest.shape.smaller {
                guard let next = failing(shape, near: smallest, planted: planted) else { continue }
                smallest = next
                isShrinking = true
                break
            }
        }
        return smallest
    }

    /// Seeds that are tried for a smaller world.
    private static let near: UInt64 = 60

    private static func failing(
        _ shape: WorldShape, near report: Simulation.Report, planted: PlantedFault?
    ) -> Simulation.Report? {
        for seed in [report.seed] + Array(0..<near) {
            let next = Simulation(seed: seed, planted: planted, shape: shape).play()
            if !next.violations.isEmpty, next.entries <= report.entries { return next }
        }
        return nil
    }

    /// The failing seed, the smallest world that fails alike, and the picture of it.
    package static func explain(_ failure: Simulation.Report, planted: PlantedFault? = nil) -> String {
        let small = shrink(failure, planted: planted)
        return """
            seed \(failure.seed): \(failure.violations.joined(separator: "; "))
            smallest: seed \(small.seed), \(small.shape): \(small.violations.joined(separator: "; "))
            \(small.picture)
            """
    }
}
