/// The version that `--version` prints.
enum BuildVersion {
    static let text = "0.1.0"
}
