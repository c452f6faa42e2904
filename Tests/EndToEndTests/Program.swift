import Foundation

/// The built `ballast`, run to its end as a person or a script would.
struct Program {
    struct End {
        let status: Int32
        let output: String
        let complaints: String
    }

    /// Where it finds its server and its key; nothing else of this test's own surroundings reaches it.
    let environment: [String: String]
    private let folder: URL

    init(folder: URL, url: String? = nil, key: String? = nil) {
        self.folder = folder
        var environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder.path,
            "XDG_STATE_HOME": folder.appending(path: "state").path,
        ]
        environment["BALLAST_URL"] = url
        environment["BALLAST_KEY"] = key
        self.environment = environment
    }

    func callAsFunction(_ arguments: String...) throws -> End { try run(arguments) }

    func run(_ arguments: [String]) throws -> End {
        let process = Process()
        process.executableURL = Installation.programs.appending(path: "ballast")
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        // Files rather than pipes: a full pipe that nobody reads would hold the program up.
        let (output, complaints) = (try file("out"), try file("err"))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: complaints)
        try process.run()
        process.waitUntilExit()
        return End(
            status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            complaints: try String(contentsOf: complaints, encoding: .utf8))
    }

    private func file(_ kind: String) throws -> URL {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "\(kind)-\(UUID().uuidString)")
        try Data().write(to: file)
        return file
    }
}
