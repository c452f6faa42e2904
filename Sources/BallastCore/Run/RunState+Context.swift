/// What the model is shown of a run.
extension RunState {
    /// The transcript; after a reset only what counts of it until then, the summary, and what came since.
    package var context: [TranscriptItem] {
        guard let reset = contextReset else { return transcript }
        return kept(of: transcript[..<reset.at]) + [.complaint(reset.summary)] + transcript[reset.at...]
    }

    /// What was said, and of the calls the last of those that are equal; of the failed ones the last of each tool. Each
    /// stands with its result, as a tool's words: nothing that a tool said comes from anybody else's mouth.
    private func kept(of items: ArraySlice<TranscriptItem>) -> [TranscriptItem] {
        var answered: [AnsweredCall] = []
        var open: [(place: Int, call: ProposedAction)] = []
        for (place, item) in zip(items.indices, items) {
            switch item {
            case .assistant(_, let calls): open += calls.map { (place, $0) }
            case .result(let callID, _, let isError, _):
                guard let index = open.firstIndex(where: { $0.call.callID == callID }) else { continue }
                let (from, call) = open.remove(at: index)
                answered.append(AnsweredCall(place: from, call: call, result: item, isError: isError))
            case .message, .said, .complaint: break
            }
        }
        var seen: Set<CallSignature> = []
        let last = answered.reversed().filter { seen.insert($0.signature).inserted }.reversed()
        let byPlace = Dictionary(grouping: last, by: \.place)
        return zip(items.indices, items).flatMap { place, item -> [TranscriptItem] in
            switch item {
            case .message, .said: [item]
            case .assistant(_, let calls):
                byPlace[place].map { kept in
                    [.assistant(text: nil, calls: kept.map(\.call))] + kept.map(\.result)
                } ?? (calls.isEmpty ? [item] : [])
            case .result, .complaint: []
            }
        }
    }
}

/// Where the context was cut, and what stands for the rest.
package struct ContextCut: Sendable, Hashable {
    /// Items of the transcript before it.
    package let at: Int
    package let summary: BodyReference
}

private struct AnsweredCall {
    let place: Int
    let call: ProposedAction
    let result: TranscriptItem
    let isError: Bool

    var signature: CallSignature { CallSignature(tool: call.tool, arguments: isError ? nil : call.arguments) }
}

/// Calls that stand for each other.
private struct CallSignature: Hashable {
    let tool: String
    let arguments: BodyReference?
}
