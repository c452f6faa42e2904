import Foundation
import Testing

@Suite("The reference names what the sources have, and all of it")
struct ReferenceTests {
    private static let journal = Repository.text("Docs/reference/journal.md")
    private static let codes = Repository.text("Docs/reference/codes.md")
    private static let pages =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        + Repository.files(under: "Docs", endings: [".md"])

    @Test("journal.md has every kind of entry under its name and number")
    func entries() {
        let source = Repository.text("Sources/BallastCore/Run/EntryType.swift")
        let numbers = Dictionary(
            source.matches(of: /case (\w+) = (\d+)/).map { (String($0.1), String($0.2)) }
        ) { first, _ in first }
        let names = source.matches(of: /case \.(\w+): "(\w+)"/).map { (case: String($0.1), name: String($0.2)) }
        #expect(names.count == numbers.count)
        let expected = Set(names.map { "| \(numbers[$0.case] ?? "?") | `\($0.name)` |" })
        let found = Set(ReferenceTests.journal.matches(of: /\| \d+ \| `\w+` \|/).map { String($0.0) })
        #expect(found.subtracting(expected).sorted() == [], "no entry has these numbers and names")
        #expect(expected.subtracting(found).sorted() == [], "journal.md does not have these")
    }

    @Test("codes.md has every code of the registry, with its sentence")
    func decisionCodes() {
        let source = Repository.text("Sources/BallastPolicy/Decision/DecisionCode.swift")
        let values = Dictionary(
            source.matches(of: /case (\w+) = "([a-z_.]+)"/).map { (String($0.1), String($0.2)) }
        ) { first, _ in first }
        let sentences = source.matches(of: /case \.(\w+): "([^"]+)"/)
        #expect(values.count == sentences.count)
        for match in sentences {
            let row = "| `\(values[String(match.1)] ?? "?")` | \(match.2) |"
            #expect(ReferenceTests.codes.contains(row), "codes.md lacks: \(row)")
        }
    }

    @Test(
        "codes.md has every other code that the sources spell",
        arguments: [
            ("Sources/BallastRuntime", #"escalate\(\s*"([a-z_]+)""#),
            ("Sources/BallastRuntime", #"complain\("([a-z_.]+)""#),
            ("Sources/BallastRuntime", #"\bcode: "([a-z_.]+)""#),
            ("Sources/BallastRuntime", #"\("(budget\.[a-z]+)""#),
            ("Sources/BallastServer", #"(?:Problem\(\s*\d+,|\.conflict\(|forbidden\()\s*"([a-z_]+)""#),
        ])
    func spelledCodes(folder: String, pattern: String) throws {
        let expression = try Regex(pattern, as: (Substring, Substring).self)
        let code = Repository.sources.filter { $0.path.hasPrefix(folder + "/") }.map(\.wholeCode).joined(
            separator: "\n")
        let found = Set(code.matches(of: expression).map { String($0.output.1) })
        #expect(!found.isEmpty, "the pattern finds nothing any more")
        for name in found.sorted() where !ReferenceTests.codes.contains("| `\(name)` |") {
            Issue.record("codes.md lacks `\(name)`")
        }
    }

    @Test("codes.md has no code that the sources do not have")
    func noInventedCodes() {
        let code = Repository.sources.map(\.wholeCode).joined(separator: "\n")
        for match in ReferenceTests.codes.matches(of: /(?m)^\| `([a-z_.]+)` \|/)
        where !code.spells("\"\(match.1)\"") {
            Issue.record("codes.md has `\(match.1)`, and no source spells it")
        }
    }

    @Test("a page's links lead to files that are there", arguments: pages)
    func links(page: String) {
        let folder = page.split(separator: "/").dropLast().joined(separator: "/")
        for match in Repository.text(page).matches(of: /\]\(([^)\s]+)\)/) {
            let target = String(match.1.prefix { $0 != "#" })
            if target.isEmpty || target.contains("://") || target.hasPrefix("mailto:") { continue }
            let path = URL(filePath: "/" + folder + "/" + target).standardized.path.dropFirst()
            if !Repository.exists(String(path)) { Issue.record("\(page) links to \(target), which is not there") }
        }
    }

    @Test("a page names only make targets and commands that exist", arguments: pages)
    func commands(page: String) {
        let text = Repository.text(page)
        let targets = Set(Repository.text("Makefile").matches(of: /(?m)^([a-z]+):/).map { String($0.1) })
        for match in text.matches(of: /`make ([a-z]+)/) where !targets.contains(String(match.1)) {
            Issue.record("\(page): make \(match.1) does not exist")
        }
        // What comes later is named without the program in front of it.
        for match in text.matches(of: /(?m)(?:^|[`$] ?| {4})ballast ([a-z]+)\b/)
        where !ReferenceTests.subcommands.contains(String(match.1)) {
            Issue.record("\(page): ballast \(match.1) does not exist")
        }
    }

    private static let subcommands: Set<String> = {
        let code = Repository.sources.filter { $0.target == "ballast" }.map(\.wholeCode).joined(separator: "\n")
        let names = code.matches(of: /commandName: "([a-z]+)"/).map { String($0.1) }
        let aliases = code.matches(of: /aliases: \["([a-z]+)"\]/).map { String($0.1) }
        return Set(names + aliases + ["help"])
    }()
}
