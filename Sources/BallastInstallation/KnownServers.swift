package import Foundation

/// Remembers, for servers of this user on this machine, where their first key is kept, so that the commands find it.
///
/// A small file for each address, in the user's state folder; it names the key's file and never holds the key.
package struct KnownServers {
    private let folder: URL?

    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let state =
            environment["XDG_STATE_HOME"].map { URL(filePath: $0) }
            ?? environment["HOME"].map { URL(filePath: $0).appending(path: ".local/state") }
        folder = state?.appending(path: "ballast/servers")
    }

    /// Notes the key file of a server on loopback. Not being able to is no failure: BALLAST_KEY still works.
    package func note(host: String, port: Int, keyFile: URL) {
        guard let folder, KnownServers.isLoopback(host) else { return }
        try? FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try? Data(keyFile.standardizedFileURL.path.utf8).write(to: file(in: folder, port: port), options: .atomic)
    }

    /// The first key of the server at `address`, if it is one of this user on this machine.
    package func key(of address: String) -> String? {
        guard let folder, let url = URL(string: address), let host = url.host(), KnownServers.isLoopback(host),
            let path = try? String(contentsOf: file(in: folder, port: url.port ?? 80), encoding: .utf8),
            let key = try? String(contentsOfFile: path, encoding: .utf8)
        else { return nil }
        return key.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func file(in folder: URL, port: Int) -> URL { folder.appending(path: "loopback-\(port)") }

    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host == "[::1]" || host.hasPrefix("127.")
    }
}
