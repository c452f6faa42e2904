import BallastCore

/// Makes whole facts of one cell for each fact, with everything that statements of the tool need beside them.
struct FactBuilder {
    let space: FactSpace
    /// The policies whose guard asks other tools; their answers are made up to be as favourable as possible.
    let policies: [Policy]

    func facts(_ cells: [FactCell]) -> PolicyFacts {
        var facts = PolicyFacts(
            tool: space.tool, arguments: [:], agent: "assistant", principal: "customer:ana", hasReadUntrusted: false,
            mostConfidentialRead: .open, run: "run-1", conversation: "conversation-1", now: space.settings.now)
        var arguments = given(cells)
        for (place, cell) in cells.enumerated() {
            let fact = space.facts[place]
            switch (fact.name, cell.form) {
            case (.argument(let path), let form):
                guard let value = value(form, fact) else { continue }
                arguments = FactBuilder.put(value, at: path.segments[...], in: arguments, schema)
                if cell.origin != .unknown {
                    facts.labels[path.text] = Label(cell.origin == .trusted ? .principal : .untrustedTool)
                }
            case (.confidence, .band(let band)): facts.confidence = band
            case (.readUntrusted, .flag(let flag)): facts.hasReadUntrusted = flag
            case (.grounded, .flag(let flag)): facts.grounds = Groundedness(isGrounded: flag ?? false)
            case (.license, .license(let license)): facts.license = license
            case (.isRepeat, .flag(let flag)): facts.isRepeat = flag ?? false
            case (.time, .moment(let now)): facts.now = now
            case (let name, let form): put(value(form, fact), as: name, into: &facts)
            }
        }
        facts.arguments = SchemaExample.filled(arguments, schema)
        if facts.hasReadUntrusted == false {
            for (path, label) in facts.labels where label.isUntrusted { facts.labels[path] = Label(.model) }
        }
        answerGuard(&facts)
        for policy in policies { ground(&facts, policy.rules(for: facts.tool)) }
        return facts
    }

    private var schema: JSONValue { space.settings.schemas[space.tool] ?? true }

    /// The examples that the caller gave, without those that the cells speak of.
    private func given(_ cells: [FactCell]) -> JSONValue {
        guard var object = space.settings.examples.object else { return [:] }
        let known = schema["properties"]?.object
        for member in object.members where known != nil && known?[member.key] == nil { object[member.key] = nil }
        for fact in space.facts {
            if case .argument(let path) = fact.name, let name = path.segments.first { object[name] = nil }
        }
        return .object(object)
    }

    private func put(_ value: JSONValue?, as name: FactName, into facts: inout PolicyFacts) {
        switch name {
        case .agent: facts.agent = value?.string ?? facts.agent
        case .principal: facts.principal = Principal(value?.string ?? facts.principal.name)
        case .tenant: facts.tenant = TenantID(value?.string ?? facts.tenant.name)
        case .environment: facts.environment = value?.string ?? facts.environment
        case .role: facts.roles = value?.array?.compactMap(\.string) ?? []
        case .attribute(let attribute): facts.attributes[attribute] = value?.string
        default: break
        }
    }

    private func value(_ form: FactCell.Form, _ fact: FactCells) -> JSONValue? {
        switch form {
        case .single(let element): fact.elements[element].value
        case .list(let list): .array(list.compactMap { fact.elements[$0].value })
        default: nil
        }
    }

    /// The object with the value at the path. Where the schema has a list on the way, the elements of the value are
    /// dealt out to the elements of that list.
    private static func put(
        _ value: JSONValue, at path: ArraySlice<JSONString>, in target: JSONValue?, _ schema: JSONValue
    ) -> JSONValue {
        guard let name = path.first else { return value }
        if schema["type"] == "array" {
            let (values, present) = (value.array ?? [value], target?.array ?? [])
            let count = values.isEmpty ? 0 : max(values.count, present.count)
            return .array(
                (0..<count).map { index in
                    let element = index < present.count ? present[index] : present.last
                    let part = values[min(index, values.count - 1)]
                    return put(part, at: path, in: element, schema["items"] ?? true)
                })
        }
        var object = target?.object ?? JSONObject()
        if path.count == 1, value.isNull { return .object(object) }
        object[name] = put(value, at: path.dropFirst(), in: object[name], schema["properties"]?[name] ?? true)
        return .object(object)
    }

    // MARK: What the guard asks

    private func answerGuard(_ facts: inout PolicyFacts) {
        for policy in policies {
            let rules = policy.rules(for: facts.tool)
            for entitlement in rules.entitlements {
                let own = facts.attributes[entitlement.attribute]
                if own == nil, space.places[.attribute(entitlement.attribute)] == nil {
                    facts.attributes[entitlement.attribute] = "\(entitlement.attribute)-1"
                }
            }
        }
        for policy in policies {
            let rules = policy.rules(for: facts.tool)
            for limit in rules.limits {
                if let reference = limit.reference { answer(reference, with: JSONValue(1_000_000_000), &facts) }
            }
            for magnitude in rules.magnitudes {
                answer(magnitude.subject, with: JSONValue(min(1, magnitude.atMost.units)), &facts)
            }
            for entitlement in rules.entitlements {
                answer(entitlement.owner, with: JSONValue(facts.attributes[entitlement.attribute]), &facts)
            }
            if let rehearsal = rules.dryRun,
                let call = rehearsal.guardCall(tool: facts.tool, arguments: facts.arguments)
            {
                let before = facts.groundTruth[call]
                facts.groundTruth[call] = FactBuilder.put(
                    JSONValue(min(1, rehearsal.atMost)), at: rehearsal.count.segments[...], in: before, true)
            }
        }
    }

    /// Has the principal say, or a trusted tool answer, what arguments must be grounded in.
    private func ground(_ facts: inout PolicyFacts, _ rules: ToolRules) {
        for grounding in rules.flow.groundings {
            guard let value = grounding.argument.value(in: facts.arguments) else { continue }
            for element in value.array ?? [value] {
                switch grounding.sources.first {
                case .field(let tool, let path)?:
                    facts.evidence.answers[tool, default: []].append(
                        FactBuilder.put(element, at: path.segments[...], in: nil, true))
                case .principal?: facts.evidence.words.append(spoken(element, rules.money(at: grounding.argument)))
                case nil: break
                }
            }
        }
    }

    private func spoken(_ value: JSONValue, _ money: MoneyField?) -> String {
        if let money, let units = money.minorUnits(of: value) {
            return Money(minorUnits: units, currency: money.currency).description
        }
        return value.string ?? JSONWriter.canonicalString(value)
    }

    private func answer(_ reference: ValueReference, with value: JSONValue, _ facts: inout PolicyFacts) {
        guard case .lookup(_, _, let field) = reference, let call = reference.guardCall(for: facts.arguments) else {
            return
        }
        facts.groundTruth[call] = FactBuilder.put(
            value, at: field.segments[...], in: facts.groundTruth[call], true)
    }
}
