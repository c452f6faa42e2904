import Yams

/// Says what is wrong with a text that is no YAML, in words for somebody who does not know the grammar.
struct YAMLAdvice {
    let text: String
    let file: String

    func explain(_ error: YamlError, into list: DiagnosticList) {
        if case .duplicatedKeysInMapping(let keys, let context) = error {
            return explain(duplicates: keys, at: context.mark, into: list)
        }
        let tabs = YAMLLayout.tabs(text, file: file)
        if let tab = tabs.first {
            let more = tabs.count > 1 ? " (\(tabs.count) lines of this file have tabs)" : ""
            return list.add(
                tab, "the line is indented with a tab\(more)", why: "YAML counts only spaces as indentation",
                "use two spaces for each level")
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            explain(problem, at: position(mark), context: context, into: list)
        default: list.add(SourcePosition(file: file), "the file cannot be read as YAML: \(error)", "correct it")
        }
    }

    private func position(_ mark: Mark) -> SourcePosition {
        SourcePosition(file: file, line: mark.line, column: mark.column)
    }

    private func explain(duplicates keys: [String], at mark: Mark, into list: DiagnosticList) {
        let key = keys.first ?? ""
        let again = YAMLLayout.repetition(of: key, after: mark.line, column: mark.column, in: text)
        let place = SourcePosition(file: file, line: again ?? mark.line, column: mark.column)
        let first = again == nil ? "" : "; it stands in line \(mark.line) already"
        list.add(
            place, "the key `\(key)` is written twice\(first)", why: "only one of them could count",
            "merge the two, or remove one")
    }

    private func explain(
        _ problem: String, at place: SourcePosition, context: YamlError.Context?, into list: DiagnosticList
    ) {
        let (what, why, advice) = words(problem, line: place.line, context: context)
        list.add(place, what, why: why, advice)
    }

    /// The library's problem as what, why and what to do.
    private func words(
        _ problem: String, line: Int, context: YamlError.Context?
    ) -> (what: String, why: String, advice: String) {
        let opened = context.map { " opened in line \($0.mark.line)" } ?? ""
        switch problem {
        case "mapping values are not allowed in this context": return misplacedColon(line)
        case "did not find expected key", "did not find expected '-' indicator",
            "block sequence entries are not allowed in this context":
            return (
                "the line does not line up with the lines around it", "YAML groups lines by their indentation",
                "indent it with as many spaces as its neighbours"
            )
        case "could not find expected ':'":
            return (
                "a key without a colon, or a line that stands too far left",
                "every key is followed by a colon and a space",
                "write `key: value`, or indent the line under its key"
            )
        case "did not find expected ',' or ']'":
            return ("the list\(opened) is not closed", "", "write `]` at its end, and commas between its elements")
        case "did not find expected ',' or '}'":
            return ("the mapping\(opened) is not closed", "", "write `}` at its end, and commas between its entries")
        case "found unexpected end of stream":
            return ("the quoted text\(opened) is not closed", "", "write the closing quote")
        case "found character that cannot start any token":
            return (
                "a value may not start with this character", "`@`, `` ` ``, `%` and tabs mean something else in YAML",
                "put the value into quotes"
            )
        case "found undefined alias":
            return ("a value that starts with `*` is an alias in YAML", "", "put the value into quotes")
        case "found unknown escape character":
            return ("a backslash in double quotes starts an escape", "", "use single quotes, or write `\\\\`")
        case "but found another document":
            return ("the file holds a second document (`---`)", "only one is read", "move it into a file of its own")
        default: return ("the line is no YAML: \(problem)", "", "correct it")
        }
    }

    private func misplacedColon(_ line: Int) -> (what: String, why: String, advice: String) {
        let content = YAMLLayout.line(line, of: text) ?? ""
        if let above = YAMLLayout.complete(above: line, of: text) {
            return (
                "the line is indented under `\(above)`, which has its value already",
                "YAML groups lines by their indentation", "indent it exactly as far as `\(above)`"
            )
        }
        guard content.split(separator: ":", omittingEmptySubsequences: false).count > 2 else {
            return (
                "the line is indented further than its key allows", "YAML groups lines by their indentation",
                "indent it with as many spaces as its neighbours"
            )
        }
        return (
            "a second `: ` in the line", "it would start a mapping inside a value", "put the value into quotes"
        )
    }
}
