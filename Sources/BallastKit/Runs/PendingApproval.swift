/// An action that waits for a person's decision.
public struct PendingApproval: Sendable, Hashable, Identifiable {
    /// Which gate the action waits at.
    public enum Gate: String, Sendable, Hashable {
        /// The run's principal confirms.
        case confirm
        /// A reviewer approves: somebody else than the principal and than who started the run.
        case approve
    }

    /// `apr_…`; what `approve` and `reject` take.
    public let id: String
    /// `run_…`
    public let runID: String
    public let tool: String
    /// What would be sent, exactly.
    public let arguments: JSONValue
    /// Who decides.
    public let gate: Gate
    /// The group whose members may decide; nil when no group is named.
    public let group: String?
    /// Why it waits, in a sentence.
    public let reasons: String
    /// RFC 3339 in UTC. An approval that expires never allows.
    public let expiresAt: String
    /// Everything a person must see before they decide; the decision is bound to it.
    public let review: JSONValue

    init(_ document: JSONValue) {
        id = document["approval_id"]?.string ?? ""
        runID = document["run_id"]?.string ?? ""
        tool = document["tool"]?.string ?? ""
        arguments = document["arguments"] ?? .null
        gate = document["gate"]?.string.flatMap(Gate.init) ?? .approve
        group = document["group"]?.string
        reasons = document["reasons"]?.string ?? ""
        expiresAt = document["expires_at"]?.string ?? ""
        review = document["review"] ?? .null
    }
}
