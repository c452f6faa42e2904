import BallastCore
import BallastEvals
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("A recorded decision can be made again (R70)")
struct RedecisionTests {
    private static let seeds: [UInt64] = Array(1...6)

    /// Every recorded decision of a desk, with the plaintext of its bodies.
    private func decisions(_ desk: PlayedDesk) throws -> (all: [RecordedDecision], content: [BodyReference: [UInt8]]) {
        var (all, content): ([RecordedDecision], [BodyReference: [UInt8]]) = ([], [:])
        for (run, entries) in desk.stage.store.journals().sorted(by: { $0.key < $1.key }) {
            var trail = ActionTrail(run: run)
            for case .decided(let decision) in try trail.take(entries) { all.append(decision) }
        }
        for decision in all {
            let words = decision.evidence.words + decision.evidence.answers.values.flatMap { $0.flatMap(\.bodies) }
            let acts = decision.evidence.acts.flatMap { [$0.arguments] + [$0.result, $0.recalled].compactMap(\.self) }
            let checked = decision.checks.flatMap { [$0.arguments, $0.result] }
            let stated = decision.contracts.map(\.contract) + decision.endorsements.map(\.given.items)
            for body in [decision.proposal.arguments] + checked + words + acts + stated where content[body] == nil {
                content[body] = Array(try desk.stage.text(body).utf8)
            }
        }
        return (all, content)
    }

    @Test(
        "from what its journal says come the very facts that the guard judged, and under the same policy nothing flips",
        arguments: seeds)
    func sameFacts(seed: UInt64) throws {
        let desk = try PlayedDesk(seed: seed)
        try desk.play(runs: 12)
        let judged = desk.judged
        let (all, content) = try decisions(desk)
        var redecider = Redecider(desk.candidate)
        var compared = 0
        for recorded in all {
            switch redecider.decide(recorded, content: { content[$0] }) {
            case .beyondPolicy: continue
            case .impossible(let why): Issue.record("\(recorded.id): \(why)")
            case .decided(let decision, let facts):
                compared += 1
                #expect(judged[recorded.id]?.contains(facts) == true, "\(recorded.id) was judged on other facts")
                guard recorded.decided.code != DecisionCode.limit.rawValue else { continue }
                #expect(decision.outcome == recorded.decided.outcome)
                #expect(decision.code.rawValue == recorded.decided.code)
                #expect(decision.rule == recorded.decided.rule)
            }
        }
        #expect(compared > 30, "the desk was too quiet: \(compared) decisions")
        #expect(all.contains { $0.decided.code == DecisionCode.contract.rawValue })
        let recalls = all.contains { $0.evidence.acts.contains { $0.recalled != nil } }
        #expect(recalls || seed != 2, "nothing that was written came back")
        let endorsed = all.contains { $0.decided.code == DecisionCode.endorsed.rawValue }
        #expect(endorsed || seed == 6, "no word of a person was worth anything")
        try expectNoFlips(desk)
    }

    /// A backtest of the policy in force, limits included.

    private func expectNoFlips(_ desk: PlayedDesk) throws {
        let report = try desk.backtest(desk.candidate)
        #expect(report.flips == [])
        #expect(report.otherwiseAsked == [])
        #expect(report.gaps == [])
        #expect(report.decidedAgain > 25)
        #expect(report.decidedAgain + report.beyondPolicy.values.reduce(0, +) == report.decisions)
    }
}
