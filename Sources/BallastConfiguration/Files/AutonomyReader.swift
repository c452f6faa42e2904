import BallastCore
import BallastPolicy

/// Reads what a policy states of an agent's autonomy with one tool.
struct AutonomyReader {
    let list: DiagnosticList
    private static let levels = AutonomyLevel.allCases.map(\.name)

    func read(_ node: YAMLNode?) -> AutonomyRule? {
        guard let node, let reader = MappingReader(node, .autonomy, list) else { return nil }
        let start = level(reader.required("start", "draft"), "`start`")
        let most = level(reader["at_most"], "`at_most`")
        let rise = rise(reader["rise"])
        guard let start else { return AutonomyRule(start: .draft) }
        return AutonomyRule(start: start, atMost: most, rise: rise)
    }

    /// The group that agrees, for the check against people.yaml.
    func note(_ node: YAMLNode?, into draft: inout PolicyDraft) {
        guard let group = node?["rise"]?["agreed_by"], let name = group.text else { return }
        draft.groups.append((name, group.position))
    }

    private func level(_ node: YAMLNode?, _ what: String) -> AutonomyLevel? {
        list.word(node, "level of \(what)", of: AutonomyReader.levels).flatMap(AutonomyLevel.init)
    }

    private func rise(_ node: YAMLNode?) -> RiseTerms? {
        guard let node, let reader = MappingReader(node, .rise, list) else { return nil }
        let reviewed = list.integer(reader.required("reviewed", "60"), "`reviewed`", in: 1...100_000)
        let errors = share(reader.required("errors_at_most", "5%"))
        let clean = list.duration(reader.required("clean_for", "14d"), "`clean_for`")
        let group = list.text(reader.required("agreed_by", "support-leads"), "`agreed_by`")
        let lasts = list.duration(reader["lasts"], "`lasts`") ?? RiseTerms.defaultLasts
        guard let reviewed, let errors, let clean, let group else { return nil }
        return RiseTerms(
            reviewed: Int(reviewed), errorsAtMost: errors, cleanFor: clean, agreedBy: group, lasts: lasts)
    }

    /// `5%` or `0.5%`, in hundredths of a percent.
    private func share(_ node: YAMLNode?) -> Int64? {
        guard let node, let text = list.text(node, "`errors_at_most`") else { return nil }
        if text.hasSuffix("%"), let share = Decimal.minorUnits(text.dropLast(), exponent: 2), (1...5000).contains(share)
        {
            return share
        }
        list.add(
            node.position, "`\(text)` is no share of errors", why: "it is a percentage above zero and up to 50 %",
            "write `5%` or `0.5%`")
        return nil
    }
}
