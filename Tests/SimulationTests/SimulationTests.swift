import BallastRuntime
import BallastTesting
import Foundation
import Testing

@Suite("A simulated world keeps its invariants")
struct SimulationTests {
    private static let worlds = UInt64(ProcessInfo.processInfo.environment["SIMULATION_WORLDS"] ?? "300") ?? 300

    @Test("no effect twice, none lost, none without a decision, none after a halt, whatever the seed")
    func invariantsHold() {
        var crashes = 0
        for seed in 0..<SimulationTests.worlds {
            let report = Simulation(seed: seed).play()
            crashes += report.crashes
            #expect(
                report.violations.isEmpty,
                "seed \(seed): \(report.violations.joined(separator: "; "))\n\(report.history)")
            if !report.violations.isEmpty { return }
        }
        #expect(crashes > 0, "the worlds were too kind: nothing crashed")
    }

    @Test("the same seed plays the same world")
    func isDeterministic() {
        let (first, second) = (Simulation(seed: 17).play(), Simulation(seed: 17).play())
        #expect(first.history == second.history)
        #expect(first.crashes == second.crashes)
    }

    @Test("each protection that is taken out is missed", arguments: PlantedFault.allCases)
    func plantedFaultsAreFound(fault: PlantedFault) {
        for seed in 0..<UInt64(3_000) where !Simulation(seed: seed, planted: fault).play().violations.isEmpty {
            return
        }
        Issue.record("no world in 3,000 shows what \(fault) prevents")
    }
}
