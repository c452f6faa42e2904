import BallastRuntime
import BallastStore
import BallastTesting
import Foundation
import Synchronization

/// A folder that is removed with everything in it.
struct TemporaryFolder: Sendable {
    let path: String

    static func with<Answer>(_ body: (TemporaryFolder) async throws -> Answer) async throws -> Answer {
        let url = FileManager.default.temporaryDirectory.appending(path: "ballast-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(TemporaryFolder(path: url.path()))
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// Copies a store as it lies on the disk while it is open: what a kill of its process leaves.
    func copyStore(_ name: String, to copy: String) throws {
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: file(name + suffix)) {
            try FileManager.default.copyItem(atPath: file(name + suffix), toPath: file(copy + suffix))
        }
    }
}

extension StoreSubject {
    static func sqlite(in folder: TemporaryFolder) -> StoreSubject {
        let count = Mutex(0)
        return StoreSubject(
            name: "SQLite", leasesOutliveProcess: false,
            make: { try await SQLiteRunStore.open(path: folder.file("0")) },
            reopenAfterCrash: { store in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                try folder.copyStore("\(number - 1)", to: "\(number)")
                await store.close()
                return try await SQLiteRunStore.open(path: folder.file("\(number)"))
            })
    }
}
