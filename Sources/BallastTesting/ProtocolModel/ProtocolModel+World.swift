/// What happens around the workers: people, the halt, the tool, time.
extension ProtocolModel {
    func addPeople(_ moves: inout ProtocolMoves) {
        let store = moves.state.store
        guard store.phase == .waiting else { return }
        if store.decision == .none {
            moves.add(.approver, .approve) { $0.store.decision = .approves }
            moves.add(.approver, .reject) { $0.store.decision = .rejects }
        }
        if store.expiry == .none { moves.add(.time, .expire) { $0.store.expiry = .waits } }
    }

    func addHalt(_ moves: inout ProtocolMoves) {
        let state = moves.state
        guard bounds.hasHalt else { return }
        switch state.halt {
        case .ahead:
            addClosing(&moves)
            moves.add(.operatorPerson, .recordHalt) { $0.halt = .recorded }
        case .recorded:
            addClosing(&moves)
            if isQuiet(state) { moves.add(.operatorPerson, .acknowledge) { $0.halt = .acknowledged } }
        case .acknowledged:
            moves.add(.operatorPerson, .resume) { state in
                state.halt = .lifted
                for name in WorkerName.allCases { state[name].isGateClosed = false }
            }
        case .lifted: break
        }
    }

    /// The gate of every process that runs is closed, and nobody is between leave to write and the write.
    private func isQuiet(_ state: ProtocolState) -> Bool {
        WorkerName.allCases.allSatisfy { name in
            let isHolding = state[name].place == .writing && has(.permit) && has(.drain)
            return (state[name].isGateClosed || state[name].life != .up) && !isHolding
        }
    }

    private func addClosing(_ moves: inout ProtocolMoves) {
        for name in WorkerName.allCases where moves.state[name].life == .up && !moves.state[name].isGateClosed {
            moves.add(.operatorPerson, .close, note: name.note) { $0[name].isGateClosed = true }
        }
    }

    func addCall(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        let call = moves.state[name].call
        guard call == .airborne else { return }
        moves.add(.world, .land, note: name.note) { state in
            land(&state)
            state[name].call = .landed
        }
        moves.add(.world, .drop, note: name.note) { $0[name].call = .none }
    }

    func addWorld(_ moves: inout ProtocolMoves) {
        let (state, world) = (moves.state, moves.state.world)
        addOrphans(&moves)
        let allLanded = state.airborne == 0 || world.isLandingUnbounded
        if state.store.phase == .inDoubt, !world.canLandNoMore, allLanded {
            moves.add(.time, .landed) { $0.world.canLandNoMore = true }
        }
        guard tool == .byKey, !isKeyKeptForever, state.store.wasApprovalRelied else { return }
        switch world.key {
        case .open: moves.add(.time, .windowEnds) { $0.world.key = .closing }
        case .closing: if !isUnderWay(state) { moves.add(.time, .keyForgotten) { $0.world.key = .forgotten } }
        case .forgotten: break
        }
    }

    /// An attempt that was found to be within the window has not arrived yet.
    private func isUnderWay(_ state: ProtocolState) -> Bool {
        state.airborne > 0
            || WorkerName.allCases.contains { name in
                state[name].place == .writing && state[name].sawMayHaveHappened
            }
    }

    private func addOrphans(_ moves: inout ProtocolMoves) {
        guard moves.state.world.orphans > 0 else { return }
        moves.add(.world, .land, note: " (nobody waits for it)") { state in
            state.world.orphans -= 1
            land(&state)
        }
        moves.add(.world, .drop, note: " (nobody waits for it)") { $0.world.orphans -= 1 }
    }

    private func land(_ state: inout ProtocolState) {
        let isKnown = tool == .byKey && state.world.happened > 0 && state.world.key != .forgotten
        if !isKnown { state.world.happened = min(2, state.world.happened + 1) }
    }
}
