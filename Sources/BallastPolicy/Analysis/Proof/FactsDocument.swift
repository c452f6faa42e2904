package import BallastCore

/// Facts of an action as people and programs read them.
package struct FactsDocument {
    let facts: PolicyFacts

    package init(_ facts: PolicyFacts) { self.facts = facts }

    /// What a program sends to repeat the action.
    package var call: JSONValue { ["tool": JSONValue(facts.tool), "arguments": facts.arguments] }

    package var json: JSONValue {
        var object = JSONObject([
            JSONMember("tool", JSONValue(facts.tool)), JSONMember("arguments", facts.arguments),
            JSONMember("agent", JSONValue(facts.agent)), JSONMember("principal", JSONValue(facts.principal.name)),
            JSONMember("tenant", JSONValue(facts.tenant.name)),
            JSONMember("environment", JSONValue(facts.environment)),
            JSONMember("roles", .array(facts.roles.map { JSONValue($0) })),
            JSONMember("attributes", texts(facts.attributes)),
            JSONMember("labels", texts(facts.labels.mapValues { $0.isUntrusted ? "untrusted" : "trusted" })),
            JSONMember("untrusted_read", facts.hasReadUntrusted.map { .bool($0) } ?? .null),
            JSONMember("arguments_grounded", facts.grounds.map { .bool($0.isGrounded) } ?? .null),
            JSONMember("intent", JSONValue(facts.license.map { "\($0)" })),
            JSONMember("confidence", JSONValue(facts.confidence?.name)),
            JSONMember("is_repeat", .bool(facts.isRepeat)), JSONMember("at", JSONValue(facts.now.rfc3339)),
        ])
        let answers = facts.groundTruth.map { call, answer -> JSONValue in
            ["tool": JSONValue(call.tool), "arguments": call.arguments, "answer": answer]
        }
        object["said"] = .array(facts.evidence.words.map { JSONValue($0) })
        object["answered"] = .object(
            JSONObject(
                facts.evidence.answers.sorted { $0.key < $1.key }.map {
                    JSONMember(JSONString($0.key), .array($0.value))
                }))
        object["answers"] = JSONValue.array(
            answers.sorted { JSONWriter.canonicalString($0) < JSONWriter.canonicalString($1) })
        return .object(object)
    }

    /// One fact a line, the action first; what has its usual value is left out.
    package var lines: [String] {
        var lines = ["\(facts.tool) \(JSONWriter.canonicalString(facts.arguments))"]
        lines.append("for \(facts.principal.name) by the agent \(facts.agent) in \(facts.environment)")
        let attributes = facts.attributes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if !attributes.isEmpty { lines.append("people.yaml says: \(attributes.joined(separator: ", "))") }
        if !facts.roles.isEmpty { lines.append("in the groups \(facts.roles.joined(separator: ", "))") }
        if facts.tenant != .default { lines.append("tenant \(facts.tenant.name)") }
        for (path, label) in facts.labels.sorted(by: { $0.key < $1.key }) where label.isUntrusted {
            lines.append("\(path) comes from untrusted text")
        }
        switch facts.hasReadUntrusted {
        case true?: lines.append("after reading untrusted text")
        case nil: lines.append("and nobody knows whether untrusted text was read")
        case false?: break
        }
        if let grounds = facts.grounds {
            lines.append(
                grounds.isGrounded
                    ? "with arguments that are all what the principal asked for"
                    : "with arguments that are not all what the principal asked for")
            lines += grounds.gaps.map(\.words)
        }
        switch facts.license {
        case IntentLicense.none?: lines.append("though the principal's words ask for no such act")
        case .delegated?: lines.append("as the principal's words leave it to something else what is to be done")
        case .unclear?: lines.append("as the principal's words ask for something that is not understood")
        case .unspoken?: lines.append("and nobody's words are known")
        case .named?, nil: break
        }
        if let band = facts.confidence { lines.append("with \(band.name) confidence") }
        if facts.isRepeat { lines.append("after an equal action") }
        if !facts.evidence.words.isEmpty {
            lines.append("after the principal said: \(facts.evidence.words.joined(separator: ", "))")
        }
        for (tool, answers) in facts.evidence.answers.sorted(by: { $0.key < $1.key }) {
            for answer in answers { lines.append("after \(tool) answered \(JSONWriter.canonicalString(answer))") }
        }
        for (call, answer) in facts.groundTruth.sorted(by: { $0.key.tool < $1.key.tool }) {
            lines.append(
                "\(call.tool) \(JSONWriter.canonicalString(call.arguments)) answers "
                    + JSONWriter.canonicalString(answer))
        }
        lines.append("at \(facts.now.rfc3339)")
        return lines
    }

    private func texts(_ texts: [String: String]) -> JSONValue {
        .object(
            JSONObject(
                texts.sorted { $0.key < $1.key }.map { JSONMember(JSONString($0.key), JSONValue($0.value)) }))
    }
}
