package import BallastCore

/// A call that is over, as the detectors of confusion compare it.
package struct TracedCall: Sendable, Hashable {
    /// The reply that made it.
    package let step: Int
    package let tool: String
    package let isError: Bool
    /// Its tool may change something, and it was done.
    package let isEffect: Bool
    /// The tool with its arguments, to the byte.
    let exact: String
    /// Its arguments as they were sent: canonical where they can be read. Few are, as most calls repeat nothing.
    private let text: String
    /// The beginning of its answer. What is read out of it is read when it is asked for: most calls repeat nothing.
    let said: String
    /// Each way of reading it as a setting of something; empty unless it is an effect.
    let settings: [EffectSetting]

    package init(step: Int, tool: String, arguments: [UInt8], answer: String, isError: Bool, isEffect: Bool) {
        self.step = step
        self.tool = tool
        self.isError = isError
        self.isEffect = isEffect && !isError
        text = String(decoding: arguments, as: UTF8.self)
        exact = tool + " " + text
        said =
            answer.utf8.count <= AnswerText.bound
            ? answer : String(decoding: answer.utf8.prefix(AnswerText.bound), as: UTF8.self)
        settings = self.isEffect ? EffectSetting.all(tool: tool, text) : []
    }

    package var arguments: JSONValue { (try? JSONReader.read(Array(text.utf8))) ?? JSONValue(text) }

    /// The open points of a plan that its arguments state: a list of objects, if they hold one.
    var plan: [String]? { text.holds(bytes: "[{") ? PlanReading.open(in: arguments) : nil }

    private var value: JSONValue? { try? JSONReader.read(Array(said.utf8)) }

    /// The answer without what differs at each call whatever is asked: moments, durations, names of requests.
    var answer: String { AnswerText.steady(said, value) }

    /// The answer's kind: without numbers, ids and what it was asked for. Errors that differ in these alone are the same.
    var answerKind: String { AnswerText.kind(answer, of: arguments) }

    /// It found nothing.
    var isEmpty: Bool { said.utf8.count <= 512 && AnswerText.isEmpty(said, value) }

    /// It says that what it is about is under way: asking again is the way to learn more.
    var isPending: Bool { AnswerText.isPending(said, value) }

    /// The same call with the same end. What an effect brings has an id of its own each time, and is the same all the same.
    func isRepeat(of other: TracedCall) -> Bool {
        guard exact == other.exact, isError == other.isError else { return false }
        return said == other.said || (isError || isEffect ? answerKind == other.answerKind : answer == other.answer)
    }
}

/// Reading an answer for what it has in common with others.
enum AnswerText {
    /// Bytes of an answer that are looked at.
    static let bound = 16_384

    private static let volatile: Set<String> = [
        "at", "now", "time", "timestamp", "date", "generated_at", "fetched_at", "checked_at", "request_id", "trace_id",
        "correlation_id", "nonce", "etag", "elapsed", "elapsed_ms", "took", "took_ms", "duration", "duration_ms",
        "latency_ms", "retry_after", "retry_after_ms", "action_id", "effect_id", "tried", "attempt", "attempts",
    ]
    private static let pending: Set<String> = [
        "pending", "queued", "running", "processing", "in_progress", "in progress", "inprogress", "starting", "waiting",
        "building", "scheduled", "not_ready", "not ready", "working", "provisioning", "creating", "uploading",
        "deploying", "in_transit", "in transit", "syncing", "indexing", "ongoing", "incomplete", "not_finished",
        "not finished", "not finished yet", "not ready yet", "still running", "still processing", "in_queue",
    ]
    private static let stateNames: Set<String> = ["status", "state", "phase", "stage", "progress_state", "job_status"]

    static func steady(_ text: String, _ value: JSONValue?) -> String {
        if let value, value.object != nil || value.array != nil {
            return JSONWriter.canonicalString(steady(value, depth: 0))
        }
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func steady(_ value: JSONValue, depth: Int) -> JSONValue {
        guard depth < 16 else { return value }
        switch value {
        case .object(let object):
            var kept = JSONObject()
            for member in object.members where !volatile.contains(member.key.text.lowercased()) {
                kept[member.key] = steady(member.value, depth: depth + 1)
            }
            return .object(kept)
        case .array(let elements): return .array(elements.map { steady($0, depth: depth + 1) })
        default: return value
        }
    }

    static func kind(_ text: String, of arguments: JSONValue) -> String {
        let said = text.prefix(kindBound).lowercased()
        let values = ArgumentDistance.leaves(arguments).values.compactMap { $0.string }
            .filter { (2...longestMask).contains($0.utf8.count) }.map { $0.lowercased() }
        let masked = values.sorted { ($0.count, $0) > ($1.count, $1) }.prefix(mostMasks)
            .reduce(said) { $0.replacing($1, with: "#") }
        return kind(masked)
    }
    /// What an answer's kind is read from, and what of a call's arguments is looked for in it: whoever writes either
    /// must not make the comparison dear.
    private static let kindBound = 2_000
    private static let longestMask = 256
    private static let mostMasks = 16

    /// Numbers and words that hold digits are one thing.
    static func kind(_ text: String) -> String {
        var kind = ""
        var word = ""
        func close() {
            kind += word.contains(where: \.isNumber) ? "#" : word
            word = ""
        }
        for character in text.lowercased().prefix(600) {
            if character.isLetter || character.isNumber || character == "-" || character == "_" {
                word.append(character)
            } else {
                close()
                kind.append(character)
            }
        }
        close()
        return kind
    }

    static func isEmpty(_ text: String, _ value: JSONValue?) -> Bool {
        switch value {
        case .null?: return true
        case .array(let elements)?: return elements.isEmpty
        case .object(let object)?:
            let lists = object.members.compactMap { $0.value.array }
            if !lists.isEmpty { return lists.allSatisfy(\.isEmpty) }
            let counts = object.members.filter { ["total", "count", "found", "matches"].contains($0.key.text) }
            return object.isEmpty || (!counts.isEmpty && counts.allSatisfy { $0.value == 0 || $0.value == false })
        case .string(let text)?: return isNothing(text.text)
        case .some: return false
        case nil: return isNothing(text)
        }
    }

    private static func isNothing(_ text: String) -> Bool {
        let words = text.lowercased()
        return words.allSatisfy(\.isWhitespace)
            || ["no results", "no matches", "nothing found", "not found", "no entries", "none found"].contains {
                words.hasPrefix($0)
            }
    }

    static func isPending(_ text: String, _ value: JSONValue?) -> Bool {
        guard let object = value?.object else { return isPendingWord(value?.string ?? text) }
        return object.members.contains { member in
            let name = member.key.text.lowercased()
            if stateNames.contains(name), let word = member.value.string { return isPendingWord(word) }
            if ["done", "ready", "finished", "completed", "complete", "is_done", "is_ready"].contains(name) {
                return member.value == false
            }
            if ["progress", "percent", "percent_complete"].contains(name), let progress = member.value.integer {
                return progress < 100
            }
            if ["job", "task", "result", "data", "run"].contains(name), member.value.object != nil {
                return isPending("", member.value)
            }
            return false
        }
    }

    private static func isPendingWord(_ text: String) -> Bool {
        let word = text.lowercased().trimming { $0.isWhitespace || $0 == "." || $0 == "…" }
        return pending.contains(word)
    }
}

extension String {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> String {
        guard let first = firstIndex(where: { !isTrimmed($0) }), let last = lastIndex(where: { !isTrimmed($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
