import BallastCore
import BallastPolicy

/// Counts what changes, step by step in the order of time.
struct BacktestTally {
    private struct Change: Hashable {
        let tool: String
        let before: DecisionAnswer
        let after: DecisionAnswer
    }
    private struct Count {
        var all = 0
        var underSamePolicy = 0
        var examples: [ActionID] = []
    }

    private let examples: Int
    private var result = BacktestReport()
    private var limits = LimitReplay()
    private var changes: [Change: Count] = [:]
    private var gaps: [Impossibility: Count] = [:]
    private var load: [String: [String: BacktestReport.Load]] = [:]
    private var money: [String: [String: BacktestReport.Volume]] = [:]
    /// The day of the last decision as text.
    private var day: (number: Int64, text: String) = (.min, "")

    init(examples: Int, runs: Int) {
        self.examples = examples
        result.runs = runs
    }

    var decisions: Int { result.decisions }

    mutating func take(_ step: ReplayedStep) {
        switch step.kind {
        case .started(let action, let at): limits.start(action, at: at)
        case .ended(let action, let end): limits.end(action, end)
        case .damaged: gaps[.damagedJournal, default: Count()].all += 1
        case .decided(let decision): take(decision)
        }
    }

    private mutating func take(_ decision: ReplayedDecision) {
        result.decisions += 1
        result.from = result.from ?? decision.at
        result.to = decision.at
        switch decision.result {
        case .beyondPolicy: result.beyondPolicy[decision.before.code, default: 0] += 1
        case .impossible(let why): note(decision.id, in: &gaps[why, default: Count()])
        case .answer(let answer, let claims, let pending):
            result.decidedAgain += 1
            compare(decision, with: afterLimits(answer, claims, pending, decision))
        }
    }

    private mutating func afterLimits(
        _ answer: DecisionAnswer, _ claims: [LimitClaim], _ pending: LimitPending?, _ decision: ReplayedDecision
    ) -> DecisionAnswer {
        guard answer.outcome != .deny else { return answer }
        switch limits.admits(
            decision.id, claims, pending: pending, before: decision.before.outcome, at: decision.at)
        {
        case .fits: return answer
        case .afterAsking where answer.outcome == .approve: return answer
        case .afterAsking:
            return DecisionAnswer(
                outcome: .approve, code: DecisionCode.reach.rawValue, rule: nil,
                asked: .reviewers(group: nil, quorum: 1))
        case .none:
            return DecisionAnswer(outcome: .deny, code: DecisionCode.limit.rawValue, rule: nil, asked: .nobody)
        }
    }

    private mutating func compare(_ decision: ReplayedDecision, with after: DecisionAnswer) {
        let before = decision.before
        if before.outcome != after.outcome || before.asked != after.asked {
            let change = Change(tool: decision.tool, before: before, after: after)
            note(decision.id, in: &changes[change, default: Count()])
            if decision.isSamePolicy { changes[change]?.underSamePolicy += 1 }
        }
        let day = text(of: decision.at)
        if before.asked != .nobody { count(before.asked, on: day) { $0.before += before.asked.people } }
        if after.asked != .nobody { count(after.asked, on: day) { $0.after += after.asked.people } }
        for amount in decision.money {
            let currency = amount.currency.code
            var volume =
                money[day]?[currency] ?? BacktestReport.Volume(day: day, currency: currency)
            volume.before.add(amount.minorUnits, before.outcome)
            volume.after.add(amount.minorUnits, after.outcome)
            money[day, default: [:]][currency] = volume
        }
    }

    private mutating func count(_ asked: Asked, on day: String, _ change: (inout BacktestReport.Load) -> Void) {
        let name =
            switch asked {
            case .nobody, .principal: "principals"
            case .reviewers(let group, _): group ?? "any reviewer"
            }
        change(&load[day, default: [:]][name, default: BacktestReport.Load(day: day, asked: name)])
    }

    private func note(_ id: ActionID, in count: inout Count) {
        count.all += 1
        if count.examples.count < examples { count.examples.append(id) }
    }

    private mutating func text(of moment: Timestamp) -> String {
        let number = moment.milliseconds / 86_400_000
        if day.number != number { day = (number, String(moment.rfc3339.prefix(10))) }
        return day.text
    }

    // MARK: Report

    func report() -> BacktestReport {
        var report = result
        let all = changes.map { change, count in
            BacktestReport.Flip(
                tool: change.tool, before: change.before, after: change.after, count: count.all,
                examples: count.examples, underSamePolicy: count.underSamePolicy)
        }.sorted { ($1.count, $0.sortingName) < ($0.count, $1.sortingName) }
        report.flips = all.filter { $0.before.outcome != $0.after.outcome }
        report.otherwiseAsked = all.filter { $0.before.outcome == $0.after.outcome }
        report.load = load.values.flatMap(\.values).sorted { ($0.day, $0.asked) < ($1.day, $1.asked) }
        report.money = money.values.flatMap(\.values).sorted { ($0.day, $0.currency) < ($1.day, $1.currency) }
        report.gaps = gaps.map { BacktestReport.Gap(why: $0, count: $1.all, example: $1.examples.first) }
            .sorted { ($1.count, $0.why.description) < ($0.count, $1.why.description) }
        report.refusedAtUse = limits.refusedAtUse
        return report
    }
}

extension BacktestReport.Flip {
    fileprivate var sortingName: String {
        "\(tool) \(before.outcome.rawValue) \(after.outcome.rawValue) \(before.code) \(after.code) \(after.rule ?? "")"
    }
}

extension BacktestReport.Split {
    fileprivate mutating func add(_ units: Int64, _ outcome: Outcome) {
        switch outcome {
        case .allow: alone = alone.addingReportingOverflow(units).partialValue
        case .confirm, .approve: asked = asked.addingReportingOverflow(units).partialValue
        case .deny: refused = refused.addingReportingOverflow(units).partialValue
        }
    }
}
