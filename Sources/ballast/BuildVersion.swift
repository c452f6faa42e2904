import BallastServer

/// The version that `--version` prints.
enum BuildVersion {
    static let text = BallastVersion.current
}
