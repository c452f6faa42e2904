package import BallastCore

/// Everything a decision may look at, given as values. What is nil or absent is unknown.
package struct PolicyFacts: Sendable, Hashable {
    package var tool: String
    /// An object: the arguments exactly as they will be sent.
    package var arguments: JSONValue
    /// Labels by argument path; a label of `customer` also stands for `customer.id`.
    package var labels: [String: Label]
    package var agent: String
    package var tenant: TenantID
    package var principal: Principal
    /// Attributes of the principal in people.yaml.
    package var attributes: [String: String]
    /// Groups of people.yaml that the principal belongs to.
    package var roles: [String]
    package var environment: String
    package var confidence: ConfidenceBand?
    /// Whether the run has read anything untrusted.
    package var hasReadUntrusted: Bool?
    /// The narrowest readers of anything that the run has read; nil is unknown, which no bound of readers accepts.
    package var mostConfidentialRead: Label.Confidentiality?
    /// What arguments can be grounded in.
    package var evidence: Evidence
    /// Whether the arguments are what the principal asked for; nil is unknown.
    package var grounds: Groundedness?
    /// How the act stands to the principal's words; nil where the tool says nothing of its acts.
    package var license: IntentLicense?
    /// What the run may do at all; every action is inside all of them.
    package var contracts: [StatedContract] = []
    /// How often the tool was used in the run so far.
    package var uses = 0
    /// Who endorsed each of the values at and under each path of the arguments; empty where nobody endorsed anything.
    package var endorsements: [String: [Set<Endorser>]] = [:]
    /// True when an equal action was settled before in this tenant under no declared business key.
    package var isRepeat: Bool
    /// Names of the run and the conversation, for limits that count per run or conversation.
    package var run: String
    package var conversation: String
    /// Answers to `Policy.guardCalls`, fetched for this decision.
    package var groundTruth: [GuardCall: JSONValue]
    /// The moment that expiry is judged at.
    package var now: Timestamp

    package init(
        tool: String, arguments: JSONValue, labels: [String: Label] = [:], agent: String,
        tenant: TenantID = .default, principal: Principal, attributes: [String: String] = [:], roles: [String] = [],
        environment: String = "production", confidence: ConfidenceBand? = nil, hasReadUntrusted: Bool? = nil,
        mostConfidentialRead: Label.Confidentiality? = nil, evidence: Evidence = Evidence(),
        grounds: Groundedness? = nil,
        license: IntentLicense? = nil, isRepeat: Bool = false,
        run: String = "", conversation: String = "",
        groundTruth: [GuardCall: JSONValue] = [:], now: Timestamp
    ) {
        self.tool = tool
        self.arguments = arguments
        self.labels = labels
        self.agent = agent
        self.tenant = tenant
        self.principal = principal
        self.attributes = attributes
        self.roles = roles
        self.environment = environment
        self.confidence = confidence
        self.hasReadUntrusted = hasReadUntrusted
        self.mostConfidentialRead = mostConfidentialRead
        self.evidence = evidence
        self.grounds = grounds
        self.license = license
        self.isRepeat = isRepeat
        self.run = run
        self.conversation = conversation
        self.groundTruth = groundTruth
        self.now = now
    }

    /// The same with the labels of arguments that occur in a trusted source: they are those of that source.
    func grounded(by rules: ToolRules) -> PolicyFacts {
        guard !rules.flow.groundings.isEmpty else { return self }
        var facts = self
        for grounding in rules.flow.groundings {
            let source = evidence.ground(grounding, in: arguments, rules: rules)
            if let source { facts.labels[grounding.argument.text] = source }
        }
        return facts
    }

    /// The label of an argument, or of the nearest object around it.
    func label(of path: FieldPath) -> Label? {
        if let label = labels[path.text] { return label }
        var text = path.text[...]
        while let dot = text.lastIndex(of: ".") {
            text = text[..<dot]
            if let label = labels[String(text)] { return label }
        }
        return nil
    }
}
