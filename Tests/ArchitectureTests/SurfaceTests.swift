import Testing

@Suite("The public surface is small, on purpose, and documented")
struct SurfaceTests {
    /// The library, and the words of the core that it speaks in. What is public elsewhere could not be changed any more.
    private static let places = [
        "Sources/BallastKit/", "Sources/BallastCore/JSON/JSONValue.swift",
        "Sources/BallastCore/Identifiers/Names.swift",
        "Sources/BallastCore/Run/RunStatus.swift",
    ]

    private static func isPublic(_ line: String) -> Bool {
        let code = line.drop { $0 == " " }
        return (code.hasPrefix("public ") || code.hasPrefix("open ") || code.contains(" public "))
            && !code.contains("import ")
    }

    @Test("nothing is public outside it")
    func places() {
        for file in Repository.sources
        where file.wholeCode.spells("public ") && !SurfaceTests.places.contains(where: file.path.hasPrefix) {
            for (index, line) in file.code.enumerated() where SurfaceTests.isPublic(line) {
                Issue.record("\(file.complaint(line: index, "package is enough inside this repository"))")
            }
        }
    }

    /// What says of itself what it is: a conformance, a memberwise initialiser, a stored name.
    private static let plain = [
        "public init(", "public typealias", "public func makeAsyncIterator", "public func encode(", "public var name",
        "public var tool", "public let tool", "public let text", "public let status", "public var api",
        "public var description = ",
    ]

    @Test("every public type, function and property of the library says what it means")
    func documented() {
        for file in Repository.sources where file.target == "BallastKit" {
            for (index, line) in file.code.enumerated() where SurfaceTests.isPublic(line) {
                let code = line.trimmingPrefix { $0 == " " }
                let isDocumented = index > 0 && file.lines[index - 1].drop { $0 == " " }.hasPrefix("///")
                let isPlain = SurfaceTests.plain.contains { code.hasPrefix($0) }
                if !isDocumented && !isPlain { Issue.record("\(file.complaint(line: index, "say what it means"))") }
            }
        }
    }

    @Test("no type of the library is named like the product: the prefix is for modules")
    func names() {
        let declaration = /public (?:struct|enum|final class|actor|protocol) (Ballast\w*)/
        for file in Repository.sources where file.target == "BallastKit" {
            for match in file.wholeCode.matches(of: declaration) { Issue.record("\(file.path): \(match.1)") }
        }
    }
}
