/// A place in a configuration file.
package struct SourcePosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Relative to the configuration's folder.
    package let file: String
    /// From 1 on; 0 when the whole file is meant.
    package let line: Int
    /// From 1 on, in characters.
    package let column: Int

    package init(file: String, line: Int = 0, column: Int = 0) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { line == 0 ? file : "\(file):\(line):\(column)" }

    package static func < (a: Self, b: Self) -> Bool { (a.file, a.line, a.column) < (b.file, b.line, b.column) }
}

/// Something wrong with the configuration: where, what, why it matters, and what to write instead.
package struct Diagnostic: Sendable, Hashable, Comparable, CustomStringConvertible {
    package enum Severity: UInt8, Sendable, Hashable {
        /// The configuration does not load.
        case error = 0
        /// It loads, and does something that is probably not meant.
        case warning = 1
        /// To be known, not to be mended.
        case note = 2
    }

    package let position: SourcePosition
    package let severity: Severity
    package let problem: String
    package let reason: String
    package let advice: String

    package init(
        _ position: SourcePosition, _ severity: Severity = .error, problem: String, reason: String = "",
        advice: String
    ) {
        self.position = position
        self.severity = severity
        self.problem = problem
        self.reason = reason
        self.advice = advice
    }

    /// Such as `agents/support.yaml:7:1: unknown key `tool` in an agent. It would be ignored. Did you mean `tools`?`
    package var description: String {
        let start = ["\(position): ", "\(position): warning: ", "\(position): note: "][Int(severity.rawValue)]
        let sentences = [problem, Diagnostic.capitalized(reason), Diagnostic.capitalized(advice)]
        return start + sentences.filter { !$0.isEmpty }.map(Diagnostic.closed).joined(separator: " ")
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
    private static func closed(_ text: String) -> String {
        text.hasSuffix("?") || text.hasSuffix(".") ? text : text + "."
    }

    package static func < (a: Self, b: Self) -> Bool {
        (a.severity.rawValue, a.position, a.problem) < (b.severity.rawValue, b.position, b.problem)
    }
}

/// A configuration that does not load, with everything that is wrong with it.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    /// Errors first, then warnings, by file and line.
    package let diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics.sorted() }

    package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

/// Collects what is wrong while files are read, so that one look shows everything.
final class DiagnosticList {
    private(set) var diagnostics: [Diagnostic] = []
    /// Nobody reads more than this at once.
    private static let most = 100

    /// - Parameters:
    ///   - problem: What is wrong.
    ///   - reason: Why it matters.
    ///   - advice: What to write instead.
    func add(_ position: SourcePosition, _ problem: String, why reason: String = "", _ advice: String) {
        append(Diagnostic(position, problem: problem, reason: reason, advice: advice))
    }

    /// The same for what loads and is probably not meant.
    func warn(_ position: SourcePosition, _ problem: String, why reason: String = "", _ advice: String) {
        append(Diagnostic(position, .warning, problem: problem, reason: reason, advice: advice))
    }

    private func append(_ diagnostic: Diagnostic) {
        guard diagnostics.count < DiagnosticList.most, !diagnostics.contains(diagnostic) else { return }
        diagnostics.append(diagnostic)
    }

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}
