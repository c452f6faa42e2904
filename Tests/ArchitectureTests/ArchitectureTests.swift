import Foundation
import Testing

/// One Swift file of the tree.
private struct SourceFile {
    let path: String
    let lines: [String]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func all(under folder: String) -> [SourceFile] {
        let base = root.appending(path: folder)
        let paths = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            let text = try? String(contentsOf: base.appending(path: path), encoding: .utf8)
            return text.map { SourceFile(path: "\(folder)/\(path)", lines: $0.components(separatedBy: "\n")) }
        }
    }

    /// Modules that the file imports, without their access words.
    var imports: [String] {
        lines.compactMap { line in
            let words = line.trimmingCharacters(in: .whitespaces).split(separator: " ").map(String.init)
            guard let place = words.firstIndex(of: "import"), place <= 2, words.count > place + 1 else { return nil }
            return words[place + 1].split(separator: ".").first.map(String.init)
        }
    }

    /// Lines of code with their numbers, without comments.
    var code: [(number: Int, text: String)] {
        lines.enumerated().map { ($0.offset + 1, $0.element) }
            .filter { !$0.1.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
    }
}

@Suite("The sources keep to the architecture")
struct ArchitectureTests {
    @Test(
        "a layer imports only what it may",
        arguments: [
            ("BallastCore", ["Crypto"]), ("BallastPolicy", ["BallastCore"]), ("BallastWire", ["BallastCore"]),
            (
                "BallastRuntime",
                ["BallastCore", "BallastPolicy", "Crypto", "DequeModule", "Logging", "Synchronization"]
            ),
            (
                "BallastStore",
                ["BallastCore", "BallastRuntime", "Dispatch", "Foundation", "GRDB", "GRDBSQLite", "Synchronization"]
            ),
        ])
    func imports(layer: String, allowed: [String]) {
        for file in SourceFile.all(under: "Sources/\(layer)") {
            let foreign = Set(file.imports).subtracting(allowed)
            #expect(foreign.isEmpty, "\(file.path) imports \(foreign.sorted()), which is not for \(layer)")
        }
    }

    @Test(
        "pure layers take time, chance and I/O as arguments",
        arguments: ["BallastCore", "BallastPolicy", "BallastWire"])
    func pureLayers(layer: String) {
        let banned = [
            "Date()": "take the time from the event", "UUID()": "take identifiers as arguments",
            ".random(": "take randomness as an argument", "Task.sleep": "pure code does not wait",
            "ContinuousClock": "take the time from the event", "print(": "return values instead",
        ]
        for file in SourceFile.all(under: "Sources/\(layer)") {
            for (number, text) in file.code {
                for (word, instead) in banned where text.contains(word) {
                    Issue.record("\(file.path):\(number): '\(word)' is not for \(layer): \(instead)")
                }
            }
        }
    }

    @Test("nothing that data can reach traps")
    func noTraps() {
        for file in SourceFile.all(under: "Sources") {
            for (number, text) in file.code {
                for word in ["try!", " as! ", "fatalError(", "preconditionFailure("] where text.contains(word) {
                    Issue.record("\(file.path):\(number): '\(word)' would end the process for every tenant")
                }
            }
        }
    }

    @Test("only the effect executor calls a tool")
    func oneCaller() {
        let callers = SourceFile.all(under: "Sources/BallastRuntime").filter { file in
            file.code.contains { $0.text.contains("client.call(") }
        }
        #expect(callers.map(\.path) == ["Sources/BallastRuntime/Effects/EffectExecutor.swift"])
    }

    @Test("only the composition names concrete stores and clients")
    func oneComposition() {
        let concrete = [
            "SQLiteRunStore", "MCPStdioClient(", "OpenAIChatClient(", "AnthropicMessagesClient(", "HTTPToolClient(",
        ]
        for file in SourceFile.all(under: "Sources/ballast") where !file.path.hasSuffix("Composition.swift") {
            for (number, text) in file.code where concrete.contains(where: { text.contains($0) }) {
                Issue.record("\(file.path):\(number) names a concrete part; only Composition.swift does")
            }
        }
    }

    @Test("libraries stay in the layer that wraps them")
    func wrappedLibraries() {
        for file in SourceFile.all(under: "Sources") {
            if file.imports.contains("Yams") { #expect(file.path.contains("/BallastConfiguration/")) }
            if file.imports.contains("GRDB") {
                #expect(file.path.contains("/BallastStore/") || file.path.contains("/support-desk/"))
            }
        }
    }

    @Test("identifiers and timestamps, which are hot across targets, can be inlined")
    func hotTypes() {
        for path in ["TypedID.swift", "Timestamp.swift", "Identifiers.swift"] {
            let file = SourceFile.all(under: "Sources/BallastCore/Identifiers").first { $0.path.hasSuffix(path) }
            #expect(file?.lines.contains { $0.contains("@inlinable") } == true, "\(path) lost its @inlinable members")
        }
    }

    @Test("a requirement that is called shown names a test that exists")
    func requirements() throws {
        let page = try String(
            contentsOf: SourceFile.root.appending(path: "Docs/reference/requirements.md"), encoding: .utf8)
        let tests = SourceFile.all(under: "Tests").flatMap(\.lines).joined(separator: "\n")
        for row in page.components(separatedBy: "\n") where row.contains("| shown |") {
            let sentence = row.split(separator: "\"").dropFirst().first.map(String.init) ?? ""
            #expect(!sentence.isEmpty && tests.contains("\"\(sentence)\""), "no test is called: \(row)")
        }
    }
}
