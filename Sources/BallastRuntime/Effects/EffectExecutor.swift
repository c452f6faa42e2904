import BallastCore

/// The only place that calls a tool. Everything that reaches the outside world through a tool passes here, with a
/// permit of the halt gate and inside the lease.
struct EffectExecutor: Sendable {
    let gate: HaltGate
    let clock: any RuntimeClock
    let leaseMargin: Int64
    var planted: PlantedFault?

    /// One attempt of a started effect.
    ///
    /// - Parameter judgedUnder: the generation of the decision that allowed it; nil for what the guard asks for itself.
    func send(
        _ effect: EffectID, of tool: ToolCatalog.Entry, arguments: [UInt8], attempt: Int, tenant: TenantID,
        principal: Principal, timeout: Int64, scopes: Set<HaltScope>, judgedUnder: Int?, notFrom: Timestamp? = nil,
        handle: RunHandle, relay: ToolRelay? = nil
    ) async -> ToolOutcome {
        let permit = permit(for: effect, scopes: scopes, judgedUnder: judgedUnder, notFrom: notFrom, handle: handle)
        return await tool.client.call(
            ToolInvocation(
                effect: effect, tool: tool.definition, arguments: arguments, attempt: attempt, tenant: tenant,
                principal: principal, timeout: timeout, permit: permit, relay: relay))
    }

    private func permit(
        for effect: EffectID, scopes: Set<HaltScope>, judgedUnder: Int?, notFrom: Timestamp?, handle: RunHandle
    ) -> SendPermit {
        let (gate, clock, margin, planted) = (gate, clock, leaseMargin, planted)
        let generation = planted == .staleDecision ? nil : judgedUnder
        return SendPermit(
            claim: {
                guard notFrom.map({ clock.now < $0 }) ?? true else { return .leaseEnding }
                let end = handle.leaseEnds.subtractingReportingOverflow(margin).partialValue
                guard clock.monotonic < end && !handle.isLost || planted == .leaseEndIgnored
                else { return .leaseEnding }
                let refusal = gate.enter(effect, scopes: scopes, judgedUnder: generation)
                return refusal == .halted && planted == .gateStaysOpen ? nil : refusal
            },
            release: { gate.leave(effect) })
    }
}
