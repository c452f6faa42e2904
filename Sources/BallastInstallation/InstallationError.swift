import BallastRuntime

/// Why an installation cannot be put together or kept up.
package struct InstallationError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// What was asked for cannot be: a setting, a name, a key.
        case wrongUse
        /// Something that it needs is not there or not free: the store, a file, a port.
        case unavailable
    }

    package var code: Code
    package var message: String
    package var advice: String

    package init(_ code: Code, _ message: String, advice: String) {
        self.code = code
        self.message = message
        self.advice = advice
    }

    init(_ failure: StoreError) { self.init(.unavailable, failure.message, advice: failure.advice) }

    package var description: String { "\(message) \(advice)" }
}

extension String {
    /// For a sentence of the system inside one of ours.
    package var withoutFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
