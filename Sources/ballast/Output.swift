import BallastCore
import BallastServer
import Foundation
import NIOCore

/// What commands print: plain text, or JSON with `--json`; colour only on a terminal.
enum Output {
    static let isTerminal = isatty(STDOUT_FILENO) == 1
    private static let hasColour =
        isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    enum Tone: String {
        case good = "32"
        case warning = "33"
        case bad = "31"
        case faint = "2"
        case strong = "1"
    }

    static func line(_ text: String = "") { part(text + "\n") }

    /// Text without a line end, such as a question.
    static func part(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                // Whoever reads has enough, as in `ballast runs | head`.
                exit(0)
            } else if errno != EINTR {
                complain("standard output cannot be written: \(String(cString: strerror(errno))).")
                exit(1)
            }
        }
    }

    static func toned(_ text: String, _ tone: Tone) -> String {
        hasColour ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
    }

    static func json(_ value: JSONValue) { line(JSONWriter.pretty(value)) }

    /// To standard error, so that it does not mix with what a script reads.
    static func complain(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(("ballast: " + text + "\n").utf8))
    }

    /// Rows under a heading, columns as wide as their widest cell.
    static func table(_ heading: [String], _ rows: [[String]]) {
        let widths = heading.indices.map { column in
            ([heading] + rows).map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        func text(_ cells: [String]) -> String {
            zip(cells, widths).map { $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0) }
                .joined(separator: "  ")
        }
        line(toned(text(heading), .faint))
        for row in rows { line(text(row)) }
    }
}

/// What a halt in force means for something that it keeps from going on.
enum HaltLine {
    static func show(on document: JSONValue, indent: String = "") {
        guard let halt = document["halt"], !halt.isNull else { return }
        Output.line(
            Output.toned(
                "\(indent)halted: \(halt.words("reason")) (\(halt.words("halt_id")), \(halt.words("scope"))); nothing is "
                    + "sent until it is lifted, and nothing is lost", .warning))
    }
}

/// Runs that a server does not drive any more.
enum Quarantine {
    static let advice = "Mend what it names, then start the server again: the run is tried once more."
}

extension JSONValue {
    /// A member as words for people, on one line; nothing in it can steer the terminal.
    func words(_ name: JSONString, longest: Int = 2000) -> String {
        guard let value = self[name], !value.isNull else { return "" }
        return PlainText.line(value, longest: longest)
    }

    /// A member with its line ends, for the words of an answer.
    func paragraph(_ name: JSONString) -> String { PlainText.lines(self[name]?.string ?? "") }
}

enum ProcessSetup {
    /// A child that died, or a client that left, must not end the process.
    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
    /// Sockets need few threads and requests need many hand-overs: half of the processors are left to what is done with them.
    static func shareProcessors() {
        NIOSingletons.groupLoopCountSuggestion = max(1, System.coreCount / 2)
    }
}
