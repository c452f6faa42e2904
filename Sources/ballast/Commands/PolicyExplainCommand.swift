import ArgumentParser
import BallastConfiguration
import BallastCore
import BallastEvals
import BallastInstallation
import BallastPolicy
import BallastRuntime
import Foundation

struct PolicyExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show what a policy makes of an action: which rules match, which do not, and why.",
        discussion: """
            With ACTION, a recorded action: its facts are those of then. With --url or BALLAST_URL the server explains \
            it, under the policy that it has in force; otherwise the store's file is read, and the policy and people \
            are those of the configuration. Otherwise an action that you describe with --tool, --arguments, --as and --agent; what tools \
            would answer the guard is unknown unless --fact says it.
            """)

    @Argument(help: "A recorded action, such as act_01…_1.") var action: String?
    @Option(help: "A tool.") var tool: String?
    @Option(help: "Its arguments as JSON.") var arguments = "{}"
    @Option(help: "The principal.") var `as`: String?
    @Option(help: "The agent; may be left out when there is one.") var agent: String?
    @Option(help: "What a tool would answer: TOOL=JSON, or TOOL(ARGUMENTS)=JSON.") var fact: [String] = []
    @Option(help: "What the principal said in the conversation.") var said: [String] = []
    @Option(help: "What a tool answered in the run: TOOL=JSON.") var result: [String] = []
    @Option(help: "very_low, low, medium or high.") var confidence: String?
    @Flag(help: "The run has read text that nobody vouches for.") var untrustedRead = false
    @Flag(help: "An equal action was done before.") var `repeat` = false
    @Option(help: "The moment: a date, or 2027-03-01T12:00:00Z.") var at: String?
    @OptionGroup var files: PolicyFileOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard (action == nil) != (tool == nil) else {
            throw ValidationError("Name a recorded action, or describe one with --tool.")
        }
    }

    func run() async throws {
        if let action { return try await recorded(action) }
        let (assumed, policy) = try assumed(try files.load())
        let explanation = policy.explain(assumed.facts(for: policy)).document
        if server.json { Output.json(explanation) } else { ExplanationPrinter(explanation).show() }
    }

    // MARK: A recorded action

    private func recorded(_ text: String) async throws {
        let id: ActionID
        do throws(IDParsingError) {
            id = try ActionID(parsing: text)
        } catch {
            throw CommandFailure.usage(error.description)
        }
        let decisions = server.isNamed ? try await served(id) : try await stored(id)
        guard !decisions.isEmpty else {
            throw CommandFailure.no(
                "No decision about \(id) is on record. The actions of a run: ballast show \(id.run)")
        }
        if server.json { return Output.json(.array(decisions)) }
        for (index, decision) in decisions.enumerated() {
            if index > 0 { Output.line() }
            show(decision, run: id.run)
        }
    }

    /// As the server sees it, under the policies that it has in force.
    private func served(_ id: ActionID) async throws -> [JSONValue] {
        let answer = try await APIClient(server).get("/api/v1/actions/\(id)/explanation")
        return answer["decisions"]?.array ?? []
    }

    /// As the store's file has it, under the policies of the configuration.
    private func stored(_ id: ActionID) async throws -> [JSONValue] {
        let configuration = try files.load()
        let (archive, key) = try files.archive(configuration, readers: 1)
        let candidate = configuration.candidate
        let reader = RecordedActionReader(archive: archive, masterKey: key, candidate: candidate)
        do {
            return try reader.decisions(of: id).map { ActionExplanation($0.recorded, $0.again, candidate).document }
        } catch let failure as StoreError {
            throw InstallationError(.unavailable, failure.message, advice: failure.advice)
        }
    }

    private func show(_ decision: JSONValue, run: RunID) {
        let recorded = decision["recorded"] ?? .null
        let rule = recorded.words("rule")
        Output.line(
            Output.toned(decision.words("action_id"), .strong)
                + "  decided at \(decision.words("at")): \(recorded.words("outcome")) (\(recorded.words("code"))"
                + (rule.isEmpty ? "" : ", rule \(rule)") + ")"
                + (decision["is_first"]?.bool == false ? ", when it was looked at again" : ""))
        if decision["is_beyond_policy"]?.bool == true {
            return Output.line("The guard refused it before any policy. Why: ballast show \(run)")
        }
        guard let explanation = decision["explanation"] else {
            return Output.line("It cannot be decided again: \(decision.words("not_decided_again")).")
        }
        Output.line(
            decision["is_same_policy"]?.bool == true
                ? "The policy is the one of then." : "The policy has changed since; this is what the one of now says.")
        ExplanationPrinter(explanation).show()
    }

    // MARK: An assumed action

    private func assumed(_ configuration: Configuration) throws -> (AssumedAction, Policy) {
        let names = configuration.agents.keys.sorted()
        guard let name = agent ?? (names.count == 1 ? names.first : nil), let deployed = configuration.agents[name]
        else {
            throw CommandFailure.usage("--agent names one of \(names.joined(separator: ", ")).")
        }
        let principal = Principal(`as` ?? "principal:somebody")
        var assumed = AssumedAction(
            tool: tool ?? "", arguments: try object(arguments, "--arguments"), agent: name, principal: principal,
            surroundings: DecisionSurroundings(
                attributes: configuration.people.attributes(of: principal),
                roles: configuration.people.groups(of: principal), environment: configuration.server.environment),
            now: try moment())
        assumed.hasReadUntrusted = untrustedRead
        assumed.isRepeat = `repeat`
        assumed.contracts = deployed.definition.ownContract.map { [$0] } ?? []
        assumed.answers = try fact.map { try answer($0) }
        assumed.evidence.words = said
        for result in try result.map({ try answer($0) }) {
            assumed.evidence.answers[result.tool, default: []].append(result.answer)
            assumed.acts.append(
                ObservedAct(
                    tool: result.tool, arguments: result.arguments ?? [:], answer: result.answer, isApproved: false))
        }
        if let confidence {
            guard let band = ConfidenceBand(name: confidence) else {
                throw CommandFailure.usage("--confidence takes very_low, low, medium or high.")
            }
            assumed.confidence = band
        }
        return (assumed, deployed.policy)
    }

    private func moment() throws -> Timestamp {
        guard let at else { return Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        guard let moment = MomentText.timestamp(at) else {
            throw CommandFailure.usage("--at takes a date such as 2027-03-01, or 2027-03-01T12:00:00Z.")
        }
        return moment
    }

    private func object(_ text: String, _ what: String) throws -> JSONValue {
        do throws(JSONError) {
            let value = try JSONReader.read(Array(text.utf8))
            if value.object != nil { return value }
        } catch {
            throw CommandFailure.usage("\(what) is not JSON: \(error.description)")
        }
        throw CommandFailure.usage("\(what) is a JSON object, such as '{\"order_id\":\"O-1001\"}'.")
    }

    private func answer(_ text: String) throws -> AssumedAction.Answer {
        guard let equals = text.firstIndex(of: "=") else {
            throw CommandFailure.usage("--fact takes TOOL=JSON, such as 'lookup_order={\"total_cents\":4200}'.")
        }
        var name = text[..<equals]
        var given: JSONValue?
        if let open = name.firstIndex(of: "("), name.last == ")" {
            given = try object(String(name[name.index(after: open)...].dropLast()), "what --fact asks")
            name = name[..<open]
        }
        return AssumedAction.Answer(
            tool: String(name), arguments: given,
            answer: try object(String(text[text.index(after: equals)...]), "what --fact answers"))
    }
}
