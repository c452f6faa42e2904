package import BallastCore
package import BallastRuntime

/// What an installation says of itself while it runs; the command line prints it.
package enum InstallationNews: Sendable {
    /// The API takes requests at this port.
    case listening(port: Int)
    /// Every provider of tools has answered, or had its time to.
    case toolsListed
    /// Runs move; so many go on from before.
    case recovered(Int)
    /// Runs could not be recovered; it is tried again.
    case recoveryFailed(StoreError)
    /// Runs whose calls are let end.
    case waitingFor([RunID])
    /// Every run rests.
    case stopped
}
