import BallastCore

/// One moment of a world: when, whose, what.
struct WorldNote: Sendable {
    let at: Int64
    let lane: String
    let text: String
}

/// The course of a world as lines in the order of time, for whoever reads a failing seed.
enum WorldPicture {
    /// Lines of a picture; the middle of a longer one is left out.
    private static let longest = 160

    static func lines(of journals: [RunID: [JournalEntry]]) -> [WorldNote] {
        var notes: [WorldNote] = []
        for (index, run) in journals.keys.sorted().enumerated() {
            let lane = lane(index)
            for entry in journals[run] ?? [] {
                notes.append(WorldNote(at: SimulatedClock.milliseconds(of: entry.at), lane: lane, text: text(entry)))
            }
        }
        return notes
    }

    private static func lane(_ index: Int) -> String {
        "run " + (Unicode.Scalar(65 + min(index, 25)).map { String(Character($0)) } ?? "?")
    }

    private static func text(_ entry: JournalEntry) -> String {
        let name = "\(entry.sequence) \(entry.type.name)"
        guard let event = try? EntryCodec.decode(entry) else { return name }
        switch event {
        case .actionsProposed(let fields): return name + " " + fields.proposals.map(\.tool).joined(separator: ", ")
        case .modelReplied(let reply): return name + " " + reply.proposals.map(\.tool).joined(separator: ", ")
        case .actionDecided(let decision): return "\(name) \(decision.action) \(decision.outcome.name) \(decision.code)"
        case .approvalRequested(let request): return "\(name) \(request.approval) for \(request.action)"
        case .approvalResolved(let resolved): return "\(name) \(resolved.approval) \(resolved.status.name)"
        case .effectStarted(let start): return "\(name) \(start.action), attempt \(start.attempt)"
        case .effectRetried(let retry): return "\(name) \(retry.action) \(retry.code)"
        case .effectSettled(let settled): return "\(name) \(settled.action)" + (settled.isError ? " as an error" : "")
        case .effectInDoubt(let doubt): return "\(name) \(doubt.action) \(doubt.code)"
        case .effectVerified(let verified): return "\(name) \(verified.action) \(verified.answer)"
        case .effectWithdrawn(let withdrawn): return "\(name) \(withdrawn.action) \(withdrawn.code)"
        case .subRunStarted(let start): return "\(name) \(start.action)"
        case .subRunFinished(let finished): return "\(name) \(finished.action) \(finished.status.name)"
        case .finished(let finished): return "\(name) \(finished.status.name)"
        default: return name
        }
    }

    static func draw(_ notes: [WorldNote]) -> String {
        let ordered = notes.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(
            \.element)
        let lines = ordered.map { note in
            let time = String(note.at)
            return String(repeating: " ", count: max(0, 7 - time.count)) + "\(time) ms  \(note.lane)  \(note.text)"
        }
        guard lines.count > longest else { return lines.joined(separator: "\n") }
        let (head, tail) = (lines.prefix(longest / 4), lines.suffix(longest * 3 / 4))
        return (head + ["        …  \(lines.count - longest) more"] + tail).joined(separator: "\n")
    }
}
