/// The command line of the support desk.
struct Options: Sendable, Hashable {
    var database = ""
    /// Milliseconds of sleep before a tool does its work.
    var delayBefore = 0
    /// Milliseconds of sleep between the work and the answer.
    var delayAfter = 0
    /// Sleep a random part of the delays instead of all of them.
    var hasJitter = false
    /// Forget what an idempotency key is for: repeat the work.
    var ignoresKey = false

    enum Request: Sendable, Hashable {
        case serve(Options)
        case help
    }

    /// What is wrong with the command line.
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    static let usage = """
        support-desk --db FILE [--delay-before MS] [--delay-after MS] [--jitter] [--ignore-key]

        A small support desk as an MCP server on standard input and output (MCP 2026-07-28 and older).
        Its data live in the SQLite file FILE, which is made and filled at the first start.

          --db FILE          the database; the table "calls" records every call that came in
          --delay-before MS  sleep before each tool does its work, 0 to 60000 milliseconds
          --delay-after MS   sleep between the work and the answer
          --jitter           sleep a random time from 0 to MS instead
          --ignore-key       issue a refund again although its idempotency key was seen before
          --help             print this text
        """

    static func parse(_ words: [String]) throws(Mistake) -> Request {
        var options = Options()
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": return .help
            case "--db": options.database = try value(of: word, from: &rest)
            case "--delay-before": options.delayBefore = try milliseconds(of: word, from: &rest)
            case "--delay-after": options.delayAfter = try milliseconds(of: word, from: &rest)
            case "--jitter": options.hasJitter = true
            case "--ignore-key": options.ignoresKey = true
            default: throw Mistake(description: "unknown option \(word)")
            }
        }
        guard !options.database.isEmpty else { throw Mistake(description: "--db FILE is missing") }
        return .serve(options)
    }

    private static func value(of option: String, from rest: inout ArraySlice<String>) throws(Mistake) -> String {
        guard let value = rest.popFirst(), !value.isEmpty else {
            throw Mistake(description: "\(option) needs a value after it")
        }
        return value
    }

    private static func milliseconds(of option: String, from rest: inout ArraySlice<String>) throws(Mistake) -> Int {
        let text = try value(of: option, from: &rest)
        guard let number = Int(text), (0...60_000).contains(number) else {
            throw Mistake(description: "\(option) needs a number from 0 to 60000, not \(text)")
        }
        return number
    }
}
