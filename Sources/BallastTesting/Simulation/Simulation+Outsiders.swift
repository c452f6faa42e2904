import BallastCore
import BallastRuntime

/// Agents that are driven elsewhere: they call several tools at once, lose patience, vanish, and ask again.
extension Simulation {
    func outsiders() async {
        for index in 0..<shape.outsiders { spawn { await self.outsider(index) } }
    }

    private func outsider(_ index: Int) async {
        let binding = GatewayBinding(
            tenant: .default, principal: Principal("customer:ana"), startedBy: Principal("customer:ana"),
            agent: "outsider", name: "outsider-\(index)", words: "do what is needed", isAsserted: random.chance(50))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<(2 + random.below(5)) {
                await pause(400)
                let (tool, arguments) = outsideProposal()
                group.addTask { await self.insist(tool, arguments, binding) }
                // The same call, while the first may still be open.
                if random.chance(20) { group.addTask { await self.insist(tool, arguments, binding) } }
            }
        }
        await end(binding)
    }

    private func outsideProposal() -> (String, String) {
        let tool = random.pick(["look", "write", "pay", "pay", "post", "note", "nonsense"]) ?? "look"
        return (tool, "{\"n\":\(tool == "note" ? random.below(4) : random.below(1000))}")
    }

    /// Calls until it is answered, or gives up.
    private func insist(_ tool: String, _ arguments: String, _ binding: GatewayBinding) async {
        for _ in 0..<5 {
            let proposal = GatewayProposal(
                tool: tool, arguments: Array(arguments.utf8), canConfirm: random.chance(50))
            guard let runtime, let (run, call) = try? await runtime.propose(proposal, under: binding) else {
                await pause(300)
                continue
            }
            remember(run)
            let isImpatient = !isCalm && random.chance(40)
            if await isAnswered(call, within: isImpatient ? random.below(300) : 8_000) { return }
            call.leave(cancelling: !isCalm && random.chance(20))
            if !isCalm, random.chance(20) { return }
        }
    }

    private func isAnswered(_ call: FollowedCall, within milliseconds: Int) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await turn in call.turns { if case .ended = turn { return true } }
                return false
            }
            group.addTask { [clock] in
                try? await clock.sleep(milliseconds: Int64(milliseconds))
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }

    /// Says that it is through, until that is on record.
    private func end(_ binding: GatewayBinding) async {
        let scope = TenantScope(.default)
        for _ in 0..<400 {
            // Nobody answers while the process starts: that says nothing of what is open.
            let mine = try? await runtime?.store.headers(
                matching: RunFilter(agent: binding.agent), limit: 50, before: nil, scope: scope)
            if isCalm, let open = mine?.filter({ !$0.status.isTerminal }) {
                if open.isEmpty { return }
                // A person has it because of an effect in doubt, and gives it back.
                for header in open where header.status != .escalated {
                    try? await runtime?.finish(
                        header.run, as: .succeeded, text: "through", by: binding.principal, scope: scope)
                }
            }
            try? await clock.sleep(milliseconds: 500)
        }
    }
}
