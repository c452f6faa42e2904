package import BallastCore
package import BallastRuntime

/// A whole configuration, checked and typed. Nothing in it is read again: a change is a new reading.
package struct Configuration: Sendable {
    /// Absolute path of the folder it came from.
    package let folder: String
    /// Over the text of every file that it was read from.
    package internal(set) var hash: Digest
    package let server: ServerSettings
    package let tenants: [TenantSettings]
    package let models: [String: ModelSettings]
    package let providers: [String: ToolProviderSettings]
    package let agents: [String: DeployedAgent]
    package let people: People
    /// What loads and is probably not meant.
    package let warnings: [Diagnostic]
    /// Places of what `check` may complain about.
    let places: ConfigurationPlaces

    /// The names of all tools that agents may call, sorted.
    package var manifest: [String] { Set(agents.values.flatMap(\.definition.tools)).sorted() }
}

/// Where things stand in the files, for complaints that come after loading.
struct ConfigurationPlaces: Sendable {
    /// By agent, then by path in its policy.
    var policies: [String: [String: SourcePosition]] = [:]
    /// The same of what is tried beside it.
    var shadows: [String: [String: SourcePosition]] = [:]
    /// By agent, then by the name of a tool in its manifest.
    var tools: [String: [String: SourcePosition]] = [:]
    /// By playbook, then by the path of a step.
    var steps: [String: [[Int]: SourcePosition]] = [:]
    var agents: [String: SourcePosition] = [:]
    /// By key of ballast.yaml.
    var server: [String: SourcePosition] = [:]
}
