import BallastCore

/// What the journals say about a play: where kills fell, and what became of the outcomes that they cut off.
struct KillAccount {
    let kills: Int
    /// Kills at which at least one effect was sent and not settled.
    private(set) var killsInMidCall = 0
    /// Effects that a kill caught between "sent" and "settled".
    private(set) var cutOff = 0
    private(set) var doubts = 0
    /// Doubts that `find_refund` answered.
    private(set) var foundOut = 0
    /// Those of them that had not happened, and were done again.
    private(set) var didNot = 0
    /// Effects that were cut off and did not become doubts.
    private(set) var assumed: [String] = []
    /// Where each run stands that did not end well.
    private(set) var unfinished: [String] = []

    var figures: String {
        let share = kills == 0 ? 0 : killsInMidCall * 100 / kills
        return "kills=\(kills) between_sent_and_settled=\(killsInMidCall) (\(share) %) cut_off=\(cutOff) "
            + "in_doubt=\(doubts) resolved_by_find_refund=\(foundOut) (did_not=\(didNot))"
    }

    init(_ installation: Installation, runs: [String], kills: [Timestamp]) async {
        self.kills = kills.count
        let moments = kills.map(\.rfc3339)
        var hit: Set<String> = []
        for run in runs {
            let answer = await installation.request("GET", "/api/v1/runs/\(run)/events?limit=200")
            let events = answer?.body["data"]?.array ?? []
            hit.formUnion(read(events.filter { $0["type"]?.string?.hasPrefix("effect_") == true }, moments))
            let types = events.compactMap { $0["type"]?.string }
            if events.last?["status"]?.string != "succeeded" {
                unfinished.append("\(run): \(types.joined(separator: " "))")
            }
        }
        killsInMidCall = hit.count
    }

    /// The kills that fell between the start of this run's effect and what followed it. A run has one effect, and
    /// moments are texts of one length in one zone, which compare like the moments.
    private mutating func read(_ events: [JSONValue], _ moments: [String]) -> Set<String> {
        var hit: Set<String> = []
        for (index, event) in events.enumerated() {
            let next = index + 1 < events.count ? events[index + 1] : nil
            switch event["type"]?.string {
            case "effect_started":
                let (from, to) = (event["at"]?.string ?? "", next?["at"]?.string ?? "9999")
                let kills = moments.filter { from <= $0 && $0 < to }
                hit.formUnion(kills)
                guard !kills.isEmpty else { continue }
                cutOff += 1
                if next?["type"]?.string != "effect_in_doubt" { assumed.append(event["effect_id"]?.string ?? "") }
            case "effect_in_doubt":
                doubts += 1
                let answers = events[(index + 1)...].prefix { $0["type"]?.string == "effect_verified" }
                guard let last = answers.last, last["by"]?.string == "tool:find_refund" else { continue }
                if last["answer"]?.string == "happened" || last["answer"]?.string == "did_not" { foundOut += 1 }
                if last["answer"]?.string == "did_not" { didNot += 1 }
            default: continue
            }
        }
        return hit
    }
}
