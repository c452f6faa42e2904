import BallastCore
import BallastRuntime
import Foundation

/// `ballast-bench w1 [--store memory|sqlite:FOLDER] [--mode strict|by-need] [--conc 1,16,64] [--seconds 5] [--ledger on|off]`
/// `ballast-bench simulate [--worlds 2000]`
/// `ballast-bench policy`
/// `ballast-bench guard [--judgements 20000]`
/// `ballast-bench halt [--runs 64] [--rounds 50] [--store FILE]`
/// `ballast-bench backtest [--actions 1000000] [--store FILE]`
/// `ballast-bench gateway [--seconds 3] [--store FILE]`
/// `ballast-bench recovery [--runs 200] [--slow 100] [--dir FOLDER]`
@main
struct Bench {
    static func main() async throws {
        let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
        if arguments.command == "simulate" {
            return SimulationMeasurement(worlds: UInt64(arguments["worlds"] ?? "2000") ?? 2000).run()
        }
        if arguments.command == "policy" { return try PolicyMeasurement().run() }
        if arguments.command == "guard" {
            let judgements = Int(arguments["judgements"] ?? "20000") ?? 20_000
            return try await GuardMeasurement(judgements: max(10, judgements)).run()
        }
        if arguments.command == "halt" {
            let path = arguments["store"] ?? FileManager.default.temporaryDirectory.path + "/halt-\(getpid()).db"
            return try await HaltMeasurement(
                runs: Int(arguments["runs"] ?? "64") ?? 64, rounds: Int(arguments["rounds"] ?? "50") ?? 50, path: path
            ).run()
        }
        if arguments.command == "backtest" {
            let path = arguments["store"] ?? FileManager.default.temporaryDirectory.path + "/backtest-\(getpid()).db"
            return try await BacktestMeasurement(
                actions: Int(arguments["actions"] ?? "1000000") ?? 1_000_000, path: path
            )
            .run()
        }
        if arguments.command == "gateway" {
            let path = arguments["store"] ?? FileManager.default.temporaryDirectory.path + "/gateway-\(getpid()).db"
            return try await GatewayMeasurement(path: path, seconds: Double(arguments["seconds"] ?? "3") ?? 3).run()
        }
        if arguments.command == "recovery" {
            let folder = arguments["dir"] ?? FileManager.default.temporaryDirectory.path + "/recovery-\(getpid())"
            let measurement = RecoveryMeasurement(
                runs: Int(arguments["runs"] ?? "200") ?? 200, slow: Int64(arguments["slow"] ?? "100") ?? 100,
                folder: folder)
            guard let phase = arguments["phase"] else { return try await measurement.run() }
            return try await measurement.perform(phase)
        }
        guard arguments.command == "w1" else {
            print(
                "usage: ballast-bench w1 [--store memory|sqlite:FOLDER] [--mode strict|by-need] [--conc 1,16,64] [--seconds 5]"
            )
            exit(2)
        }
        let modes = arguments["mode"].map { [$0] } ?? ["strict", "by-need"]
        for mode in modes {
            for concurrency in (arguments["conc"] ?? "1,16,64").split(separator: ",").compactMap({ Int($0) }) {
                try await W1Measurement(
                    store: arguments["store"] ?? "memory", mode: mode, concurrency: concurrency,
                    seconds: Double(arguments["seconds"] ?? "5") ?? 5, hasLedger: arguments["ledger"] != "off"
                ).run()
            }
        }
    }
}

/// `--name value` pairs after a command.
struct Arguments {
    let command: String
    private var values: [String: String] = [:]

    init(_ words: [String]) {
        command = words.first ?? ""
        var rest = words.dropFirst()
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), let value = rest.popFirst() else { continue }
            values[String(name.dropFirst(2))] = value
        }
    }

    subscript(name: String) -> String? { values[name] }
}
