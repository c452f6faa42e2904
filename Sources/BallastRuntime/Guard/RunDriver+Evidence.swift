import BallastCore
import BallastPolicy

/// What the run itself tells of where an argument's value may come from.
extension RunDriver {
    /// The principal's own words, and what the tools that ground this tool's arguments answered in this run.
    func evidence(for tool: String, under policy: Policy) -> Evidence {
        var evidence = Evidence(words: principalWords)
        for source in policy.groundingTools(of: tool) { evidence.answers[source] = answers(of: source) }
        return evidence
    }

    /// Messages and answers that are vouched for as the principal's, and nothing that somebody else said to them.
    var principalWords: [String] {
        (state.transcript + state.heldWords.map(TranscriptItem.message)).compactMap { item in
            switch item {
            case .message(let message) where message.role == .user && message.label.sources == [.principal]:
                session.text(of: message.body)
            case .result(_, let body, false, let label) where label.sources == [.principal]: session.text(of: body)
            default: nil
            }
        }
    }

    private func answers(of tool: String) -> [JSONValue] {
        state.history.compactMap { past in
            guard past.tool == tool, past.end == .done, !past.isError, let result = past.result else { return nil }
            return session.bytes(of: result).flatMap { try? JSONReader.read($0) }
        }
    }

    /// The narrowest readers of anything that the model is shown.
    var mostConfidentialRead: Label.Confidentiality {
        state.transcript.reduce(.open) { most, item in
            switch item {
            case .result(_, _, _, let label): max(most, label.confidentiality)
            case .message(let message): max(most, message.label.confidentiality)
            default: most
            }
        }
    }
}
