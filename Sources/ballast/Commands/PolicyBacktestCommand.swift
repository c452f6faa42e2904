import ArgumentParser
import BallastCore
import BallastEvals
import BallastInstallation
import BallastRuntime
import Foundation

struct PolicyBacktestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest", abstract: "Decide recorded actions again under another policy, and show what changes.",
        discussion: """
            NEW is a policy file, which takes the place of the configuration's policy of the same name, or the folder of \
            a whole configuration. The store is only read, also beside a server that uses it. Principals have the \
            attributes and groups of now; limits count from the beginning of the period; whoever was asked answers as \
            then, and who is asked anew agrees. Exit status 1 when more flips than --max-flips fail --fail-on.
            """)

    enum Bar: String, ExpressibleByArgument, CaseIterable {
        case any, looser, never
    }

    @Argument(help: "A policy file, or the folder of a configuration.") var new: String
    @Option(help: "The policy that the file replaces; otherwise the one of the same name.") var `as`: String?
    @Option(help: "From when on: a span such as 7d, or a date; otherwise all that is recorded.") var since: String?
    @Option(help: "Only this agent's runs.") var agent: String?
    @Option(help: "Only this tenant's runs.") var tenant: String?
    @Option(help: "Flips that fail: any, looser or never.") var failOn = Bar.looser
    @Option(help: "So many of them do not fail yet.") var maxFlips = 0
    @Option(help: "Examples of each flip.") var examples = 3
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var files: PolicyFileOptions

    func run() async throws {
        let configuration = try files.load(new, as: `as`)
        let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
        // Where a whole configuration is tried, its store is still that of the one in use.
        let (archive, masterKey) = try files.archive(try files.load(), readers: cores + 1)
        var options = Backtest.Options()
        options.since = try since.map { try Since.moment($0) } ?? options.since
        (options.agent, options.tenant) = (agent, tenant.map { TenantID($0) })
        (options.shards, options.examples) = (cores, max(1, examples))
        let backtest = Backtest(
            archive: archive, masterKey: masterKey, candidate: configuration.candidate, options: options)
        let report = try await run(backtest)
        if json { Output.json(report.document) } else { BacktestPrinter(report: report, configuration).show() }
        if failing(report) > max(0, maxFlips) { throw ExitCode(1) }
    }

    private func run(_ backtest: Backtest) async throws -> BacktestReport {
        let isWatched = isatty(STDERR_FILENO) == 1 && !json
        defer { if isWatched { ProgressBar.clear() } }
        do {
            return try await backtest.run { share, decisions in
                if isWatched { ProgressBar.show(share, "\(decisions) decisions") }
            }
        } catch let failure as StoreError {
            throw InstallationError(.unavailable, failure.message, advice: failure.advice)
        }
    }

    private func failing(_ report: BacktestReport) -> Int {
        switch failOn {
        case .never: 0
        case .looser: report.looser
        case .any: report.flipped + report.otherwiseAsked.reduce(0) { $0 + $1.count }
        }
    }
}

/// A bar on the terminal's last line, beside what the command prints.
enum ProgressBar {
    private static let width = 30

    static func show(_ share: Double, _ words: String) {
        let full = Int((min(1, max(0, share)) * Double(width)).rounded(.down))
        let bar = String(repeating: "#", count: full) + String(repeating: "·", count: width - full)
        write("\r\u{1B}[2K[\(bar)] \(Int(share * 100)) %  \(words)")
    }

    static func clear() { write("\r\u{1B}[2K") }

    private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
