import Testing

/// A small type that crosses targets in every step of every run. Without `@inlinable` its members become calls through
/// the module's boundary: small `package` structs were measured 2.7 times slower, generic ones about a hundred times.
struct HotType: Sendable, CustomTestStringConvertible {
    let name: String
    let file: String
    /// Starts of the declarations that must be inlinable.
    let members: [String]

    var testDescription: String { name }
}

@Suite("Hot types that cross targets are inlinable")
struct HotTypeTests {
    private static let types = [
        HotType(
            name: "TypedID", file: "Sources/BallastCore/Identifiers/TypedID.swift",
            members: [
                "init(high: UInt64, low: UInt64)", "init(at moment: Timestamp", "static func ==", "static func <",
                "func hash(into",
            ]),
        HotType(
            name: "Timestamp", file: "Sources/BallastCore/Identifiers/Timestamp.swift",
            members: ["init(milliseconds: Int64)", "static func <", "func adding(milliseconds", "func since("]),
        HotType(
            name: "RunScopedID", file: "Sources/BallastCore/Identifiers/Identifiers.swift",
            members: ["init(run: RunID, ordinal: UInt32)", "static func <"]),
    ]

    @Test("each member that a step uses", arguments: types)
    func inlinable(type: HotType) throws {
        let file = try #require(Repository.sources.first { $0.path == type.file }, "\(type.file) is gone")
        #expect(file.code.contains { $0.contains("struct \(type.name)") }, "\(type.name) has moved: name its file here")
        for member in type.members {
            let index = try #require(
                file.code.firstIndex { $0.contains("package " + member) }, "\(type.name) has no \(member) any more")
            #expect(
                file.code[index].contains("@inlinable"),
                "\(file.complaint(line: index, "it is hot: make it @inlinable"))")
        }
    }
}
