/// What the model is shown of a run.
extension RunState {
    /// The transcript; after a reset only what counts of it until then, the summary, and what came since.
    package var context: [ContextItem] { context(from: 0) }

    /// The same without its first items, as somebody who has them asks for it: until it is reset it only grows.
    package func context(from first: Int) -> [ContextItem] {
        func shown(_ items: ArraySlice<TranscriptItem>) -> [ContextItem] {
            zip(items.indices, items).map(ContextItem.init)
        }
        guard let reset = contextReset else { return shown(transcript.dropFirst(first)) }
        let whole =
            kept(of: transcript[..<reset.at]) + [ContextItem(place: reset.at, item: .complaint(reset.summary))]
            + shown(transcript[reset.at...])
        return Array(whole.dropFirst(first))
    }

    /// What was said, and of the calls the last of those that are equal; of the failed ones the last of each tool. Each
    /// stands with its result, as a tool's words: nothing that a tool said comes from anybody else's mouth.
    private func kept(of items: ArraySlice<TranscriptItem>) -> [ContextItem] {
        var answered: [AnsweredCall] = []
        var open: [(place: Int, call: ProposedAction)] = []
        for (place, item) in zip(items.indices, items) {
            switch item {
            case .assistant(_, let calls): open += calls.map { (place, $0) }
            case .result(let callID, _, let isError, _):
                guard let index = open.firstIndex(where: { $0.call.callID == callID }) else { continue }
                let (from, call) = open.remove(at: index)
                answered.append(
                    AnsweredCall(
                        place: from, call: call, result: ContextItem(place: place, item: item), isError: isError))
            case .message, .said, .complaint: break
            }
        }
        var seen: Set<CallSignature> = []
        let last = answered.reversed().filter { seen.insert($0.signature).inserted }.reversed()
        let byPlace = Dictionary(grouping: last, by: \.place)
        return zip(items.indices, items).flatMap { place, item -> [ContextItem] in
            let own = ContextItem(place: place, item: item)
            switch item {
            case .message, .said: return [own]
            case .assistant(_, let calls):
                guard let kept = byPlace[place] else { return calls.isEmpty ? [own] : [] }
                let asked = ContextItem(place: place, item: .assistant(text: nil, calls: kept.map(\.call)))
                return [asked] + kept.map(\.result)
            case .result, .complaint: return []
            }
        }
    }
}

/// One line of what the model is shown, with its place in the transcript.
package struct ContextItem: Sendable, Hashable {
    package let place: Int
    package let item: TranscriptItem
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
    let result: ContextItem
    let isError: Bool

    var signature: CallSignature { CallSignature(tool: call.tool, arguments: isError ? nil : call.arguments) }
}

/// Calls that stand for each other.
private struct CallSignature: Hashable {
    let tool: String
    let arguments: BodyReference?
}
