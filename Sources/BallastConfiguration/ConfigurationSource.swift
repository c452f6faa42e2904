import Foundation

/// The text of a configuration, before anything is read from it.
package struct ConfigurationSource: Sendable {
    /// Absolute path; relative paths in the files start here.
    package var folder: String
    /// Text by path relative to the folder.
    package var files: [String: String]
    package var environment: [String: String]
    /// Reads a file that the configuration refers to, by absolute path.
    package var readFile: @Sendable (String) throws -> String

    package init(
        folder: String, files: [String: String], environment: [String: String] = [:],
        readFile: @escaping @Sendable (String) throws -> String = { try ConfigurationSource.text(of: $0) }
    ) {
        self.folder = folder
        self.files = files
        self.environment = environment
        self.readFile = readFile
    }

    /// Subfolders whose files are read.
    static let folders = ["agents", "policies", "playbooks"]
    static let singles = ["ballast.yaml", "people.yaml", "prices.yaml"]

    /// Reads the files of a folder.
    package init(folder: String, environment: [String: String]) throws(ConfigurationError) {
        let path = URL(fileURLWithPath: folder).standardizedFileURL.path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            throw ConfigurationError([
                Diagnostic(
                    SourcePosition(file: folder), problem: "there is no such folder",
                    advice: "`ballast init \(folder)` makes one that works")
            ])
        }
        self.init(folder: path, files: [:], environment: environment)
        for name in ConfigurationSource.names(in: path) where FileManager.default.fileExists(atPath: "\(path)/\(name)")
        {
            files[name] = try ConfigurationSource.read(name, of: path)
        }
    }

    /// Where files are looked for, relative to the folder.
    static func names(in path: String) -> [String] {
        singles + folders.flatMap { yamlFiles(in: $0, of: path) } + overlayFiles(of: path)
    }

    /// Below it a folder for each environment.
    static let overlays = "policies/overlays"

    private static func overlayFiles(of path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(overlays)")) ?? []
        return yamlFiles(in: overlays, of: path)
            + names.filter { !$0.hasPrefix(".") }.sorted().flatMap { yamlFiles(in: "\(overlays)/\($0)", of: path) }
    }

    private static func yamlFiles(in subfolder: String, of path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(subfolder)")) ?? []
        return names.filter { ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) && !$0.hasPrefix(".") }.sorted().map {
            "\(subfolder)/\($0)"
        }
    }

    private static func read(_ name: String, of path: String) throws(ConfigurationError) -> String {
        do {
            return try text(of: "\(path)/\(name)")
        } catch {
            throw ConfigurationError([
                Diagnostic(
                    SourcePosition(file: name), problem: "the file cannot be read as UTF-8 text",
                    advice: "check its permissions and its encoding")
            ])
        }
    }

    /// The content of a file of at most 4 MB as UTF-8.
    package static func text(of path: String) throws -> String {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        guard data.count <= 4 << 20, let text = String(data: data, encoding: .utf8) else {
            throw CocoaError(.fileReadInapplicableStringEncoding)
        }
        return text
    }
}
