import ArgumentParser

/// The tools around a policy, one subcommand a file.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check and compare what agents may do.",
        subcommands: [PolicyCheckCommand.self])
}
