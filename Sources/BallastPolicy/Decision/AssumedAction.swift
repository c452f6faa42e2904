package import BallastCore

/// An action that nobody proposed: for tests of a policy and for questions about it. What is not said is as it is for a
/// model's proposal in a run that has read nothing untrusted; ground truth is unknown unless it is given.
package struct AssumedAction: Sendable, Hashable {
    /// What a tool would answer the guard; without arguments, whatever it is asked.
    package struct Answer: Sendable, Hashable {
        package let tool: String
        package let arguments: JSONValue?
        package let answer: JSONValue

        package init(tool: String, arguments: JSONValue?, answer: JSONValue) {
            self.tool = tool
            self.arguments = arguments
            self.answer = answer
        }
    }

    package var tool: String
    package var arguments: JSONValue
    package var agent: String
    package var principal: Principal
    package var surroundings: DecisionSurroundings
    /// Where single arguments come from; the others come from the model.
    package var labels: [String: Label] = [:]
    package var confidence: ConfidenceBand?
    package var hasReadUntrusted = false
    package var mostConfidentialRead = Label.Confidentiality.tenant
    /// What the principal said, and what tools answered in the run.
    package var evidence = Evidence()
    package var contracts: [StatedContract] = []
    /// What was done in the run before, for the records in it.
    package var acts: [ObservedAct] = []
    package var isRepeat = false
    package var endorsements = Endorsements()
    package var answers: [Answer] = []
    package var now: Timestamp

    package init(
        tool: String, arguments: JSONValue, agent: String, principal: Principal, surroundings: DecisionSurroundings,
        now: Timestamp
    ) {
        self.tool = tool
        self.arguments = arguments
        self.agent = agent
        self.principal = principal
        self.surroundings = surroundings
        self.now = now
    }

    /// The facts as the guard would put them to this policy.
    package func facts(for policy: Policy) -> PolicyFacts {
        let none = RunID(high: 0, low: 0)
        var evidence = evidence
        for act in acts where policy.isObserved(act.tool) { evidence.records.take(act, under: policy) }
        var judged = JudgedAction(
            tool: tool, arguments: arguments, label: Label([.model]), hasReadUntrusted: hasReadUntrusted,
            mostConfidentialRead: mostConfidentialRead, evidence: evidence,
            isRepeat: isRepeat && policy.toolClass(of: tool) != .safe, confidence: confidence, agent: agent,
            tenant: .default, principal: principal, run: none,
            conversation: ConversationID(high: 0, low: 0))
        judged.contracts = contracts
        judged.endorsements = endorsements
        judged.uses = acts.count { $0.tool == tool }
        var facts = judged.facts(in: surroundings, now: now, under: policy)
        facts.labels.merge(labels) { $1 }
        for call in policy.askedCalls(for: tool, arguments: arguments) {
            let bytes = JSONWriter.canonical(call.arguments)
            facts.groundTruth[call] =
                answers.first { answer in
                    answer.tool == call.tool && (answer.arguments.map { JSONWriter.canonical($0) == bytes } ?? true)
                }?.answer
        }
        return facts
    }
}
