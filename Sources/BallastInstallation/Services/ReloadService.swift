import ServiceLifecycle

/// Looks at the files of the configuration, again and again.
struct ReloadService: Service, CustomStringConvertible {
    let installation: Installation

    var description: String { "configuration" }

    func run() async throws {
        await cancelWhenGracefulShutdown { await installation.configurations.watch() }
    }
}
