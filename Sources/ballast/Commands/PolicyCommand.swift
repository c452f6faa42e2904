import ArgumentParser

/// The tools around a policy, one subcommand a file.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check, test and compare what agents may do.",
        subcommands: [PolicyTestCommand.self, PolicyExplainCommand.self, PolicyBacktestCommand.self])
}
