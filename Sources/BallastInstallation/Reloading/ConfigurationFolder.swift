package import BallastConfiguration

/// Where a configuration is read from, again and again.
package struct ConfigurationFolder: Sendable {
    let path: String
    let environment: [String: String]

    package init(path: String, environment: [String: String]) {
        self.path = path
        self.environment = environment
    }

    package func read() -> ConfigurationReading { ConfigurationReading(folder: path, environment: environment) }
    func stamp(_ references: Set<String>) -> ConfigurationStamp {
        ConfigurationStamp(folder: path, references: references)
    }
}
