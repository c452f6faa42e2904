/// Fixed words that a principal answers with. No model reads them.
package enum PrincipalWords {
    /// True for a plain yes and nothing else: "yes, but …" is not one.
    package static func isYes(_ text: String) -> Bool { phrase(text).map(yes.contains) ?? false }

    /// True for a plain no, or a plain wish to stop.
    package static func isNo(_ text: String) -> Bool { phrase(text).map(no.contains) ?? false }

    /// True when the whole message asks for a person.
    package static func asksForHuman(_ text: String) -> Bool {
        guard let words = MessageWord.words(of: text) else { return false }
        return humanRequests.contains { $0.match(words) != nil }
    }

    private static func phrase(_ text: String) -> String? {
        guard let words = MessageWord.words(of: text), words.count <= 5 else { return nil }
        let plain = words.map(\.folded).filter { $0 != "please" && $0 != "thanks" }
        return plain.isEmpty ? nil : plain.joined(separator: " ")
    }

    private static let yes: Set<String> = [
        "yes", "y", "yep", "yeah", "ok", "okay", "sure", "confirm", "confirmed", "i confirm", "yes confirm",
        "yes i confirm", "go ahead", "yes go ahead", "do it", "yes do it", "correct", "that is correct",
    ]
    private static let no: Set<String> = [
        "no", "n", "nope", "no thank you", "stop", "cancel", "cancel that", "abort", "never mind", "nevermind",
        "don't", "do not", "don't do it", "do not do it", "no don't", "no stop", "no cancel",
    ]
    private static let humanRequests: [TriggerPattern] = [
        "[can|could|may] [i] [want|need|like|i'd|would|let] [me] [like] [please] [to] talk|speak|chat to|with [a|an|the] "
            + "[real|live] human|person|agent|operator|representative|someone|somebody [please] [now]",
        "[a|an] [real|live] human|operator|representative [agent|person|please] [please]",
        "[a] real|live person|agent [please]",
        "[please] hand [me] off|over to [a|an] human|person|agent [please]",
        "[please] connect|transfer me to|with [a|an] [real|live] human|person|agent|operator [please]",
        "[please] get me [a|an] [real|live] human|person|agent|operator|representative [please]",
    ].compactMap { try? TriggerPattern($0) }
}
