import BallastCore

/// What was done, not done and is in doubt: in plain words, for every end of a run.
struct RunAccount {
    let done: [String]
    let notDone: [String]
    let inDoubt: [String]

    init(_ state: RunState) {
        func tools(_ ends: Set<ActionEnd>) -> [String] {
            state.history.filter { ends.contains($0.end) }.map(\.tool)
        }
        done = tools([.done])
        notDone =
            tools([.denied, .rejected, .expired, .withdrawn, .failed])
            + state.batch.filter { !$0.isClosed && !$0.stage.isInDoubt }.map(\.proposal.tool)
        inDoubt = state.batch.filter { $0.stage.isInDoubt }.map(\.proposal.tool)
    }

    func sentences(opening: String) -> String {
        var parts = [opening]
        parts.append(done.isEmpty ? "Nothing was done." : "Done: \(list(done)).")
        if !notDone.isEmpty { parts.append("Not done: \(list(notDone)).") }
        if !inDoubt.isEmpty {
            parts.append(
                "Not known yet whether it happened: \(list(inDoubt)); it will not be repeated before that is known.")
        }
        return parts.joined(separator: " ")
    }

    private func list(_ tools: [String]) -> String {
        var counts: [(String, Int)] = []
        for tool in tools {
            if let index = counts.firstIndex(where: { $0.0 == tool }) {
                counts[index].1 += 1
            } else {
                counts.append((tool, 1))
            }
        }
        return counts.map { $0.1 == 1 ? $0.0 : "\($0.0) (\($0.1) times)" }.joined(separator: ", ")
    }
}
