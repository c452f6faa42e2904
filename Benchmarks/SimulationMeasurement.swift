import BallastTesting
import Foundation

/// How many simulated runs a second the real runtime gets through, and whether any world breaks an invariant.
struct SimulationMeasurement {
    let worlds: UInt64

    func run() {
        var (runs, crashes, effects, broken) = (0, 0, 0, 0)
        let start = ContinuousClock.now
        for seed in 0..<worlds {
            let report = Simulation(seed: seed).play()
            runs += report.runs
            crashes += report.crashes
            effects += report.effects
            guard !report.violations.isEmpty else { continue }
            broken += 1
            if broken <= 3 { print("seed \(seed): \(report.violations.joined(separator: "; "))\n\(report.history)") }
        }
        let wall = (ContinuousClock.now - start) / .seconds(1)
        print(
            "SIM worlds=\(worlds) runs=\(runs) crashes=\(crashes) effects=\(effects) broken=\(broken) "
                + "runs_per_s=\(String(format: "%.0f", Double(runs) / wall))")
    }
}
