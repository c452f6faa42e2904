package import BallastCore
import Synchronization

/// One reading of a configuration: what was read, and what came of it.
package struct ConfigurationReading: Sendable {
    package let result: Result<Configuration, ConfigurationError>
    /// Over the text of every file that was read, also when they do not load; nil when the folder itself cannot be read.
    package let hash: Digest?
    /// Absolute paths of files outside of the usual places that were asked for, whether they are there or not.
    package let references: Set<String>

    /// Reads the folder and checks everything that can be checked without calling anybody.
    package init(folder: String, environment: [String: String]) {
        let source: ConfigurationSource
        do throws(ConfigurationError) {
            source = try ConfigurationSource(folder: folder, environment: environment)
        } catch {
            self = ConfigurationReading(result: .failure(error), hash: nil, references: [])
            return
        }
        self.init(source)
    }

    private init(result: Result<Configuration, ConfigurationError>, hash: Digest?, references: Set<String>) {
        self.result = result
        self.hash = hash
        self.references = references
    }

    package init(_ source: ConfigurationSource) {
        let list = DiagnosticList()
        let files = ReferredFiles(source.readFile)
        var recorded = source
        recorded.readFile = { try files.read($0) }
        var loader = ConfigurationLoader(source: recorded, list: list)
        let configuration = loader.load()
        let hash = files.hash(with: source.files)
        var result: Result<Configuration, ConfigurationError> = .failure(ConfigurationError(list.diagnostics))
        if var configuration, !list.hasErrors {
            configuration.hash = hash
            result = .success(configuration)
        }
        self.init(result: result, hash: hash, references: files.paths)
    }
}

/// Remembers which files a configuration refers to, and what they held.
private final class ReferredFiles: Sendable {
    private let readFile: @Sendable (String) throws -> String
    private let texts = Mutex<[String: String?]>([:])

    init(_ readFile: @escaping @Sendable (String) throws -> String) { self.readFile = readFile }

    func read(_ path: String) throws -> String {
        let result = Result { try readFile(path) }
        texts.withLock { $0[path] = .some(try? result.get()) }
        return try result.get()
    }

    var paths: Set<String> { Set(texts.withLock { $0.keys }) }

    func hash(with files: [String: String]) -> Digest {
        let referred = texts.withLock { $0 }.compactMap { path, text in text.map { (path, $0) } }
        let all = files.map { ($0.key, $0.value) } + referred
        return Digest.lengthPrefixed(
            domain: "ballast.configuration.v1",
            all.sorted { $0.0 < $1.0 }.flatMap { [Array($0.0.utf8), Array($0.1.utf8)] })
    }
}
