import Foundation

/// How the files of a configuration look from outside: cheap to take, and another one when a file was written.
package struct ConfigurationStamp: Sendable, Hashable {
    private struct File: Sendable, Hashable {
        let modified: TimeInterval
        let size: Int64
        let number: Int64
    }
    /// By path, behind links.
    private var files: [String: File] = [:]

    /// - Parameter references: files outside of the usual places that the configuration refers to.
    package init(folder: String, references: Set<String>) {
        let own = ConfigurationSource.names(in: folder).map { "\(folder)/\($0)" }
        for path in own + references {
            let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: real) else { continue }
            let modified = (attributes[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate
            files[real] = File(
                modified: modified ?? 0, size: (attributes[.size] as? NSNumber)?.int64Value ?? 0,
                number: (attributes[.systemFileNumber] as? NSNumber)?.int64Value ?? 0)
        }
    }
}

/// Notices that files changed, once they stand still: what is read while it is being written may be half of it.
package struct ConfigurationWatch: Sendable {
    private var taken: ConfigurationStamp?
    private var moving: ConfigurationStamp?

    package init() {}

    /// True when the files differ from those that were noticed last and look the same twice in a row.
    package mutating func notice(_ stamp: ConfigurationStamp) -> Bool {
        guard stamp != taken else {
            moving = nil
            return false
        }
        guard stamp == moving else {
            moving = stamp
            return false
        }
        (taken, moving) = (stamp, nil)
        return true
    }

    /// What was noticed last changed while it was read: it is noticed again.
    package mutating func forget() { taken = nil }
}
