package import BallastCore

/// What a decision looks at, as the run's journal tells it. The guard takes it from the run that moves, a backtest from
/// the journal: the facts of both are built here, so they are the same.
package struct JudgedAction: Sendable, Hashable {
    package var tool: String
    /// An object: the bytes that are judged and sent, read.
    package var arguments: JSONValue
    /// Where the proposal came from.
    package var label: Label
    /// Something that nobody vouches for is in what the model has read.
    package var hasReadUntrusted: Bool
    /// The narrowest readers of anything that the model has read.
    package var mostConfidentialRead: Label.Confidentiality
    /// Where the policy asks for it.
    package var evidence: Evidence
    /// An equal action was done before in this run.
    package var isRepeat: Bool
    /// What the run may do at all, and how often it used the tool by now.
    package var contracts: [StatedContract] = []
    package var uses = 0
    /// It takes an effect back that somebody wants taken back: nothing of it needs to be in the words of the run.
    package var isUndo = false
    /// What people vouched for in this run.
    package var endorsements = Endorsements()
    package var confidence: ConfidenceBand?
    package var agent: String
    package var tenant: TenantID
    package var principal: Principal
    package var run: RunID
    package var conversation: ConversationID?

    package init(
        tool: String, arguments: JSONValue, label: Label, hasReadUntrusted: Bool,
        mostConfidentialRead: Label.Confidentiality, evidence: Evidence, isRepeat: Bool,
        confidence: ConfidenceBand? = nil, agent: String, tenant: TenantID, principal: Principal, run: RunID,
        conversation: ConversationID?
    ) {
        self.tool = tool
        self.arguments = arguments
        self.label = label
        self.hasReadUntrusted = hasReadUntrusted
        self.mostConfidentialRead = mostConfidentialRead
        self.evidence = evidence
        self.isRepeat = isRepeat
        self.confidence = confidence
        self.agent = agent
        self.tenant = tenant
        self.principal = principal
        self.run = run
        self.conversation = conversation
    }

    /// All that the policy needs but ground truth, which is fetched or read for each decision.
    package func facts(
        in surroundings: DecisionSurroundings, now: Timestamp, under policy: Policy
    ) -> PolicyFacts {
        let (grounds, license) = policy.provenance(of: self)
        var facts = PolicyFacts(
            tool: tool, arguments: arguments, labels: labels, agent: agent, tenant: tenant, principal: principal,
            attributes: surroundings.attributes, roles: surroundings.roles, environment: surroundings.environment,
            confidence: confidence, hasReadUntrusted: hasReadUntrusted, mostConfidentialRead: mostConfidentialRead,
            evidence: evidence, grounds: grounds, license: license, isRepeat: isRepeat, run: run.description,
            conversation: conversation?.description ?? "", now: now)
        facts.contracts = contracts
        facts.uses = uses
        if !endorsements.isEmpty { note(&facts, under: policy) }
        return facts
    }

    /// An endorsed value keeps the sources that it has and gains the person who vouched for it. Whether that is enough
    /// is for the decision to say.
    private func note(_ facts: inout PolicyFacts, under policy: Policy) {
        for leaf in ArgumentLeaves(arguments, policy.rules(for: tool).flow.types).leaves where !leaf.isEmpty {
            let people =
                leaf.isStray ? [] : endorsements.people(for: leaf.value, in: EndorsedUse(leaf, of: tool))
            var names = leaf.path[...]
            while true {
                facts.endorsements[String(names), default: []].append(people)
                guard let dot = names.lastIndex(of: ".") else { break }
                names = names[..<dot]
            }
        }
        for (path, people) in facts.endorsements where !people.contains(where: \.isEmpty) {
            guard let place = FieldPath(path), var label = facts.label(of: place) else { continue }
            label.sources.insert(.reviewer)
            facts.labels[path] = label
        }
    }

    /// A value that the model wrote may hold anything that the model has read.
    private var labels: [String: Label] {
        var label = label
        if hasReadUntrusted, label.sources.contains(.model) { label.sources.insert(.untrustedTool) }
        var labels: [String: Label] = [:]
        for member in arguments.object?.members ?? [] { labels[member.key.text] = label }
        return labels
    }
}

/// What configuration says of a principal and of the installation: not in the journal, taken as it is now.
package struct DecisionSurroundings: Sendable, Hashable {
    package var attributes: [String: String]
    package var roles: [String]
    package var environment: String

    package init(attributes: [String: String] = [:], roles: [String] = [], environment: String) {
        self.attributes = attributes
        self.roles = roles
        self.environment = environment
    }
}

extension GuardCall {
    /// What the guard learned from an answer, as it stands in the journal; nil when that is nothing.
    package static func learned(from answer: [UInt8], passed: Bool) -> JSONValue? {
        passed ? try? JSONReader.read(answer) : nil
    }
}

extension Policy {
    /// Only a tool that changes nothing is asked for a fact.
    package func mayAsk(_ call: GuardCall) -> Bool { call.isDryRun || toolClass(of: call.tool) == .safe }

    /// The decision as the guard comes to it: what may flow, whose record it is, then everything else.
    package func decideInOrder(_ facts: PolicyFacts) -> PolicyDecision {
        flowDecision(facts) ?? entitlementDecision(facts) ?? decide(facts)
    }

    /// Tools whose answers in the run can ground an argument of this tool: those fields that the operator vouches for.
    package func groundingTools(of tool: String) -> Set<String> {
        var tools: Set<String> = []
        for grounding in rules(for: tool).flow.groundings {
            for case .field(let source, let path) in grounding.sources where vouches(for: path, of: source) {
                tools.insert(source)
            }
        }
        return tools
    }

    private func vouches(for path: FieldPath, of tool: String) -> Bool {
        switch rules(for: tool).trust {
        case .all: true
        case .fields(let fields): fields.contains(path)
        case .none: false
        }
    }

    /// The calls of `guardCalls` that are made for this action; those that are not are no answer.
    package func askedCalls(for tool: String, arguments: JSONValue) -> [GuardCall] {
        guardCalls(for: tool, arguments: arguments).filter(mayAsk)
    }
}
