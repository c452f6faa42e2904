/// What can be seen of a YAML text without parsing it.
enum YAMLLayout {
    /// Columns of indentation and brackets open at once; far more than any configuration, far less than a stack holds.
    private static let most = 96

    /// The first place that is nested too deeply to be parsed.
    static func tooDeep(_ text: String, file: String) -> SourcePosition? {
        var open = 0
        for (index, line) in lines(text) {
            let lead = line.utf8.prefix { $0 == 32 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "?") }
            for byte in line.utf8 {
                if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { open += 1 }
                if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { open = max(0, open - 1) }
            }
            if lead.count > most || open > most { return SourcePosition(file: file, line: index, column: 1) }
        }
        return nil
    }

    /// Places of tabs that indent a line.
    static func tabs(_ text: String, file: String) -> [SourcePosition] {
        lines(text).compactMap { index, line in
            let indentation = line.utf8.prefix { $0 == 32 || $0 == 9 }
            let isContent = indentation.count < line.utf8.count
            guard isContent, let tab = indentation.firstIndex(of: 9) else { return nil }
            let column = indentation.distance(from: indentation.startIndex, to: tab) + 1
            return SourcePosition(file: file, line: index, column: column)
        }
    }

    /// The line of the next `key:` after `line` that stands in the same column, in the same block.
    static func repetition(of key: String, after line: Int, column: Int, in text: String) -> Int? {
        for (index, content) in lines(text) where index > line {
            let indentation = content.prefix { $0 == " " }.count
            let rest = content.dropFirst(indentation)
            if rest.isEmpty || rest.hasPrefix("#") { continue }
            if indentation < column - 1 { return nil }
            let isKey = ["", "\"", "'"].contains { quote in rest.hasPrefix("\(quote)\(key)\(quote):") }
            if indentation == column - 1, isKey { return index }
        }
        return nil
    }

    /// The key of the line before `line`, when it has a value on its own line and `line` is indented further.
    static func complete(above line: Int, of text: String) -> String? {
        let before = lines(text).last { number, content in
            let rest = content.drop { $0 == " " }
            return number < line && !rest.isEmpty && !rest.hasPrefix("#")
        }
        guard let content = before?.1, let own = self.line(line, of: text) else { return nil }
        func indentation(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
        let parts = content.drop { $0 == " " }.split(separator: ": ", maxSplits: 1)
        guard parts.count == 2, indentation(own) > indentation(content), !parts[0].hasPrefix("-") else { return nil }
        let isOpen = ["|", ">", "#"].contains { parts[1].hasPrefix($0) }
        return isOpen ? nil : String(parts[0])
    }

    static func line(_ number: Int, of text: String) -> Substring? { lines(text).first { $0.0 == number }?.1 }

    private static func lines(_ text: String) -> [(Int, Substring)] {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        return lines.enumerated().map { ($0.offset + 1, $0.element) }
    }
}
