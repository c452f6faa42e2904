import BallastWire
import Foundation

/// A support desk that agents work with through MCP: the example's world, and the world of the fault tests.
@main
enum SupportDesk {
    static func main() {
        switch Result(catching: { () throws(Options.Mistake) in
            try Options.parse(Array(CommandLine.arguments.dropFirst()))
        }) {
        case .success(.help): print(Options.usage)
        case .success(.serve(let options)): serve(options)
        case .failure(let mistake): fail("\(mistake)\n\n\(Options.usage)", status: 2)
        }
    }

    private static func serve(_ options: Options) {
        // A client that goes away must not take down calls that are still at work.
        signal(SIGPIPE, SIG_IGN)
        do {
            let folder = URL(filePath: options.database).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let desk = try Desk(path: options.database)
            Server(desk: desk, options: options).run()
        } catch {
            fail("cannot use the database \(options.database): \(error)", status: 1)
        }
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        try? FileHandle.standardError.write(contentsOf: Data("support-desk: \(message)\n".utf8))
        exit(status)
    }
}
