package import BallastCore

/// What a breaker stands before: a tool or a model, for everybody or for the calls of one tenant.
package struct BreakerSubject: Sendable, Hashable, Comparable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        case tool, model

        package var name: String { self == .tool ? "tool" : "model" }
    }

    package let kind: Kind
    package let name: String
    /// Faults that lie in a tenant's credential or quota rest the calls of that tenant alone.
    package let tenant: TenantID?

    package init(_ kind: Kind, _ name: String, tenant: TenantID? = nil) {
        self.kind = kind
        self.name = name
        self.tenant = tenant
    }

    package static func tool(_ name: String) -> BreakerSubject { BreakerSubject(.tool, name) }
    package static func model(_ name: String) -> BreakerSubject { BreakerSubject(.model, name) }

    func of(_ tenant: TenantID) -> BreakerSubject { BreakerSubject(kind, name, tenant: tenant) }
    var forAll: BreakerSubject { BreakerSubject(kind, name) }

    /// Such as `tool:lookup_order`; the tenant is said beside it.
    package var description: String { "\(kind.name):\(name)" }

    package static func < (a: BreakerSubject, b: BreakerSubject) -> Bool {
        (a.description, a.tenant?.name ?? "") < (b.description, b.tenant?.name ?? "")
    }
}

/// What the end of a call says of the one that was called.
enum CallHealth: Sendable, Hashable {
    /// It answered, also when it answered that it failed.
    case answered
    /// It did not: time-out, no connection, a fault of the server, an answer that breaks the protocol.
    case fault(String)
    /// It turned away the credential or the quota of the caller.
    case turnedAway(String, retryAfter: Int64?)
    /// The call says nothing: it was not made, or was ended from here.
    case unknown

    init(_ outcome: ToolOutcome) {
        switch outcome {
        case .result(let result): self = result.refusesCredential ? .turnedAway("refused", retryAfter: nil) : .answered
        case .neverSent(let failure, _), .unknown(let failure): self.init(failure)
        }
    }

    private init(_ failure: ToolFailure) {
        switch failure.code {
        case .unreachable, .timeout, .connectionLost, .protocolError, .serverError: self = .fault(failure.code.name)
        case .rateLimited: self = .turnedAway(failure.code.name, retryAfter: failure.retryAfter)
        case .resultTooLarge: self = .answered
        case .refused, .cancelled, .permitRefused, .resting: self = .unknown
        }
    }

    /// An answer that did not come in the little time that its caller had left says nothing of the one that was called.
    var ofHurried: CallHealth { self == .fault(ToolFailure.Code.timeout.name) ? .unknown : self }

    init(_ failure: ModelFailure) {
        switch failure.code {
        case .unreachable, .timeout, .overloaded, .serverError, .malformedResponse: self = .fault(failure.code.name)
        case .rateLimited, .authentication, .quotaExhausted:
            self = .turnedAway(failure.code.name, retryAfter: failure.retryAfter)
        case .badRequest, .contextTooLong: self = .answered
        case .cancelled, .resting: self = .unknown
        }
    }
}
