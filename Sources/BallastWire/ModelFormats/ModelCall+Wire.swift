import BallastCore

/// What both formats need from a call.
extension ModelCall {
    /// The names of the tools that are offered and of those that the history mentions.
    var toolNames: ToolNames { ToolNames(tools.map(\.name) + calledTools) }

    /// Tools that were called earlier, each once, in order.
    var calledTools: [String] {
        var seen: Set<JSONString> = []
        return messages.flatMap(\.calls).map(\.name).filter { seen.insert(JSONString($0)).inserted }
    }

    var temperatureNumber: JSONValue? {
        guard let temperature, temperature.isFinite else { return nil }
        let isWhole = temperature == temperature.rounded() && abs(temperature) < 1000
        return isWhole
            ? JSONValue(Int(temperature)) : .number(JSONNumber(validated: String(temperature)))
    }
}

extension Message {
    struct Call {
        var id: String
        var name: String
        var arguments: String
    }

    struct Result {
        var callID: String
        /// Never empty: providers refuse a result without text.
        var content: String
        var isError: Bool
    }

    /// The text of the message, its parts set apart by blank lines; nil when there is nothing to read.
    var joinedText: String? {
        let texts = self.texts
        return texts.isEmpty ? nil : texts.joined(separator: "\n\n")
    }

    /// Parts of nothing but white space are left out: some providers refuse the whole request for one.
    var texts: [String] {
        parts.compactMap { part in
            guard case .text(let text) = part, text.contains(where: { !$0.isWhitespace }) else { return nil }
            return text
        }
    }

    var calls: [Call] {
        parts.compactMap { part in
            guard case .toolCall(let id, let name, let arguments) = part else { return nil }
            return Call(id: id, name: name, arguments: arguments)
        }
    }

    var results: [Result] {
        parts.compactMap { part in
            guard case .toolResult(let id, let content, let isError) = part else { return nil }
            let isBlank = !content.contains { !$0.isWhitespace }
            return Result(callID: id, content: isBlank ? "(the tool returned nothing)" : content, isError: isError)
        }
    }
}
