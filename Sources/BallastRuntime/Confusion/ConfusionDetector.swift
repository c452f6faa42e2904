package import BallastCore

/// How an agent goes round in circles.
package struct Confusion: Sendable, Hashable {
    package let kind: ConfusionKind
    /// The tool that it is about; empty for a plan.
    package let tool: String
    /// How often the same thing was done.
    package let count: Int

    package init(kind: ConfusionKind, tool: String, count: Int) {
        self.kind = kind
        self.tool = tool
        self.count = count
    }
}

/// When repetition counts as confusion.
package struct ConfusionRule: Sendable, Hashable {
    /// Calls that end in the same error; other repeats are borne a little longer.
    package var failures = 3
    package var answers: Int
    package var empties: Int
    package var slips: Int
    package var rounds: Int
    package var restatements: Int

    package init(failures: Int = 3) {
        self.failures = max(2, failures)
        answers = self.failures + 1
        slips = self.failures + 1
        empties = self.failures * 2
        rounds = self.failures
        restatements = self.failures + 1
    }

    /// What was pointed out once is borne less.
    var again: ConfusionRule {
        var rule = self
        (rule.failures, rule.slips, rule.rounds) = (2, 2, 2)
        (rule.answers, rule.restatements) = (max(2, answers - 1), max(2, restatements - 1))
        rule.empties = max(3, empties - 2)
        return rule
    }
}

/// Finds confusion in the calls of a run, from what is on record alone: no model is asked.
///
/// Only repetition without an advance counts. An effect that was not had before is one, and so are words of a person;
/// finding the same again is none, whatever else was asked in between.
package struct ConfusionDetector: Sendable {
    private let rule: ConfusionRule
    /// The latest calls, oldest first.
    private var calls: [TracedCall] = []
    /// Open points of the plans that were stated since the last advance, with their steps.
    private var plans: [(step: Int, open: [String])] = []
    /// Words that people said and tools answered, in lower case, and the latest texts that they stood in.
    private var known: Set<Substring> = []
    private var texts: [String] = []
    /// Texts whose words were not taken yet: they are needed only where something repeats.
    private var unread: [String] = []
    private var done: Set<String> = []
    /// Where the calls since the last advance begin.
    private var start = 0
    private static let window = 48
    private static let knownWords = 20_000
    private static let knownTexts = 8
    private static let unreadTexts = 64

    package init(_ rule: ConfusionRule = ConfusionRule()) { self.rule = rule }

    /// Words of a person: what they ask for is new.
    package mutating func hear(_ words: String) {
        learn(words)
        advance()
    }

    /// A reply's words, before its calls.
    package mutating func read(_ text: String, step: Int) {
        if let open = PlanReading.open(in: text) { plans.append((step, open)) }
    }

    /// The calls of one reply, all of them over.
    package mutating func add(_ step: [TracedCall]) {
        for call in step {
            let plan = call.plan
            if let plan { plans.append((call.step, plan)) }
            if call.isEffect, plan == nil, done.insert(call.exact).inserted {
                // The values of an effect that turns another one over are no news.
                if turns(call) == nil { advance() }
            }
            calls.append(call)
            if !call.isError { learn(call.said) }
        }
        if calls.count > 4 * Self.window {
            let cut = calls.count - 2 * Self.window
            calls.removeFirst(cut)
            start = max(0, start - cut)
        }
        if plans.count > Self.window { plans.removeFirst(plans.count - Self.window) }
    }

    private mutating func learn(_ words: String) {
        unread.append(words)
        if unread.count > Self.unreadTexts { readUp() }
    }

    private mutating func readUp() {
        for text in unread {
            let words = text.lowercased()
            if known.count < Self.knownWords { known.formUnion(Self.words(of: words)) }
            texts.append(words)
        }
        texts.removeFirst(max(0, texts.count - Self.knownTexts))
        unread.removeAll()
    }

    private mutating func advance() {
        start = calls.count
        plans.removeAll()
    }

    // MARK: Findings

    /// What the last step shows, if it shows confusion.
    package mutating func finding() -> Confusion? { finding(rule, from: start, since: 0) }

    /// The same after it was pointed out.
    ///
    /// - Parameter step: The first step since then.
    package mutating func finding(since step: Int) -> Confusion? {
        let place = calls.firstIndex { $0.step >= step } ?? calls.count
        return finding(rule.again, from: max(start, place), since: step)
    }

    private mutating func finding(_ rule: ConfusionRule, from start: Int, since: Int) -> Confusion? {
        let recent = calls[max(start, calls.count - Self.window)...]
        if let last = recent.last {
            for call in recent where call.step == last.step {
                if let found = repetition(of: call, in: recent, rule) { return found }
                if let found = slips(of: call, in: recent, rule) { return found }
                if let found = empties(of: call, in: recent, rule) { return found }
            }
            // Each of them is an effect, and so an advance.
            if let found = contradiction(in: calls.suffix(Self.window).filter { $0.step == last.step }) {
                return found
            }
            if let found = rounds(in: recent, rule) { return found }
        }
        // Turning something over is compared over advances too: each turn is an effect.
        if let found = toAndFro(rule, since: since) { return found }
        return standingPlan(rule, since: since)
    }

    /// The same call with the same end, with whatever in between.
    private func repetition(of call: TracedCall, in recent: ArraySlice<TracedCall>, _ rule: ConfusionRule) -> Confusion?
    {
        let least = call.isError ? rule.failures : rule.answers
        guard recent.count(where: { $0.exact == call.exact }) >= least,
            recent.count(where: { $0.isRepeat(of: call) }) >= least, !call.isPending
        else { return nil }
        // Told is how often it was in all.
        let all = calls[start...].count { $0.isRepeat(of: call) }
        return Confusion(kind: call.isError ? .sameError : .sameAnswer, tool: call.tool, count: all)
    }

    /// Slightly different calls with the same error.
    private mutating func slips(
        of call: TracedCall, in recent: ArraySlice<TracedCall>, _ rule: ConfusionRule
    ) -> Confusion? {
        guard call.isError, recent.count(where: { $0.isError && $0.tool == call.tool }) >= rule.slips else {
            return nil
        }
        readUp()
        let kind = call.answerKind
        let chain = chain(to: call, in: recent) { $0.isError && $0.answerKind == kind }
        return chain >= rule.slips ? Confusion(kind: .sameErrorVaried, tool: call.tool, count: chain) : nil
    }

    /// Slightly different calls that find nothing.
    private mutating func empties(
        of call: TracedCall, in recent: ArraySlice<TracedCall>, _ rule: ConfusionRule
    ) -> Confusion? {
        guard !call.isError, !call.isEffect, call.isEmpty,
            recent.count(where: { !$0.isError && $0.tool == call.tool }) >= rule.empties
        else { return nil }
        readUp()
        let chain = chain(to: call, in: recent) { !$0.isError && $0.isEmpty }
        return chain >= rule.empties ? Confusion(kind: .nothingFound, tool: call.tool, count: chain) : nil
    }

    /// Calls of the tool that each differ only slightly from the next of them, up to this one.
    private func chain(
        to call: TracedCall, in recent: ArraySlice<TracedCall>, where isAlike: (TracedCall) -> Bool
    ) -> Int {
        var length = 1
        var next = call
        for earlier in recent.dropLast().reversed() where earlier.tool == call.tool && isAlike(earlier) {
            guard
                ArgumentDistance.isSlight(
                    earlier.arguments, next.arguments, isKnown: { isKnown($0, in: next) })
            else { continue }
            length += 1
            next = earlier
        }
        return length
    }

    /// A value that somebody said or something answered, and not one of a call's own making.
    private func isKnown(_ value: JSONValue, in call: TracedCall) -> Bool {
        let text = (value.string ?? JSONWriter.canonicalString(value)).lowercased()
        guard text.count >= 2, text.count <= 400 else { return false }
        let words = Self.words(of: text)
        if words.count == 1, let word = words.first, word.count == text.count { return known.contains(word) }
        return texts.contains { Self.holds($0, text) }
    }

    private static func words(of text: String) -> [Substring] {
        text.split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "_" }
    }

    /// As a word of its own.
    private static func holds(_ text: String, _ value: String) -> Bool {
        var rest = text[...]
        while let place = rest.firstRange(of: value) {
            let before = place.lowerBound == text.startIndex ? nil : text[text.index(before: place.lowerBound)]
            let after = place.upperBound == text.endIndex ? nil : text[place.upperBound]
            if ![before, after].contains(where: { $0.map { $0.isLetter || $0.isNumber } ?? false }) { return true }
            rest = rest[place.upperBound...]
        }
        return false
    }

    /// A round of two to six calls, walked over and over.
    private func rounds(in recent: ArraySlice<TracedCall>, _ rule: ConfusionRule) -> Confusion? {
        let last = Array(recent.suffix(6 * rule.rounds))
        guard let newest = last.last else { return nil }
        for period in 2...6 where last.count >= period * rule.rounds {
            let tail = last.suffix(period * rule.rounds)
            guard newest.exact == last[last.count - 1 - period].exact else { continue }
            let round = Array(tail.prefix(period))
            guard Set(round.map(\.exact)).count > 1,
                zip(tail, 0...).allSatisfy({ call, place in call.isRepeat(of: round[place % period]) }),
                !round.allSatisfy(\.isPending)
            else { continue }
            return Confusion(kind: .rounds, tool: newest.tool, count: rule.rounds)
        }
        return nil
    }

    // MARK: To and fro

    /// Calls of one reply that set the same thing to different values: whichever comes last, one of them was not meant.
    private func contradiction(in step: [TracedCall]) -> Confusion? {
        var set: [String: String] = [:]
        for call in step where call.isEffect {
            for setting in call.settings where setting.isPlain {
                if let value = set.updateValue(setting.value, forKey: setting.thing), value != setting.value {
                    return Confusion(kind: .contradiction, tool: call.tool, count: 2)
                }
            }
        }
        return nil
    }

    /// How often the thing that the call sets was set back to what it had been; nil when it was not set before.
    private func turns(_ call: TracedCall) -> Int? {
        guard !call.settings.isEmpty else { return nil }
        let earlier = calls.suffix(2 * Self.window).filter { !$0.settings.isEmpty }
        var most: Int?
        for setting in call.settings {
            let values = earlier.compactMap { $0.settings.first { $0.thing == setting.thing }?.value } + [setting.value]
            var runs: [String] = []
            for value in values where value != runs.last { runs.append(value) }
            guard runs.count > 2 else { continue }
            let returns = runs.count - Set(runs).count
            if returns > 0 { most = max(most ?? 0, returns) }
        }
        return most
    }

    /// The same thing is done and undone.
    private func toAndFro(_ rule: ConfusionRule, since step: Int) -> Confusion? {
        guard let last = calls.last, last.step >= step else { return nil }
        for call in calls.reversed() {
            guard call.step == last.step else { break }
            guard call.isEffect, let turns = turns(call), turns >= rule.rounds - 1 else { continue }
            return Confusion(kind: .toAndFro, tool: call.tool, count: turns)
        }
        return nil
    }

    // MARK: Plans

    /// The plan was stated again and again, and nothing of it was done.
    private func standingPlan(_ rule: ConfusionRule, since step: Int) -> Confusion? {
        let stated = plans.filter { $0.step >= step }.suffix(rule.restatements)
        guard stated.count >= rule.restatements, let first = stated.first, let newest = stated.last,
            newest.step >= (calls.last?.step ?? 0), first.open.count >= 2
        else { return nil }
        // A point that is gone, or fewer of them, is progress.
        let shrinks = zip(stated, stated.dropFirst()).contains { before, after in
            after.open.count < before.open.count || !Set(before.open).isSubset(of: Set(after.open))
        }
        return shrinks ? nil : Confusion(kind: .standingPlan, tool: "", count: stated.count)
    }
}
