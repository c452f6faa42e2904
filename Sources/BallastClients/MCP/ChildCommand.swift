import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How a child is started: never through a shell, and with no variable of this process that is not named here.
struct ChildCommand: Sendable {
    /// The program and its arguments; a program without a slash is looked up on `PATH`.
    let words: [String]
    /// Variables that the operator gives; they win over the inherited ones.
    let environment: [String: String]
    let workingDirectory: String?

    /// Variables that programs commonly need and that hold no secrets; everything else stays here.
    static let inherited = ["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"]

    var configuration: Configuration {
        var options = PlatformOptions()
        // Its own session: the child's children can be ended with it, and no Ctrl-C of a terminal reaches it.
        options.createSession = true
        let program = words.first ?? ""
        return Configuration(
            executable: program.contains("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(Array(words.dropFirst())),
            environment: .custom(Dictionary(uniqueKeysWithValues: variables.map { (.init(stringLiteral: $0), $1) })),
            workingDirectory: workingDirectory.map { FilePath($0) }, platformOptions: options)
    }

    var variables: [String: String] {
        var all: [String: String] = [:]
        for name in Self.inherited {
            if let value = getenv(name) { all[name] = String(cString: value) }
        }
        return all.merging(environment) { _, given in given }
    }
}
