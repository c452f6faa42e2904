import AsyncHTTPClient
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why an exchange gave no complete answer. Whether the request left this process is not told here.
struct HTTPExchangeFailure: Error, Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// The request itself is unfit: a bad address or header.
        case unfit
        /// No answer began: no name, no connection, no TLS, or the connection was lost.
        case noAnswer
        /// The answer began and the connection was lost.
        case cut
        case timeout
        case tooLarge
        case cancelled
    }

    let kind: Kind
    /// What happened, in words for the operator.
    let detail: String

    init(_ kind: Kind, _ detail: String = "") {
        self.kind = kind
        self.detail = detail
    }

    init(_ error: any Error, hasAnswer: Bool) {
        switch error {
        case is CancellationError: self.init(.cancelled)
        case let error as HTTPClientError where error == .cancelled: self.init(.cancelled)
        case let error as HTTPClientError:
            // Only its short description is free of header values.
            let isUnfit = Self.unfitness.contains(error.shortDescription)
            self.init(isUnfit ? .unfit : hasAnswer ? .cut : .noAnswer, error.shortDescription.lowercased())
        case let error as IOError:
            self.init(hasAnswer ? .cut : .noAnswer, String(cString: strerror(error.errnoCode)).lowercased())
        default:
            self.init(hasAnswer ? .cut : .noAnswer, String(String(describing: error).prefix(Self.detailLimit)))
        }
    }

    private static let detailLimit = 400
    private static let unfitness: Set<String> = [
        "Invalid URL", "Empty host", "Empty scheme", "Unsupported scheme", "Invalid header field names",
        "Invalid header field values", "Trace request with body",
    ]
}
