import BallastTesting
import Foundation
import Synchronization

/// How many simulated runs a second the real runtime gets through, and whether any world breaks an invariant.
struct SimulationMeasurement {
    let worlds: UInt64

    private struct Sum {
        var (runs, crashes, pauses, effects, broken) = (0, 0, 0, 0, 0)
    }

    func run() {
        let sum = Mutex(Sum())
        let start = ContinuousClock.now
        let failure = SimulationSweep.firstFailure(seeds: 0..<worlds) { report in
            sum.withLock { sum in
                sum.runs += report.allRuns
                sum.crashes += report.crashes
                sum.pauses += report.pauses
                sum.effects += report.effects
                sum.broken += report.violations.isEmpty ? 0 : 1
            }
        }
        let wall = (ContinuousClock.now - start) / .seconds(1)
        if let failure {
            print("seed \(failure.seed): \(failure.violations.joined(separator: "; "))\n\(failure.picture)")
        }
        let total = sum.withLock { $0 }
        print(
            "SIM worlds=\(worlds) runs=\(total.runs) crashes=\(total.crashes) pauses=\(total.pauses) "
                + "effects=\(total.effects) broken=\(total.broken) "
                + "runs_per_s=\(String(format: "%.0f", Double(total.runs) / wall))")
    }
}
