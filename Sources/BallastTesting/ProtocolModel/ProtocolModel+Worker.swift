/// What a worker does with the run: claim, judge, commit, send, put on record.
extension ProtocolModel {
    func addWorker(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        let (state, me) = (moves.state, moves.state[name])
        switch me.life {
        case .takesStock: addStock(name, isFirst: true, &moves)
        case .tookHalf: addStock(name, isFirst: false, &moves)
        case .up: addPlace(name, &moves)
        }
        if bounds.hasCrash, !state.hasCrashed {
            moves.add(name.actor, .crash) { state in
                state.hasCrashed = true
                state.loseCall(name)
                var dead = ProtocolWorker()
                dead.life = .takesStock
                // The store does not know: its lease runs on.
                (dead.isOwner, dead.lease) = (state[name].isOwner, state[name].lease)
                state[name] = dead
            }
        }
    }

    private func addStock(_ name: WorkerName, isFirst: Bool, _ moves: inout ProtocolMoves) {
        let readsEpochs = isFirst == has(.epochsBeforeHalts)
        moves.add(name.actor, readsEpochs ? .readEpochs : .readHalts) { state in
            if readsEpochs { state[name].knowsEpoch = state.hasEpochMoved }
            if !readsEpochs, state.isHaltOnRecord { state[name].isGateClosed = true }
            state[name].life = isFirst ? .tookHalf : .up
        }
    }

    private func addPlace(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        let (state, me) = (moves.state, moves.state[name])
        switch me.place {
        case .away: addClaim(name, &moves)
        case .taking: append(name, .recordTakeOver, &moves, record: .foreign)
        case .owner: addView(name, &moves)
        case .starting: addStart(name, &moves)
        case .started: addPermit(name, &moves)
        case .writing: addWrite(name, &moves)
        case .calling:
            if me.call == .landed {
                moves.add(name.actor, .takeAnswer) { state in
                    state[name].call = .none
                    state[name].place = .answered
                }
            }
            moves.add(name.actor, .loseAnswer) { state in
                state.loseCall(name)
                state[name].place = .lost
            }
        case .answered: append(name, .settle, &moves, record: .done)
        case .lost:
            if mayRepeat(state) {
                append(name, .recordRetry, &moves, record: .retrying, mayHaveHappened: true)
            } else {
                append(name, .doubt, &moves, record: .inDoubt, mayHaveHappened: true)
            }
        case .refused: append(name, .recordUnsent, &moves, record: .retrying, mayHaveHappened: me.sawMayHaveHappened)
        case .foundDone: append(name, .findDone, &moves, record: .done)
        case .foundNothing: append(name, .findNothing, &moves, record: .retrying)
        case .foundNothingEarly:
            if !has(.landsWithin) || (!has(.landsFromAsking) && state.world.canLandNoMore) {
                append(name, .findNothing, &moves, record: .retrying)
            } else {
                append(name, .findTooEarly, &moves, record: .inDoubt, mayHaveHappened: true)
            }
        }
    }

    // MARK: Leases

    private func addClaim(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        let (state, store) = (moves.state, moves.state.store)
        let holder = WorkerName.allCases.first { state[$0].isOwner }
        let isFree = holder.map { state[$0].lease == .ended || state[$0].lease == .over } ?? true
        let canMove = store.phase != .waiting || store.decision != .none || store.expiry != .none
        guard isFree, canMove, !store.phase.isFinal else { return }
        moves.add(name.actor, .claim) { state in
            state[name.other].isOwner = false
            state[name].isOwner = true
            state[name].lease = .valid
            state[name].isInSequence = true
            state[name].view = store.phase == .started ? .foreign : store.phase
            state[name].sawMayHaveHappened = store.mayHaveHappened
            state[name].mustWait = state[name].view == .foreign && (holder != nil || store.phase == .foreign)
            state[name].place = store.phase == .started && has(.foreignOnRecord) ? .taking : .owner
        }
    }

    func addLease(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        let (state, me) = (moves.state, moves.state[name])
        let other = state[name.other].lease
        switch me.lease {
        case .none, .over: break
        // A lease is much longer than its margins: the one before is over before this one closes.
        case .valid: if other == .none || other == .over { tick(.leaseCloses, .closing) }
        case .closing: tick(.leaseEnds, .ended)
        case .ended: if me.place != .writing || !pausesAreBounded { tick(.leaseOver, .over) }
        }
        if me.isOwner, me.place != .away, me.life == .up, me.lease != .valid {
            moves.add(name.actor, .renew) { $0[name].lease = .valid }
        }
        func tick(_ event: ProtocolEvent, _ next: LeaseTime) {
            moves.add(.time, event, note: name.note) { $0[name].lease = next }
        }
    }

    // MARK: Looking at the run

    private func addView(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        let (state, me) = (moves.state, moves.state[name])
        switch me.view {
        case .proposed: append(name, .ask, &moves, record: .waiting)
        case .waiting: addInbox(name, &moves)
        case .approved, .retrying:
            if me.isGateClosed { return rest(name, &moves) }
            if isTooOld(name, state), has(.keyWindow) {
                return append(name, .doubt, &moves, record: .inDoubt, mayHaveHappened: true)
            }
            moves.add(name.actor, .judge) { state in
                state[name].judgedKnowing = state[name].knowsEpoch
                state[name].place = .starting
            }
        case .started, .foreign: addForeign(name, &moves)
        case .inDoubt:
            moves.add(name.actor, .askWorld, note: state.world.happened > 0 ? ": found" : ": not found") { state in
                state[name].place =
                    state.world.happened > 0
                    ? .foundDone : state.world.canLandNoMore ? .foundNothing : .foundNothingEarly
            }
        case .done where !state.store.isApprovalUsed:
            append(name, .proposeAgain, &moves, record: .approved)
        case .done, .notDone: rest(name, &moves)
        }
    }

    /// An earlier attempt may have happened, and the tool need not know its key any more.
    private func isTooOld(_ name: WorkerName, _ state: ProtocolState) -> Bool {
        tool == .byKey && state[name].sawMayHaveHappened && !mayRepeat(state)
    }

    private func addInbox(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        let store = moves.state.store
        if store.decision == .approves { append(name, .takeApproval, &moves, record: .approved) }
        if store.decision == .rejects { append(name, .takeRejection, &moves, record: .notDone) }
        if store.expiry == .waits { append(name, .takeExpiry, &moves, record: .notDone) }
        rest(name, &moves)
    }

    private func addForeign(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        let (state, me) = (moves.state, moves.state[name])
        let theirs = state[name.other].lease
        if has(.foreignWait), me.mustWait, theirs != .none, theirs != .over {
            // What else is in the run may have to be saved meanwhile, and that can fail.
            if !has(.foreignOnRecord) { moves.add(name.actor, .storeFails) { $0.letGo(name) } }
            return
        }
        if (mayRepeat(state) && !me.isGateClosed) || !has(.foreignDoubt) {
            append(name, .resendForeign, &moves, record: .retrying, mayHaveHappened: true)
        } else {
            append(name, .doubt, &moves, record: .inDoubt, mayHaveHappened: true)
        }
    }

    // MARK: Starting and sending

    private func addStart(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        let (state, me) = (moves.state, moves.state[name])
        if has(.epoch), me.judgedKnowing != state.hasEpochMoved {
            moves.add(name.actor, .commitStart, note: ": refused, the epoch moved") { state in
                state.letGo(name)
                state[name].life = .takesStock
            }
            return
        }
        let isFirst = me.view == .approved
        append(name, .commitStart, &moves, record: .started, mayHaveHappened: me.sawMayHaveHappened, then: .started) {
            state in
            if me.judgedKnowing != state.hasEpochMoved { state.fault = .judgedBeforeHalt }
            guard isFirst else { return }
            if state.store.wasApprovalRelied { state.fault = .approvalTwice }
            state.store.wasApprovalRelied = true
            if has(.consumption) { state.store.isApprovalUsed = true }
        }
    }

    private func addPermit(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        let me = moves.state[name]
        let isInTime = me.lease == .valid || !has(.sendBy)
        let isOpen = !me.isGateClosed || !has(.permit)
        let isRemembered = !isTooOld(name, moves.state) || !has(.keyWindow)
        let mayWrite = isInTime && isOpen && isRemembered
        moves.add(name.actor, mayWrite ? .claimPermit : .permitRefused) {
            $0[name].place = mayWrite ? .writing : .refused
        }
        if me.sawMayHaveHappened {
            append(name, .doubt, &moves, record: .inDoubt, mayHaveHappened: true)
        } else {
            append(name, .withdraw, &moves, record: .notDone)
        }
    }

    private func addWrite(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        guard moves.state.airborne < bounds.airborne else { return }
        moves.add(name.actor, .write) { state in
            state[name].call = .airborne
            state[name].place = .calling
            if state.halt == .acknowledged { state.fault = .sentAfterHalt }
            if !state.store.wasApprovalRelied { state.fault = .sentUnapproved }
            if state.store.phase == .inDoubt {
                state.fault = .sentInDoubt
                state.world.isLandingUnbounded = true
            }
        }
    }

    // MARK: Appending

    private func rest(_ name: WorkerName, _ moves: inout ProtocolMoves) {
        moves.add(name.actor, .rest) { $0.letGo(name) }
    }

    /// The store's compare-and-set: all of it, or a refusal that loses the run, or a store that does not work.
    private func append(
        _ name: WorkerName, _ event: ProtocolEvent, _ moves: inout ProtocolMoves, record phase: EffectPhase,
        mayHaveHappened: Bool = false, then place: WorkerPlace = .owner,
        also change: (inout ProtocolState) -> Void = { _ in }
    ) {
        let me = moves.state[name]
        if (has(.fence) && !me.isOwner) || (has(.sequence) && !me.isInSequence) {
            moves.add(name.actor, event, note: ": refused, the run is lost") { $0.letGo(name) }
            return
        }
        moves.add(name.actor, event) { state in
            state.record(phase, mayHaveHappened: mayHaveHappened, by: name)
            state[name].place = place
            change(&state)
        }
        moves.add(name.actor, .storeFails) { state in
            // A take-over that could not be saved keeps its lease, so that the wait is not forgotten with it.
            if place == .owner, phase == .foreign { state.forget(name) } else { state.letGo(name) }
        }
    }
}

extension ProtocolState {
    /// What is left of a lease that was taken over matters while somebody waits for its end, or may still write in it.
    mutating func forgetOldLeases() {
        guard store.phase != .foreign else { return }
        for name in WorkerName.allCases where !self[name].isOwner && self[name].lease != .none {
            if self[name].place != .writing, !self[name.other].mustWait { self[name].lease = .over }
            if self[name].place == .away, self[name].lease == .over { self[name].lease = .none }
        }
    }

    var airborne: UInt8 {
        world.orphans + (workers.a.call == .airborne ? 1 : 0) + (workers.b.call == .airborne ? 1 : 0)
    }

    /// Nobody waits for the answer any more; the bytes may still arrive.
    mutating func loseCall(_ name: WorkerName) {
        if self[name].call == .airborne { world.orphans += 1 }
        self[name].call = .none
    }

    /// The worker leaves the run; whoever still owns it gives the lease back.
    mutating func letGo(_ name: WorkerName) {
        if self[name].isOwner {
            self[name].isOwner = false
            self[name].lease = .none
        }
        forget(name)
    }

    mutating func forget(_ name: WorkerName) {
        self[name].place = .away
        self[name].view = .proposed
        self[name].sawMayHaveHappened = false
        self[name].isInSequence = false
        self[name].mustWait = false
        self[name].judgedKnowing = false
    }

    fileprivate mutating func record(_ phase: EffectPhase, mayHaveHappened: Bool, by name: WorkerName) {
        if store.phase == .waiting { (store.decision, store.expiry) = (.taken, .taken) }
        if phase != .inDoubt || store.phase != .inDoubt { world.canLandNoMore = false }
        store.phase = phase
        store.mayHaveHappened = phase == .foreign ? store.mayHaveHappened : mayHaveHappened
        self[name].view = phase
        self[name].sawMayHaveHappened = store.mayHaveHappened
        self[name].judgedKnowing = false
        if phase != .foreign { self[name].mustWait = false }
        self[name].isInSequence = true
        self[name.other].isInSequence = false
    }
}
