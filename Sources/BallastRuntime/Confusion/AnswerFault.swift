import BallastCore

/// Why a reply cannot be the answer to a request, as far as its shape alone tells. Whether an answer is right is not
/// judged here, nor anywhere without a person or a check that was declared.
package struct AnswerFault: Sendable, Hashable {
    package let code: String
    package let complaint: String

    /// - Parameter mayAct: There are tools that it could have called.
    package init?(_ reply: String, request: String, mayAct: Bool) {
        if AnswerFault.isEcho(reply, of: request) {
            code = "reply.echo"
            complaint =
                "Your last reply only says the request again. Call a tool, ask for what is missing, or answer it."
        } else if mayAct, AnswerFault.isPromise(reply) {
            code = "reply.promise"
            complaint =
                "Your last reply announces what you are going to do, and nothing was done: you are called once more only "
                + "after a call of a tool. Call it now, or say what was found and what was not done."
        } else {
            return nil
        }
    }

    /// The same words in the same order, where the request did not ask for just that.
    private static func isEcho(_ reply: String, of request: String) -> Bool {
        let (said, asked) = (words(reply), words(request))
        guard asked.count >= 4, said.count <= asked.count + 2 else { return false }
        guard !asked.prefix(6).contains(where: echoing.contains) else { return false }
        return said.starts(with: asked) || Array(said.suffix(asked.count)) == asked
    }

    private static let echoing: Set<String> = [
        "repeat", "say", "echo", "quote", "copy", "write", "spell", "translate", "correct", "proofread", "reply",
        "answer", "return", "output", "print", "rewrite", "format",
    ]

    /// One or two sentences, of which the last one only announces a step.
    private static func isPromise(_ reply: String) -> Bool {
        guard reply.utf8.count <= 960, reply.count <= 240, !reply.utf8.contains(UInt8(ascii: "?")),
            !reply.holds(bytes: "\n- "), !reply.holds(bytes: ":\n")
        else { return false }
        let text = String(reply.lowercased().map { $0 == "’" ? "'" : $0 })
        let sentences = text.split { $0 == "." || $0 == "!" || $0 == "\n" || $0 == "…" }
            .map(words).filter { !$0.isEmpty && !assents.contains($0.joined(separator: " ")) }
        guard sentences.count <= 2, let last = sentences.last else { return false }
        let isWaiting = waits.contains { last.starts(with: $0) } && last.count <= 6
        guard let first = sentences.first, sentences.count == 1 || isStep(first) || isWaiting && isStep(first) else {
            return false
        }
        return isStep(last) || (isWaiting && (sentences.count == 1 || isStep(first)))
    }

    private static func isStep(_ sentence: [String]) -> Bool {
        var rest = sentence[...]
        while let word = rest.first, fillers.contains(word) { rest = rest.dropFirst() }
        guard let opening = openings.first(where: { rest.starts(with: $0) }) else { return false }
        rest = rest.dropFirst(opening.count)
        while let word = rest.first, fillers.contains(word) { rest = rest.dropFirst() }
        guard let verb = rest.first, !rest.contains(where: conditions.contains) else { return false }
        return steps.contains(verb) || (opening == ["let", "me"] && looks.contains(verb))
    }

    private static let openings: [[String]] = [
        ["let", "me"], ["i'll"], ["i", "will"], ["i", "am", "going", "to"], ["i'm", "going", "to"],
    ]
    private static let fillers: Set<String> = [
        "now", "just", "first", "quickly", "go", "ahead", "and", "sure", "okay", "ok", "certainly", "alright", "great",
        "yes", "of", "course", "then", "next", "so", "well",
    ]
    /// What one does to find out. What is promised to be done for somebody may be an answer.
    private static let steps: Set<String> = [
        "check", "look", "search", "find", "fetch", "retrieve", "review", "query", "investigate", "verify", "gather",
        "locate", "proceed",
    ]
    private static let looks: Set<String> = ["get", "see", "read", "open", "pull", "try", "start"]
    /// What is left to somebody, or to later, is no step of now.
    private static let conditions: Set<String> = ["if", "when", "once", "unless", "until", "tomorrow", "later", "back"]
    private static let waits: [[String]] = [
        ["one", "moment"], ["please", "wait"], ["hold", "on"], ["just", "a", "moment"], ["give", "me", "a", "moment"],
    ]
    private static let assents: Set<String> = [
        "sure", "okay", "ok", "of course", "certainly", "alright", "great", "yes", "sure thing", "absolutely",
    ]

    private static func words(_ text: some StringProtocol) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" && $0 != "-" }.map { String($0) }
    }
}
