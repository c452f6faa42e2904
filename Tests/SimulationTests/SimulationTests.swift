import BallastRuntime
import BallastTesting
import Foundation
import Synchronization
import Testing

@Suite("A simulated world keeps its invariants", .serialized)
struct SimulationTests {
    private static let worlds = UInt64(ProcessInfo.processInfo.environment["SIMULATION_WORLDS"] ?? "600") ?? 600

    @Test("no effect twice, none lost, none without a decision, none after a halt, whatever the seed")
    func invariantsHold() {
        let kinds = Mutex((crashes: 0, pauses: 0))
        let failure = SimulationSweep.firstFailure(seeds: 0..<SimulationTests.worlds) { report in
            kinds.withLock { $0 = ($0.crashes + report.crashes, $0.pauses + report.pauses) }
        }
        if let failure { Issue.record("\(SimulationSweep.explain(failure))") }
        let (crashes, pauses) = kinds.withLock { $0 }
        #expect(crashes > 0 && pauses > 0, "the worlds were too kind: \(crashes) crashes, \(pauses) pauses")
    }

    @Test("the same seed plays the same world", arguments: [17, 19] as [UInt64])
    func isDeterministic(seed: UInt64) {
        let (first, second) = (Simulation(seed: seed).play(), Simulation(seed: seed).play())
        #expect(first.picture == second.picture)
        #expect(first.crashes == second.crashes)
    }

    @Test("a world with a shadow policy decides exactly as the same world without one")
    func shadowsChangeNothing() {
        var shadowed = 0
        for seed in UInt64(0)..<60 {
            let plain = Simulation(seed: seed).play()
            var shape = WorldShape(seed: seed)
            shape.hasShadow = true
            let report = Simulation(seed: seed, shape: shape).play()
            #expect(report.violations == [], "seed \(seed)")
            #expect(
                report.history.replacing(" action_shadowed", with: "") == plain.history,
                "seed \(seed) went otherwise with a shadow beside it")
            #expect(report.statuses == plain.statuses && report.effects == plain.effects, "seed \(seed)")
            shadowed += report.history.split(separator: " action_shadowed").count - 1
        }
        #expect(shadowed > 500, "only \(shadowed) actions were shadowed")
    }

    @Test("each protection that is taken out is missed", arguments: PlantedFault.allCases)
    func plantedFaultsAreFound(fault: PlantedFault) {
        let failure = SimulationSweep.firstFailure(seeds: 0..<10_000, planted: fault)
        #expect(failure != nil, "no world in 10,000 shows what \(fault) prevents")
    }

    @Test("a failing world is made smaller, and drawn")
    func shrinks() throws {
        let fault = PlantedFault.resendForeign
        let failure = try #require(SimulationSweep.firstFailure(seeds: 0..<10_000, planted: fault))
        let small = SimulationSweep.shrink(failure, planted: fault)
        #expect(!small.violations.isEmpty)
        #expect(small.entries <= failure.entries)
        #expect(small.picture.contains("happens for"))
    }
}
