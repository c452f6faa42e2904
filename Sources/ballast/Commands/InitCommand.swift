import ArgumentParser
import BallastConfiguration
import BallastInstallation
import Foundation

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a working configuration into a folder.")
    @Argument(help: "The folder; made if it is not there.") var folder: String

    func run() throws {
        let base = URL(filePath: folder)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: base.path, isDirectory: &isFolder), !isFolder.boolValue {
            throw CommandFailure.usage("\(folder) is a file; nothing was written. Choose a folder.")
        }
        let existing = ConfigurationTemplate.files.filter {
            FileManager.default.fileExists(atPath: base.appending(path: $0.path).path)
        }
        guard existing.isEmpty else {
            throw CommandFailure.usage(
                "\(folder) already has \(existing.map(\.path).joined(separator: ", ")); nothing was written. "
                    + "Choose an empty folder.")
        }
        for file in ConfigurationTemplate.files {
            let target = base.appending(path: file.path)
            do {
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(file.text.utf8).write(to: target)
            } catch {
                throw CommandFailure.no(
                    "\(target.path) cannot be written: \(error.localizedDescription.withoutFullStop). "
                        + "Choose a folder that this user may write to.")
            }
            Output.line("wrote \(shown(file.path))")
        }
        Output.line()
        Output.line("Next:  ballast serve --config \(folder)")
        Output.line("then, in another terminal:  ballast run assistant \"call me back\"")
    }

    private func shown(_ path: String) -> String {
        folder == "." ? path : folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }
}
