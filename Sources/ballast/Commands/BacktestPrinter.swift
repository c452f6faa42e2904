import BallastConfiguration
import BallastCore
import BallastEvals
import BallastPolicy
import BallastServer

/// A backtest's report for people.
struct BacktestPrinter {
    private let report: BacktestReport
    private let configuration: Configuration

    init(report: BacktestReport, _ configuration: Configuration) {
        self.report = report
        self.configuration = configuration
    }

    func show() {
        let span = [report.from, report.to].compactMap { $0?.rfc3339.prefix(16) }.joined(separator: " to ")
        guard report.decisions > 0 else {
            return Output.line("No decision is on record in this period (\(report.runs) runs looked at).")
        }
        Output.line(
            "\(report.decisions) decisions of \(report.runs) runs, \(span): \(report.decidedAgain) decided again, "
                + "\(report.flipped) flip, \(report.looser) of all to something looser")
        flips("outcome flips", report.flips)
        flips("same outcome, other people asked", report.otherwiseAsked)
        load()
        money()
        rest()
    }

    private func flips(_ heading: String, _ flips: [BacktestReport.Flip]) {
        guard !flips.isEmpty else { return }
        Output.line()
        Output.line(Output.toned(heading, .strong))
        Output.table(
            ["COUNT", "TOOL", "BEFORE", "AFTER", "BECAUSE OF", "FOR EXAMPLE"],
            flips.map { flip in
                [
                    "\(flip.count)", PlainText.line(flip.tool), words(flip.before), words(flip.after),
                    PlainText.line(flip.after.rule ?? flip.after.code),
                    flip.examples.map(\.description).joined(separator: " "),
                ]
            })
        let same = flips.reduce(0) { $0 + $1.underSamePolicy }
        if same > 0 {
            Output.line(
                "\(same) of these were decided under the very same policy: people.yaml, the environment or what limits "
                    + "held has changed, not the rules.")
        }
    }

    private func words(_ answer: DecisionAnswer) -> String {
        answer.asked == .nobody ? answer.outcome.name : "\(answer.outcome.name) (\(answer.asked))"
    }

    private func load() {
        guard !report.load.isEmpty else { return }
        Output.line()
        Output.line(Output.toned("answers that people must give", .strong))
        Output.table(
            ["DAY", "WHO", "BEFORE", "AFTER", "EACH OF THEM"],
            report.load.map { line in
                let members = configuration.people.members(of: line.asked).count
                let share = members > 0 ? "\((line.after + members - 1) / members) of \(members) people" : ""
                return [line.day, line.asked, "\(line.before)", "\(line.after)", share]
            })
    }

    private func money() {
        guard !report.money.isEmpty else { return }
        Output.line()
        Output.line(Output.toned("money in what was decided", .strong))
        Output.table(
            ["DAY", "CURRENCY", "WITHOUT A PERSON", "AFTER A PERSON", "REFUSED"],
            report.money.map { line in
                [
                    line.day, line.currency, change(line, \.alone), change(line, \.asked), change(line, \.refused),
                ]
            })
    }

    private func change(_ line: BacktestReport.Volume, _ part: KeyPath<BacktestReport.Split, Int64>) -> String {
        let exponent = Currency(code: line.currency)?.exponent ?? 0
        func text(_ units: Int64) -> String { Decimal.text(minorUnits: units, exponent: exponent) }
        let (before, after) = (line.before[keyPath: part], line.after[keyPath: part])
        return before == after ? text(before) : "\(text(before)) -> \(text(after))"
    }

    private func rest() {
        let notes =
            report.gaps.map { gap in
                "\(gap.count) could not be decided again: \(gap.why)"
                    + (gap.example.map { " (such as \($0))" } ?? "")
            }
            + report.beyondPolicy.sorted { $0.key < $1.key }.map { code, count in
                "\(count) were refused by the guard before any policy (\(code))"
            }
            + (report.refusedAtUse > 0
                ? ["\(report.refusedAtUse) had room in their limits when asked about, and none when approved"] : [])
        guard !notes.isEmpty else { return }
        Output.line()
        for note in notes { Output.line(PlainText.line(note, longest: 500)) }
    }
}
