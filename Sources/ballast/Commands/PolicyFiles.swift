import ArgumentParser
import BallastConfiguration
import BallastCore
import BallastEvals
import BallastInstallation
import BallastPolicy
import BallastRuntime
import Foundation

/// Which configuration and which store a policy command looks at.
struct PolicyFileOptions: ParsableArguments {
    @Option(help: "The configuration's folder.") var config = "."
    @Option(help: "sqlite:PATH; otherwise the configuration's own.") var store: String?

    /// The configuration of the folder, or with one of its policies replaced by a file.
    func load(_ new: String? = nil, as name: String? = nil) throws -> Configuration {
        do throws(ConfigurationError) {
            let environment = ProcessInfo.processInfo.environment
            guard let new else { return try Configuration.load(folder: config, environment: environment) }
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: new, isDirectory: &isFolder) else {
                throw ConfigurationError([
                    Diagnostic(
                        SourcePosition(file: new), problem: "there is no such file or folder",
                        advice: "give a policy file, or the folder of a configuration")
                ])
            }
            if isFolder.boolValue { return try Configuration.load(folder: new, environment: environment) }
            let source = try ConfigurationSource(folder: config, environment: environment)
            return try Configuration.load(try source.replacingPolicy(with: new, named: name))
        } catch {
            throw CommandFailure.usage(
                "the configuration does not load:\n  "
                    + error.diagnostics.map(\.description).joined(separator: "\n  "))
        }
    }

    /// The recorded actions of the store, read beside whatever server uses it.
    func archive(_ configuration: Configuration, readers: Int) throws -> (any JournalArchive, masterKey: [UInt8]) {
        var location = configuration.server.store
        if let store {
            guard store.hasPrefix("sqlite:"), store.count > 7 else {
                throw CommandFailure.usage("--store takes sqlite:PATH.")
            }
            location = .sqlite(path: URL(filePath: String(store.dropFirst(7))).path)
        }
        return try Composition.openArchive(location, readers: readers)
    }
}

extension Configuration {
    /// The policies of its agents, with its people, for deciding recorded actions again.
    var candidate: Candidate {
        let people = people
        return Candidate(
            policies: agents.mapValues(\.policy), attributes: { people.attributes(of: $0) },
            groups: { people.groups(of: $0) }, zoneOffset: Composition.zones(tenants))
    }
}

/// A moment as a command takes it: how long ago, or a date.
enum Since {
    static func moment(_ text: String) throws -> Timestamp {
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        if let span = DurationText.milliseconds(text) { return now.adding(milliseconds: -span) }
        if let date = DateText.milliseconds(text) { return Timestamp(milliseconds: date) }
        throw CommandFailure.usage("--since takes a span such as 7d or 12h, or a date such as 2026-11-01, not \(text).")
    }
}
