import BallastCore

/// The only place that calls a tool. Everything that reaches the outside world through a tool passes here, with a
/// permit of the halt gate and inside the lease.
struct EffectExecutor: Sendable {
    let gate: HaltGate
    let clock: any RuntimeClock
    let leaseMargin: Int64
    var planted: PlantedFault?

    /// One attempt of a started effect.
    func send(
        _ effect: EffectID, of tool: ToolCatalog.Entry, arguments: [UInt8], attempt: Int, tenant: TenantID,
        principal: Principal, timeout: Int64, scopes: Set<HaltScope>, handle: RunHandle
    ) async -> ToolOutcome {
        let permit = permit(for: effect, scopes: scopes, handle: handle)
        return await tool.client.call(
            ToolInvocation(
                effect: effect, tool: tool.definition, arguments: arguments, attempt: attempt, tenant: tenant,
                principal: principal, timeout: timeout, permit: permit))
    }

    private func permit(for effect: EffectID, scopes: Set<HaltScope>, handle: RunHandle) -> SendPermit {
        let (gate, clock, margin, planted) = (gate, clock, leaseMargin, planted)
        return SendPermit(
            claim: {
                let end = handle.leaseEnds.subtractingReportingOverflow(margin).partialValue
                guard clock.monotonic < end && !handle.isLost || planted == .leaseEndIgnored
                else { return .leaseEnding }
                return gate.enter(effect, scopes: scopes) || planted == .gateStaysOpen ? nil : .halted
            },
            release: { gate.leave(effect) })
    }
}
