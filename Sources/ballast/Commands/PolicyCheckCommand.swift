import ArgumentParser
import BallastConfiguration
import Foundation

struct PolicyCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the policies of a configuration.")
    @Argument(help: "The configuration's folder.") var config = "."

    func run() async throws {
        do throws(ConfigurationError) {
            let loaded = try Configuration.load(folder: config, environment: ProcessInfo.processInfo.environment)
            for warning in loaded.warnings { Output.line(warning.description) }
            Output.line("\(loaded.agents.count) agents: nothing is wrong with their policies.")
        } catch {
            throw CommandFailure.usage(error.description)
        }
    }
}
