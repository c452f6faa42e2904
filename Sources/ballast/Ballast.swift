import ArgumentParser
import BallastInstallation

/// `ballast`: the server, and the commands that talk to it.
@main
struct Ballast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ballast", abstract: "The production runtime for AI agents.",
        discussion: """
            Client commands find the server by BALLAST_URL (http://127.0.0.1:7340) and BALLAST_KEY; --url and --key \
            override. Exit status: 0 done, 1 a check says no, 2 wrong usage or configuration, 3 refused by policy or \
            limit, 4 not reachable.
            """,
        version: BuildVersion.text,
        subcommands: [
            InitCommand.self, ServeCommand.self, RunCommand.self, RunsCommand.self, ShowCommand.self,
            AnswerCommand.self, CancelCommand.self, HandOffCommand.self, ApprovalsCommand.self, ApproveCommand.self,
            RejectCommand.self, HaltCommand.self, HaltsCommand.self, ResumeCommand.self, BreakersCommand.self,
            EffectsCommand.self, SettleCommand.self, RollbackCommand.self, TrustCommand.self, ToolsCommand.self,
            KeysCommand.self,
            DoctorCommand.self, EscalationsCommand.self, ClaimCommand.self, ActCommand.self, ReplyCommand.self,
            HandBackCommand.self, FinishCommand.self, PolicyCommand.self, ReloadCommand.self, MCPCommand.self,
        ])

    static func main() async {
        ProcessSetup.ignoreBrokenPipes()
        ProcessSetup.shareProcessors()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Output.complain(failure.message)
            exit(withError: ExitCode(failure.status))
        } catch let failure as InstallationError {
            Output.complain(failure.description)
            exit(withError: ExitCode(failure.code == .wrongUse ? 2 : 1))
        } catch  where exitCode(for: error) == .validationFailure {
            Output.complain(fullMessage(for: error))
            exit(withError: ExitCode(2))
        } catch {
            exit(withError: error)
        }
    }
}

/// A command's end that is not success: what happened and what to do, and the exit status of the contract.
struct CommandFailure: Error {
    var message: String
    var status: Int32

    /// 1: a check or gate says no.
    static func no(_ message: String) -> CommandFailure { CommandFailure(message: message, status: 1) }
    /// 2: wrong usage or configuration.
    static func usage(_ message: String) -> CommandFailure { CommandFailure(message: message, status: 2) }
    /// 3: refused by policy or limit.
    static func refused(_ message: String) -> CommandFailure { CommandFailure(message: message, status: 3) }
    /// 4: not reachable.
    static func unreachable(_ message: String) -> CommandFailure { CommandFailure(message: message, status: 4) }
}
