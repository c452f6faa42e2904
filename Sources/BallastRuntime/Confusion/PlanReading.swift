import BallastCore

/// What an agent wrote that it still has to do: a list in its words, or in the arguments of a tool that keeps one.
enum PlanReading {
    /// The open points, in order; nil where no plan is stated.
    static func open(in text: String) -> [String]? {
        guard text.holds(bytes: "\n") else { return nil }
        var open: [String] = []
        var listed = 0
        // Every reply is looked at and few state a plan, so lines are told apart by their bytes.
        for line in text.utf8.split(separator: newline, maxSplits: 200).prefix(200) {
            let words = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard words.first.map(mayBegin) ?? false, let point = point(Substring(words)) else { continue }
            listed += 1
            if !point.isDone { open.append(normal(point.text)) }
        }
        return listed >= 2 ? open : nil
    }

    private static let newline = UInt8(ascii: "\n")

    /// The first byte of a list's mark: of a dash, a star, a digit, or of what is not ASCII.
    private static func mayBegin(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "*") || byte >= 0x80
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func point(_ line: Substring) -> (text: Substring, isDone: Bool)? {
        var rest = line
        var isList = false
        if let mark = rest.first, mark == "-" || mark == "*" || mark == "•" {
            rest = rest.dropFirst().drop { $0 == " " }
            isList = true
        } else if let mark = rest.first, mark.isNumber {
            let after = rest.drop { $0.isNumber }
            guard let end = after.first, end == "." || end == ")" else { return nil }
            rest = after.dropFirst().drop { $0 == " " }
            isList = true
        }
        guard isList else { return nil }
        for done in ["[x]", "[X]", "✅", "✓", "✔", "~~"] where rest.hasPrefix(done) {
            return (rest.dropFirst(done.count), true)
        }
        for open in ["[ ]", "[]", "☐"] where rest.hasPrefix(open) { return (rest.dropFirst(open.count), false) }
        let lower = rest.lowercased()
        let isDone = lower.hasSuffix("(done)") || lower.hasSuffix("done") || lower.hasPrefix("done:")
        return rest.isEmpty ? nil : (rest, isDone)
    }

    /// Lists of objects that each say how far they are.
    static func open(in arguments: JSONValue) -> [String]? {
        for member in arguments.object?.members ?? [] {
            guard let points = member.value.array, points.count >= 2 else { continue }
            let states = points.map { point in
                (point["status"] ?? point["state"])?.string ?? (point["done"]?.bool).map { $0 ? "done" : "open" }
            }
            guard states.allSatisfy({ $0 != nil }) else { continue }
            return zip(points, states).compactMap { point, state in
                ["done", "completed", "complete", "finished", "cancelled", "skipped"].contains(state?.lowercased())
                    ? nil : normal(Substring(text(of: point)))
            }
        }
        return nil
    }

    private static func text(of point: JSONValue) -> String {
        for name in ["content", "title", "task", "step", "text", "name", "description"] {
            if let text = point[JSONString(name)]?.string { return text }
        }
        return JSONWriter.canonicalString(point)
    }

    private static func normal(_ text: Substring) -> String {
        String(text.lowercased().filter { $0.isLetter || $0.isNumber })
    }
}
