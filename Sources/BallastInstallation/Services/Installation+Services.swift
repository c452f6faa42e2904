import BallastServer
import Foundation
import NIOCore
package import ServiceLifecycle

extension Installation {
    /// What moves runs, in the order in which it starts; it is stopped from the last to the first, after the API:
    /// no request comes in any more, then the configuration stays as it is, then tools rest, then runs.
    ///
    /// - Parameter grace: milliseconds that calls under way have at the end.
    package func services(
        grace: Int64, report: @escaping @Sendable (InstallationNews) -> Void
    ) -> [any Service] {
        [
            RuntimeService(installation: self, grace: grace, report: report),
            ToolService(installation: self, report: report),
            ReloadService(installation: self),
        ]
    }

    /// The control API on an address of this machine; port 0 takes a free one.
    package func apiService(
        host: String, port: Int, report: @escaping @Sendable (InstallationNews) -> Void
    ) throws -> any Service {
        try APIServer.application(api, host: host, port: port) { port in
            noteKeyFile(host: host, port: port)
            report(.listening(port: port))
        }
    }

    /// Runs the services where the runtime's own tasks run, so that a request is answered without waking thread after thread.
    package static func onWorkers(_ body: @Sendable () async throws -> Void) async rethrows {
        try await withTaskExecutorPreference(Composition.workers, operation: body)
    }

    /// What an error that ended the services means to the operator.
    package static func explain(_ error: any Error, host: String, port: Int) -> InstallationError {
        switch error {
        case let error as InstallationError: error
        case let error as IOError where error.errnoCode == EADDRINUSE:
            InstallationError(
                .unavailable, "\(host):\(port) is in use by another program.",
                advice: "Stop it, or take another port (`ballast serve --listen HOST:PORT`).")
        case let error as IOError where error.errnoCode == EACCES || error.errnoCode == EADDRNOTAVAIL:
            InstallationError(
                .unavailable, "\(host):\(port) cannot be listened on: \(words(error)).",
                advice: "Take an address of this machine (`ballast serve --listen HOST:PORT`).")
        case is SocketAddressError, is SocketAddressError.UnknownHost:
            InstallationError(
                .wrongUse, "\(host) is not a name or address of this machine.",
                advice: "Take another (`ballast serve --listen HOST:PORT`).")
        case is ServiceGroupError:
            InstallationError(
                .unavailable, "A part of the server ended when it should not have.", advice: "The log above says which."
            )
        default: InstallationError(.unavailable, "The server ended: \(error)", advice: "")
        }
    }

    private static func words(_ error: IOError) -> String { String(cString: strerror(error.errnoCode)).lowercased() }
}
