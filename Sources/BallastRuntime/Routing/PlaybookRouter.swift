package import BallastCore

/// A message that a playbook takes.
package struct PlaybookMatch: Sendable, Hashable {
    package let playbook: Playbook
    /// Values of the slots that the phrasing has; amounts are integer minor units.
    package let slots: JSONObject
    /// Which of the playbook's triggers matched, for the journal.
    package let trigger: String
}

/// Chooses the playbook for a message before any model is asked.
package enum PlaybookRouter {
    /// The first playbook in the agent's order that takes the message; of its phrasings, the one that says most.
    /// nil when the message is no known request. The same message always gives the same answer.
    package static func match(_ text: String, playbooks: [Playbook]) -> PlaybookMatch? {
        guard let words = MessageWord.words(of: text) else { return nil }
        for playbook in playbooks {
            for trigger in playbook.triggersBySpecificity {
                guard let slots = trigger.match(words), playbook.accepts(slots) else { continue }
                return PlaybookMatch(playbook: playbook, slots: slots, trigger: trigger.text)
            }
        }
        return nil
    }
}

extension Playbook {
    /// Phrasings with more fixed words first, then those with fewer free slots, then as written.
    fileprivate var triggersBySpecificity: [TriggerPattern] {
        let ranked = triggers.enumerated().map { (rank: $0.element.specificity, order: $0.offset, trigger: $0.element) }
        return ranked.sorted { ($1.rank.words, $0.rank.freedom, $0.order) < ($0.rank.words, $1.rank.freedom, $1.order) }
            .map(\.trigger)
    }
}
