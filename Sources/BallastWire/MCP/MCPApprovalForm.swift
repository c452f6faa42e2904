package import BallastCore

/// What a person at the client is shown before actions are done, drawn from their review documents, and what they answer:
/// one action, or several of one run that wait at the same time.
package struct MCPApprovalForm: Sendable, Hashable {
    /// What a person answered.
    package enum Verdict: Sendable, Hashable {
        case approve
        case reject(reason: String)
    }

    /// The name of the question among those that a result asks.
    package static let name = "approve"
    private static let longestText = 600
    private static let longestForm = 12_000
    private static let longestReason = 500

    private let reviews: [JSONValue]

    package init(reviews: [JSONValue]) { self.reviews = reviews }

    /// The parameters of `elicitation/create`.
    package var parameters: JSONObject {
        ["mode": "form", "message": JSONValue(message), "requestedSchema": schema]
    }

    private var schema: JSONValue { reviews.count == 1 ? Self.schemaOfOne : Self.schema(of: reviews.count) }

    /// An answer for all, and one for each that it is not meant for.
    private static func schema(of count: Int) -> JSONValue {
        var properties: JSONObject = [
            "approve": [
                "type": "boolean", "title": JSONValue("Approve all \(count)"),
                "description": "Do exactly what is shown, each of them. Anything else is a no.",
            ]
        ]
        for number in 1...count {
            properties[JSONString(item(number))] = [
                "type": "string", "title": JSONValue("Only for \(number)"), "enum": ["yes", "no"],
                "description": JSONValue(
                    "An answer for action \(number) alone; without one, the answer for all counts."),
            ]
        }
        properties["reason"] = [
            "type": "string", "title": "Reason", "maxLength": 500, "description": "Why not; the agent is told.",
        ]
        return ["type": "object", "properties": .object(properties), "required": ["approve"]]
    }

    private static func item(_ number: Int) -> String { "action_\(number)" }

    private static let schemaOfOne: JSONValue = [
        "type": "object",
        "properties": [
            "approve": [
                "type": "boolean", "title": "Approve",
                "description": "Do exactly what is shown. Anything else is a no.",
            ],
            "reason": [
                "type": "string", "title": "Reason", "maxLength": 500, "description": "Why not; the agent is told.",
            ],
        ],
        "required": ["approve"],
    ]

    var message: String {
        if reviews.count == 1 { return lines(of: reviews[0], after: "Approve this action? ").joined(separator: "\n") }
        let items = reviews.enumerated().map { index, review in
            lines(of: review, after: "\(index + 1). ").joined(separator: "\n")
        }
        let heading =
            "Approve these \(reviews.count) actions? They wait at the same time, and each is exactly as shown."
        return ([heading] + items).joined(separator: "\n\n")
    }

    private func lines(of review: JSONValue, after start: String) -> [String] {
        func word(_ name: String) -> String {
            VisibleText.line(review[JSONString(name)]?.string ?? "", longest: 600)
        }
        var lines = ["\(start)\(word("tool"))\(word("server").isEmpty ? "" : " of \(word("server"))")"]
        var arguments = FormText(longestText: Self.longestText, room: Self.longestForm)
        arguments.append(review["arguments"] ?? .null, depth: 0)
        lines.append("Arguments, exactly: \(arguments.text)")
        for amount in review["money"]?.object?.members ?? [] {
            lines.append("\(VisibleText.line(amount.key.text, longest: 80)): \(amount.value.string ?? "")")
        }
        for (title, name) in [
            ("Asked for by", "principal"), ("Class", "class"), ("Why you are asked", "reasons"),
            ("Already done before", "repeat_of"), ("Not after", "expires_at"),
        ] where !word(name).isEmpty {
            lines.append("\(title): \(word(name))")
        }
        if review["irreversible"]?.bool == true { lines.append("It cannot be undone.") }
        return lines
    }

    /// What was answered about each of so many actions, in their order. A word for one action comes before the word for
    /// all; one that cannot be read is a no.
    package static func verdicts(_ reply: JSONValue, of count: Int) -> [Verdict] {
        let all = verdict(reply)
        guard count > 1, reply["action"]?.string == "accept" else { return Array(repeating: all, count: count) }
        let content = reply["content"]
        return (1...count).map { number in
            guard let own = content?[JSONString(item(number))], !own.isNull else { return all }
            return verdict([
                "action": "accept", "content": ["approve": .bool(own == "yes"), "reason": content?["reason"] ?? .null],
            ])
        }
    }

    /// Only an acceptance that says yes approves; everything else, what cannot be read included, rejects.
    package static func verdict(_ reply: JSONValue) -> Verdict {
        let content = reply["content"]
        let reason = content?["reason"]?.string.map { String($0.unicodeScalars.prefix(longestReason)) } ?? ""
        switch reply["action"]?.string {
        case "accept"? where content?["approve"] == .bool(true): return .approve
        case "accept"?: return .reject(reason: reason.isEmpty ? "The person said no." : reason)
        case "decline"?: return .reject(reason: reason.isEmpty ? "The person declined." : reason)
        case "cancel"?: return .reject(reason: "The person closed the question without an answer.")
        default: return .reject(reason: "The client's answer could not be read as a yes.")
        }
    }
}

/// A JSON value as a person reads it before deciding: nothing hidden, nothing endless, and every cut says so.
private struct FormText {
    private(set) var text = ""
    private let longestText: Int
    private var room: Int

    init(longestText: Int, room: Int) {
        self.longestText = longestText
        self.room = room
    }

    private mutating func append(_ part: String) {
        text += part
        room -= part.utf8.count
    }

    mutating func append(_ value: JSONValue, depth: Int) {
        switch value {
        case .string(let string): append(VisibleText.quoted(string.text, longest: min(longestText, max(0, room))))
        case .object(let object) where !object.isEmpty:
            append(object.members, in: ("{", "}"), depth) { form, member in
                form.append(VisibleText.quoted(member.key.text, longest: 200) + ": ")
                form.append(member.value, depth: depth + 1)
            }
        case .array(let elements) where !elements.isEmpty:
            append(elements, in: ("[", "]"), depth) { $0.append($1, depth: depth + 1) }
        default: append(String(decoding: JSONWriter.compact(value), as: UTF8.self))
        }
    }

    private mutating func append<Element>(
        _ elements: [Element], in brackets: (String, String), _ depth: Int,
        each: (inout FormText, Element) -> Void
    ) {
        append(brackets.0)
        for (index, element) in elements.enumerated() {
            append("\n" + String(repeating: "  ", count: depth + 1))
            guard room > 0 else {
                append("… (cut; \(elements.count - index) more here)")
                break
            }
            each(&self, element)
            if index < elements.count - 1 { append(",") }
        }
        append("\n" + String(repeating: "  ", count: depth) + brackets.1)
    }
}
