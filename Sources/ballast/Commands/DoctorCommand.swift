import ArgumentParser
import BallastConfiguration
import BallastCore
import BallastRuntime
import Foundation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check configuration, store, disk, clock and server, and say what to do.")
    @Option(help: "The configuration's folder.") var config = "."
    @OptionGroup var server: ServerOptions

    private struct Check {
        let name: String
        let isGood: Bool
        let detail: String
    }

    func run() async throws {
        var checks: [Check] = []
        let configuration = checkConfiguration(&checks)
        checkDisk(configuration, &checks)
        checkClock(&checks)
        await checkServer(&checks)
        if server.json {
            Output.json(
                .array(
                    checks.map {
                        ["check": JSONValue($0.name), "ok": .bool($0.isGood), "detail": JSONValue($0.detail)]
                    }))
        } else {
            for check in checks {
                Output.line("\(check.isGood ? Output.toned("ok ", .good) : Output.toned("BAD", .bad))  \(check.name): \(check.detail)")
            }
        }
        if checks.contains(where: { !$0.isGood }) { throw ExitCode(1) }
    }

    private func checkConfiguration(_ checks: inout [Check]) -> Configuration? {
        do throws(ConfigurationError) {
            let loaded = try Configuration.load(folder: config, environment: ProcessInfo.processInfo.environment)
            let agents = loaded.agents.keys.sorted().joined(separator: ", ")
            checks.append(Check(name: "configuration", isGood: true, detail: "agents: \(agents)"))
            return loaded
        } catch {
            for complaint in error.diagnostics {
                checks.append(Check(name: "configuration", isGood: false, detail: complaint.description))
            }
            return nil
        }
    }

    private func checkDisk(_ configuration: Configuration?, _ checks: inout [Check]) {
        guard case .sqlite(let path)? = configuration?.server.store else { return }
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        guard let free = attributes?[.systemFreeSize] as? Int64 else {
            checks.append(Check(name: "disk", isGood: true, detail: "\(folder) is made at the first start"))
            return
        }
        let enough = free > 256 << 20
        checks.append(
            Check(
                name: "disk", isGood: enough,
                detail: "\(free >> 20) MiB free at \(folder)\(enough ? "" : "; make room, at least 256 MiB")"))
    }

    private func checkClock(_ checks: inout [Check]) {
        let isPlausible = Date().timeIntervalSince1970 > 1_750_000_000
        checks.append(
            Check(
                name: "clock", isGood: isPlausible,
                detail: isPlausible ? Date().ISO8601Format() : "it says \(Date().ISO8601Format()); set it, approvals expire by it"))
    }

    private func checkServer(_ checks: inout [Check]) async {
        do {
            let tools = try await APIClient(server).list("/api/v1/tools", limit: 1000)
            checks.append(Check(name: "server", isGood: true, detail: "answers; \(tools.count) tools offered"))
        } catch let failure as CommandFailure {
            checks.append(Check(name: "server", isGood: false, detail: failure.message))
        } catch {
            checks.append(Check(name: "server", isGood: false, detail: "\(error)"))
        }
    }
}
