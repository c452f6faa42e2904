import Foundation

/// The checkout that these tests stand in, as text.
enum Repository {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file under Sources.
    static let sources = swiftFiles(under: "Sources")
    static let tests = swiftFiles(under: "Tests")

    /// Paths of the files under `folder` whose names end in one of `endings`, relative to the root, sorted.
    static func files(under folder: String, endings: [String] = [""]) -> [String] {
        let base = root.appending(path: folder)
        let walk = FileManager.default.enumerator(at: base, includingPropertiesForKeys: [.isRegularFileKey])
        var found: [String] = []
        while let file = walk?.nextObject() as? URL {
            guard (try? file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true,
                endings.contains(where: file.lastPathComponent.hasSuffix)
            else { continue }
            found.append(folder + "/" + file.path.dropFirst(base.path.count + 1))
        }
        return found.sorted()
    }

    /// Folders that hold Swift files, as paths below a target: `BallastCore/Run/Events`.
    static var folders: Set<String> {
        Set(sources.map { $0.path.split(separator: "/").dropFirst().dropLast().joined(separator: "/") })
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// Empty for a file that cannot be read, so that the test which needs it says what it misses.
    static func text(_ path: String) -> String {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
    }

    private static func swiftFiles(under folder: String) -> [SwiftFile] {
        files(under: folder, endings: [".swift"]).map { SwiftFile(path: $0, text: text($0)) }
    }
}

/// One Swift file: its path from the root and its lines.
struct SwiftFile {
    let path: String
    let lines: [String]
    /// The lines without their comments, which may name what code must not use.
    let code: [String]
    let wholeCode: String

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        code = lines.map(SwiftFile.withoutComment)
        wholeCode = code.joined(separator: "\n")
    }

    /// `BallastCore`, for a file under Sources/BallastCore.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var name: String { path.split(separator: "/").last.map(String.init) ?? "" }

    /// `path:line: text` of a line of code, with what to do about it.
    func complaint(line index: Int, _ advice: String) -> String {
        "\(path):\(index + 1): \(code[index].trimmingCharacters(in: .whitespaces)) — \(advice)"
    }

    /// `//` begins a comment at the start of a line or after a space; in an address it follows a colon.
    private static func withoutComment(_ line: String) -> String {
        guard line.spells("//") else { return line }
        if line.drop(while: { $0 == " " }).hasPrefix("//") { return "" }
        guard let start = line.firstRange(of: " //") else { return line }
        return String(line[..<start.lowerBound])
    }
}

extension String {
    /// Whether the bytes of `word` occur; the whole tree is searched for many words.
    func spells(_ word: String) -> Bool { strstr(self, word) != nil }

    /// Runs of letters, digits and underscores.
    var words: [Substring] { split { !($0.isLetter || $0.isNumber || $0 == "_") } }
}
