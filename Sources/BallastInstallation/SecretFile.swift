import Foundation

/// A small secret in a file that only this user reads.
struct SecretFile {
    let path: String

    /// What the file holds, or a new value that is written to it.
    func readOrMake(_ make: () -> String, decode: (String) -> [UInt8]?) throws(InstallationError) -> [UInt8] {
        if let data = FileManager.default.contents(atPath: path) {
            guard
                let value = decode(
                    String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
            else {
                throw InstallationError(
                    .unavailable, "\(path) does not hold a key.",
                    advice: "Put back the file that belongs to this store; without it nothing stored can be read.")
            }
            return value
        }
        let text = make()
        try write(text)
        return decode(text) ?? []
    }

    func write(_ text: String) throws(InstallationError) {
        let isMade = FileManager.default.createFile(
            atPath: path, contents: Data((text + "\n").utf8), attributes: [.posixPermissions: 0o600])
        guard isMade else {
            throw InstallationError(.unavailable, "\(path) cannot be written.", advice: "Choose another --store.")
        }
    }
}
