import ArgumentParser
import BallastConfiguration
import BallastCore
import BallastPolicy
import BallastServer
import Foundation

struct PolicyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run the tests that stand beside the policies (policies/NAME.test.yaml).",
        discussion: """
            Each test is an action and what is decided about it. Nothing is called: what a tool would answer the guard \
            stands in the test. Exit status 1 when a test does not hold, or when there is none.
            """)

    @Argument(help: "The configuration's folder.") var config = "."
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let results = try results()
        let failures = results.filter { !$0.holds }
        if json {
            Output.json(.array(results.map(document)))
        } else {
            for failure in failures { show(failure) }
            Output.line(
                results.isEmpty
                    ? "There are no tests. Write some beside the policies: policies/NAME.test.yaml."
                    : "\(results.count) tests: \(results.count - failures.count) hold, \(failures.count) do not.")
        }
        if results.isEmpty || !failures.isEmpty { throw ExitCode(1) }
    }

    private func results() throws -> [PolicyTestResult] {
        do throws(ConfigurationError) {
            let source = try ConfigurationSource(folder: config, environment: ProcessInfo.processInfo.environment)
            let configuration = try Configuration.load(source)
            let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
            return try configuration.policyTests(in: source).flatMap { suite in
                suite.cases.map { configuration.run($0, of: suite, now: now) }
            }
        } catch {
            throw CommandFailure.usage(
                "the configuration in \(config) does not load:\n  "
                    + error.diagnostics.map(\.description).joined(separator: "\n  "))
        }
    }

    private func show(_ failure: PolicyTestResult) {
        let decision = failure.explanation.decision
        Output.line("\(Output.toned("does not hold", .bad))  \(failure.test.position): \(failure.test.sentence)")
        for difference in failure.differences { Output.line("    " + difference) }
        for reason in decision.reasons {
            Output.line("    \(reason.outcome.name) because of \(reason.rule): \(PlainText.line(reason.sentence))")
        }
        for line in failure.explanation.groundTruth where line.answer == nil {
            Output.line(
                "    what \(line.call.tool) answers to \(JSONWriter.canonicalString(line.call.arguments)) is not given: "
                    + "add it under `facts`")
        }
    }

    private func document(_ result: PolicyTestResult) -> JSONValue {
        [
            "test": JSONValue(result.test.sentence), "at": JSONValue(result.test.position.description),
            "holds": .bool(result.holds), "differences": .array(result.differences.map { JSONValue($0) }),
            "explanation": result.explanation.document,
        ]
    }
}
