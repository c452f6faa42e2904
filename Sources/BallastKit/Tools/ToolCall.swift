import BallastRuntime

/// One attempt of a native tool, as its body sees it. The task of the body is cancelled at the deadline, when the run is
/// cancelled, when a halt covers it, and at the end of the host's grace: a body that can stop should listen.
public struct ToolCall: Sendable {
    /// The tool's name.
    public let tool: String
    /// Constant over all attempts of one action, and different for any other action: hand it to the service that does
    /// the work, so that a second attempt finds the first. Also the effect's identifier (`eff_…`) in the journal.
    public let idempotencyKey: String
    /// From 1 on. A tool that the policy says must never be repeated has one.
    public let attempt: Int
    /// Who the run acts for; the body's work is done with this principal's rights, not with the program's.
    public let principal: Principal
    /// The customer whose run this is.
    public let tenant: String
    /// When the attempt is given up: the policy's `timeout` of this tool, or 30 seconds. A body that has said nothing a
    /// second later is left to itself, and its outcome counts as unknown.
    public let deadline: ContinuousClock.Instant

    init(_ invocation: ToolInvocation) {
        tool = invocation.tool.name
        idempotencyKey = invocation.idempotencyKey
        attempt = invocation.attempt
        principal = invocation.principal
        tenant = invocation.tenant.name
        deadline = ContinuousClock.now + .milliseconds(invocation.timeout)
    }
}
