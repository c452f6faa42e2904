import BallastCore
import BallastRuntime

/// The simulated people: slow, contradictory, racing each other; in the calm at the end they do their work.
extension Simulation {
    func people() async {
        let scope = TenantScope(.default)
        for _ in 0..<400 {
            try? await clock.sleep(milliseconds: Int64(50 + random.below(400)))
            guard let runtime else { continue }
            await decide(runtime, scope)
            await answer(runtime, scope)
            await settle(runtime, scope)
        }
    }

    private func decide(_ runtime: AgentRuntime, _ scope: TenantScope) async {
        guard let waiting = try? await runtime.store.approvals(status: .pending, limit: 20, scope: scope) else {
            return
        }
        for approval in waiting {
            guard isCalm || random.chance(60) else { continue }
            let person = approval.gate == .confirm ? Principal("customer:ana") : Principal("reviewer:rita")
            switch random.below(10) {
            case 0: _ = try? await runtime.decide(approval.id, .reject(reason: "no"), by: person, scope: scope)
            case 1:
                _ = try? await runtime.decide(
                    approval.id, .edit("{\"edited\":\(random.below(1000))}"), by: person, scope: scope)
            case 2:
                spawn { _ = try? await runtime.decide(approval.id, .reject(reason: "race"), by: person, scope: scope) }
                await look(at: approval, runtime, scope)
                _ = try? await runtime.decide(approval.id, .approve, by: person, scope: scope)
            default:
                await look(at: approval, runtime, scope)
                _ = try? await runtime.decide(approval.id, .approve, by: person, scope: scope)
            }
        }
    }

    /// What a person sees before they approve.
    private func look(at approval: ApprovalRecord, _ runtime: AgentRuntime, _ scope: TenantScope) async {
        guard let vault = try? await runtime.vault(of: scope.tenant) else { return }
        var bytes: [UInt8]?
        switch approval.review {
        case .inline(let sealed): bytes = vault.open(sealed)
        case .stored(let name, _):
            bytes = (try? await runtime.store.bodies([name], scope: scope))?[name].flatMap { vault.open($0) }
        }
        guard let bytes, let review = try? JSONReader.read(bytes),
            let definition = review["tool_definition"]?.string
        else { return }
        world.approve(approval.action, definition: definition)
    }

    private func answer(_ runtime: AgentRuntime, _ scope: TenantScope) async {
        // Also runs whose start was never acknowledged: they are there, and somebody finds them in the list.
        let filter = RunFilter(statuses: [.waitingInput, .running])
        let open = (try? await runtime.store.headers(matching: filter, limit: 20, before: nil, scope: scope)) ?? []
        for header in open {
            let run = header.run
            if header.status == .waitingInput, isCalm || random.chance(50) {
                try? await runtime.input("the first", to: run, by: Principal("customer:ana"), scope: scope)
            }
            if header.status == .running, !isCalm, random.chance(3) {
                try? await runtime.cancel(run, by: Principal("customer:ana"), reason: "changed my mind", scope: scope)
            }
        }
    }

    /// Somebody looks effects in doubt up by hand; the books of the world are right once nothing can land any more.
    private func settle(_ runtime: AgentRuntime, _ scope: TenantScope) async {
        let filter = EffectFilter(states: [.inDoubt])
        guard let open = try? await runtime.store.effects(matching: filter, limit: 20, scope: scope) else { return }
        for effect in open where effect.tool != "pay" && clock.now.since(effect.updatedAt) > 1_000 {
            try? await runtime.settle(
                effect.id, happened: world.knows(effect.id.description), by: Principal("operator:olga"),
                reason: "looked it up", scope: scope)
        }
    }

    /// Operators take back what runs did: at once, together, and once more.
    func takersBack() async {
        let scope = TenantScope(.default)
        for _ in 0..<8 {
            try? await clock.sleep(milliseconds: Int64(random.below(3_000)))
            guard !isCalm, let run = random.pick(runs) else { continue }
            for person in ["operator:olga", "operator:otto"] where random.chance(70) {
                spawn {
                    _ = try? await self.runtime?.rollBack(
                        run, by: Principal(person), reason: "a mistake", scope: scope)
                }
            }
        }
    }

    /// Operators halt and resume now and then.
    func operators() async {
        for _ in 0..<6 {
            try? await clock.sleep(milliseconds: Int64(random.below(4_000)))
            if shape.changesDefinitions, !isCalm, random.chance(25) { changeDefinition() }
            guard shape.halts, !isCalm, random.chance(40), let runtime else { continue }
            if random.chance(70) { await waitForOpenCommit() }
            let scope = random.pick([HaltScope.everything, .tool("pay")] + runs.map(HaltScope.run)) ?? .everything
            let receipt = await runtime.halt(scope, reason: "drill", by: Principal("operator:olga"))
            guard receipt.isRecorded, shape.nodes == 1, self.runtime === runtime else { continue }
            world.acknowledge(scope)
            try? await clock.sleep(milliseconds: Int64(100 + random.below(1_500)))
            world.lift(scope)
            await resume(receipt.halt.id)
        }
        await liftForgotten()
    }

    /// A halt that outlived the process it was given to is found in the list, and lifted after review.
    private func liftForgotten() async {
        for _ in 0..<60 {
            try? await clock.sleep(milliseconds: 1_000)
            guard isCalm, let halts = try? await runtime?.haltsInForce() else { continue }
            for halt in halts { await resume(halt.id) }
        }
    }

    private func resume(_ halt: HaltID) async {
        for _ in 0..<200 {
            if let runtime, (try? await runtime.resume(halt, by: Principal("operator:olga"), reason: "over")) != nil {
                return
            }
            try? await clock.sleep(milliseconds: 100)
        }
        world.complain("a halt could not be lifted")
    }
}
