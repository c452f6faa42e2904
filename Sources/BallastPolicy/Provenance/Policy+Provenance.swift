import BallastCore

extension Policy {
    /// True when some rule of the tool asks whether its arguments are what the principal asked for.
    package func asksForGrounds(of tool: String) -> Bool { entries[tool]?.asksForGrounds ?? false }

    /// True when the records of the run are needed to decide about this tool.
    package func asksForRecords(of tool: String) -> Bool { asksForGrounds(of: tool) && !records.isEmpty }

    /// Tools whose answers or arguments the index of records takes.
    package func isObserved(_ tool: String) -> Bool {
        !records.isEmpty
            && (toolClass(of: tool) != .safe || hasRecords(tool))
    }

    /// Tools whose answers are made of records.
    package func hasRecords(_ tool: String) -> Bool { records.values.contains { $0.tools.contains(tool) } }

    /// What the principal's words and the records of the run say of an action; each is nil where nobody asks.
    func provenance(of action: JudgedAction) -> (Groundedness?, IntentLicense?) {
        let rules = rules(for: action.tool)
        let acts = rules.flow.acts
        let asksForGrounds = asksForGrounds(of: action.tool)
        guard asksForGrounds || !acts.isEmpty else { return (nil, nil) }
        let words = SpokenWords(action.evidence.words)
        let license = acts.isEmpty ? nil : license(acts, words, action)
        guard asksForGrounds else { return (nil, license) }
        if license == .delegated || license == .unclear {
            let why =
                license == .unclear
                ? "the principal's words ask for something that is not understood"
                : "the principal's words leave it to something else what is to be done"
            return (Groundedness(isGrounded: false, gaps: [Groundedness.Gap(path: "", why: why)]), license)
        }
        let judge = GroundingJudge(
            words: words, kinds: records, rules: rules, evidence: action.evidence,
            targets: action.targets, stated: action.stated, hasReadUntrusted: action.hasReadUntrusted,
            tool: action.tool, endorsements: action.endorsements)
        var grounds = judge.judge(action.arguments)
        if license == IntentLicense.none {
            grounds.isGrounded = false
            grounds.gaps.insert(
                Groundedness.Gap(path: "", why: "the principal's words do not ask for such an act"), at: 0)
        }
        return (grounds, license)
    }

    /// A contract says more exactly than words what a run is to do; the agent's own one is about all of its runs, so the
    /// words of this one come before it.
    private func license(_ acts: Set<ActKind>, _ words: SpokenWords, _ action: JudgedAction) -> IntentLicense {
        if action.isUndo { return .named }
        let licenses = action.contracts.contains { stated in
            let says = stated.standing == .principal || stated.standing == .configuration && words.isEmpty
            return says && stated.contract.permits.contains { $0.tool == action.tool }
        }
        if licenses { return .named }
        return IntentReader(words, lexicon).read().license(acts)
    }
}

extension JudgedAction {
    /// Ids and destinations that count as named by the principal.
    fileprivate var targets: Set<String> {
        contracts.filter { $0.standing != .claimed }.reduce(into: []) { $0.formUnion($1.contract.targets) }
    }

    /// Values that contracts give to arguments of this tool.
    fileprivate var stated: [FieldPath: [JSONValue]] {
        var values: [FieldPath: [JSONValue]] = [:]
        for stated in contracts where stated.standing != .claimed {
            for permit in stated.contract.permits where permit.tool == tool {
                values.merge(permit.values) { $0 + $1 }
            }
        }
        return values
    }
}
