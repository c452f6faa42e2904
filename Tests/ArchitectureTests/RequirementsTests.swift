import Foundation
import Testing

/// One row of Docs/reference/requirements.md.
struct RequirementRow: Sendable {
    let id: String
    /// Files that carry it.
    let places: [String]
    let status: String
    let evidence: String

    /// `| R01 | what | places | status | evidence |`
    init?(_ line: String) {
        let cells = line.split(separator: "|", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count == 7, cells[1].wholeMatch(of: /R\d\d/) != nil else { return nil }
        id = cells[1]
        places = cells[3].matches(of: /`([^`]+)`/).map { String($0.1) }
        status = cells[4]
        evidence = cells[5]
    }

    /// Sentences of suites and tests, in quotation marks.
    var sentences: [String] { evidence.matches(of: /"([^"]+)"/).map { String($0.1) } }
}

@Suite("The table of requirements says what is so")
struct RequirementsTests {
    private static let page = "Docs/reference/requirements.md"
    private static let rows = Repository.text(page).components(separatedBy: "\n").compactMap(RequirementRow.init)

    /// Rows whose tests show them and do not name them yet. The list only shrinks: put the row into the sentence of
    /// the test or its suite, as in "… (R58)", and take it off here.
    private static let uncited: Set<String> = [
        "R12", "R43", "R66", "R91",
    ]

    @Test("every requirement from R01 to R94 stands in it once, in order")
    func complete() {
        let expected = (1...94).map { "R" + ($0 < 10 ? "0\($0)" : "\($0)") }
        #expect(RequirementsTests.rows.map(\.id) == expected)
    }

    @Test("a status is one of three words, and a place is a file or folder that exists")
    func cells() {
        for row in RequirementsTests.rows {
            #expect(["shown", "partly", "later"].contains(row.status), "\(row.id): \(row.status)")
            #expect(!row.evidence.isEmpty, "\(row.id) says neither what shows it nor what is missing")
            #expect(row.places.isEmpty == (row.status == "later"), "\(row.id): a row that is begun names where")
            for place in row.places where !Repository.exists(place) { Issue.record("\(row.id): \(place) is gone") }
        }
    }

    @Test("what is called shown is shown by tests that exist and that name the row")
    func shown() {
        let cited = Dictionary(grouping: RequirementsTests.sentences, by: \.text)
        for row in RequirementsTests.rows where row.status == "shown" {
            #expect(!row.sentences.isEmpty, "\(row.id) is called shown and names no test")
            for sentence in row.sentences where cited[sentence] == nil {
                Issue.record("\(row.id): there is no suite or test \"\(sentence)\"")
            }
            let isCited = row.sentences.contains { cited[$0]?.contains { $0.cites(row.id) } == true }
            if RequirementsTests.uncited.contains(row.id) {
                #expect(!isCited, "\(row.id) is cited now: take it off the list of those that are not")
            } else {
                #expect(isCited, "none of the tests that show \(row.id) names it in its sentence or its suite's")
            }
        }
    }

    @Test("the cases of the threat model are held by tests that exist")
    func threats() {
        let known = Set(RequirementsTests.sentences.map(\.text))
        let text = Repository.text("Docs/threat-model.md")
        let table = text.split(separator: "## Injected instructions").last?.split(separator: "## Windows").first ?? ""
        let rows = table.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        #expect(rows.count > 15)
        for row in rows {
            let cells = row.split(separator: "|")
            let named = (cells.last?.matches(of: /"([^"]+)"/) ?? []).map { String($0.output.1) }
            #expect(!named.isEmpty, "\(row) names no test")
            for sentence in named where !known.contains(sentence) { Issue.record("there is no test \"\(sentence)\"") }
        }
    }

    @Test("tests that are named as evidence for a part exist too")
    func partly() {
        let known = Set(RequirementsTests.sentences.map(\.text))
        for row in RequirementsTests.rows where row.status != "shown" {
            for sentence in row.sentences where !known.contains(sentence) {
                Issue.record("\(row.id): there is no suite or test \"\(sentence)\"")
            }
        }
    }

    @Test("a row that a test names is not called later")
    func notForgotten() {
        let citations = Set(RequirementsTests.sentences.flatMap { $0.text.matches(of: /R\d\d/).map { String($0.0) } })
        for row in RequirementsTests.rows where row.status == "later" {
            #expect(!citations.contains(row.id), "\(row.id) is named by a test")
        }
    }

    // MARK: Sentences of the tests

    /// The sentence of a test, with that of its suite.
    struct Sentence {
        let text: String
        let suite: String
        func cites(_ row: String) -> Bool { text.contains(row) || suite.contains(row) }
    }

    private static let sentences: [Sentence] = Repository.tests.flatMap { file -> [Sentence] in
        // Sentences that span two string pieces do not occur: swift-format keeps a literal on one line.
        let pattern = /@(Suite|Test)\(\s*"((?:[^"\\]|\\.)*)"/
        var suite = ""
        return file.lines.joined(separator: "\n").matches(of: pattern).map { match in
            let text = String(match.2).replacing("\\\"", with: "\"")
            if match.1 == "Suite" { suite = text }
            return Sentence(text: text, suite: suite)
        }
    }
}
