import ArgumentParser
import BallastCore

struct BreakersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breakers", abstract: "List tools and models that failed lately, and those that rest.")
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let breakers = try await APIClient(server).list("/api/v1/breakers", limit: 1000)
        if server.json { return Output.json(.array(breakers)) }
        guard !breakers.isEmpty else { return Output.line("Nothing failed lately.") }
        Output.table(
            ["SUBJECT", "FOR", "STATE", "FAILURES", "LAST", "TRIED AGAIN IN"],
            breakers.map { breaker in
                let wait = breaker["retry_after_ms"]?.integer.map { "\(($0 + 999) / 1000) s" }
                let tenant = breaker.words("tenant")
                return [
                    breaker.words("subject"), tenant.isEmpty ? "all" : tenant, breaker.words("state"),
                    breaker.words("failures"), breaker.words("last_code"), wait ?? "-",
                ]
            })
    }
}
