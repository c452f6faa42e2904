import ArgumentParser
import BallastConfiguration
import BallastCore
import BallastInstallation
import BallastRuntime
import BallastServer
import Foundation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check configuration, store, models, tools, disk, clock and server, and say what to do.")
    @Option(help: "The configuration's folder.") var config = "."
    @OptionGroup var server: ServerOptions

    func run() async throws {
        var examination = Examination()
        let configuration = examination.configuration(in: config)
        let isServing = await examination.server(server, config: config)
        if let configuration {
            await examination.store(configuration.server.store, isServing: isServing)
            await examination.models(configuration.models)
        }
        examination.clock()
        show(examination.findings)
        if examination.findings.contains(where: { !$0.isGood }) { throw ExitCode(1) }
    }

    private func show(_ findings: [Finding]) {
        guard !server.json else {
            return Output.json(
                .array(
                    findings.map {
                        ["check": JSONValue($0.check), "ok": .bool($0.isGood), "detail": JSONValue($0.detail)]
                    }))
        }
        for finding in findings {
            let mark = finding.isGood ? Output.toned("ok ", .good) : Output.toned("BAD", .bad)
            Output.line("\(mark)  \(finding.check): \(finding.detail)")
        }
    }
}

/// What one check found, with what to do when it is bad.
struct Finding {
    let check: String
    let isGood: Bool
    let detail: String
}

/// The checks, each adding what it found.
struct Examination {
    private(set) var findings: [Finding] = []

    /// Bytes of disk under which a store is at risk.
    private static let leastFree: Int64 = 256 << 20

    private mutating func good(_ check: String, _ detail: String) {
        findings.append(Finding(check: check, isGood: true, detail: detail))
    }
    private mutating func bad(_ check: String, _ detail: String) {
        findings.append(Finding(check: check, isGood: false, detail: detail))
    }

    mutating func configuration(in folder: String) -> Configuration? {
        do throws(ConfigurationError) {
            let loaded = try Configuration.load(folder: folder, environment: ProcessInfo.processInfo.environment)
            good("configuration", "agents: \(loaded.agents.keys.sorted().joined(separator: ", "))")
            for warning in loaded.warnings { good("configuration", "warning: \(warning.description)") }
            gateway(loaded.server.gateway)
            return loaded
        } catch {
            for complaint in error.diagnostics { bad("configuration", complaint.description) }
            return nil
        }
    }

    /// The waits and bounds that hold, as ballast.yaml would write them.
    private mutating func gateway(_ settings: GatewaySettings) {
        var options = RuntimeOptions()
        options.take(settings)
        let values = MCPPace(settings).values.merging(options.gatewayValues) { $1 }
        let all = GatewayBound.allCases.compactMap { bound in
            values[bound].map { "\(bound.rawValue) \(bound.text($0))" }
        }
        let origins =
            settings.origins.isEmpty ? "those of this machine" : settings.origins.sorted().joined(separator: ", ")
        good("gateway", "\(all.joined(separator: ", ")); origins: \(origins)")
    }

    // MARK: Server and tools

    /// Whether a server answers.
    mutating func server(_ options: ServerOptions, config: String) async -> Bool {
        guard let ready = await APIClient.probe(options.address + "/readyz") else {
            bad("server", "no server answers at \(options.address); start it: ballast serve --config \(config)")
            return false
        }
        guard let problems = ready.body["problems"]?.array else {
            bad("server", "what answers at \(options.address) is not Ballast; set BALLAST_URL to where it is")
            return false
        }
        if problems.isEmpty { good("server", "\(options.address) is \(ready.body.words("status"))") }
        for problem in problems {
            bad("server", "\(problem.words("check")): \(problem.words("detail"))")
        }
        await inForce(options)
        await tools(options)
        await standingStill(options)
        return true
    }

    /// The configuration that the server works with, which need not be the one in the files.
    private mutating func inForce(_ options: ServerOptions) async {
        guard let answer = try? await APIClient(options).get("/api/v1/configuration") else { return }
        let standing = "\(answer.words("hash").prefix(12)), loaded at \(answer.words("loaded_at"))"
        guard let refused = answer["refused"], refused.object != nil else { return good("in force", standing) }
        bad("in force", "\(standing); newer files were refused:")
        for fault in refused["diagnostics"]?.array ?? [] { bad("in force", fault.words("text")) }
    }

    /// Runs that are not driven any more, and halts in force.
    private mutating func standingStill(_ options: ServerOptions) async {
        guard let api = try? APIClient(options) else { return }
        for run in (try? await api.list("/api/v1/runs?quarantined=true", limit: 20)) ?? [] {
            bad("run", "\(run.words("run_id")) stands still: \(run.words("quarantine")). \(Quarantine.advice)")
        }
        for breaker in (try? await api.list("/api/v1/breakers", limit: 20)) ?? []
        where breaker["state"]?.string != "closed" {
            bad(
                "breaker",
                "\(breaker.words("subject")) failed \(breaker.words("failures")) times (\(breaker.words("last_code"))) and "
                    + "rests; look at that server, it is tried again by itself")
        }
        for halt in (try? await api.list("/api/v1/halts", limit: 20)) ?? [] {
            good(
                "halt",
                "\(halt.words("scope")) is halted by \(halt.words("by")) since \(halt.words("at")): "
                    + "\(halt.words("reason")); after review: ballast resume \(halt.words("halt_id")) --reason TEXT")
        }
    }

    private mutating func tools(_ options: ServerOptions) async {
        do {
            let answer = try await APIClient(options).get("/api/v1/tools?limit=200")
            for provider in answer["providers"]?.array ?? [] {
                let name = provider.words("provider")
                provider["status"]?.string == "offering"
                    ? good("tools", "\(name): \(provider.words("tools")) offered")
                    : bad("tools", "\(name): \(provider.words("why")); check its command or address in ballast.yaml")
            }
            for tool in answer["data"]?.array ?? [] where tool["is_accepted"]?.bool == false {
                let name = tool.words("name")
                bad("tools", "\(name) does not run, \(tool.words("quarantine")): ballast tools --accept \(name)")
            }
            for tool in answer["not_offered"]?.array ?? [] {
                bad("tools", "\(tool.words("name")) is not offered: \(tool.words("why"))")
            }
        } catch let failure as CommandFailure {
            bad("tools", failure.message)
        } catch {
            bad("tools", "\(error)")
        }
    }

    // MARK: Store, models, clock

    mutating func store(_ location: StoreLocation, isServing: Bool) async {
        guard case .sqlite(let path) = location else {
            return good("store", "in memory: runs are gone when the server stops")
        }
        disk(URL(filePath: path).deletingLastPathComponent().path)
        guard FileManager.default.fileExists(atPath: path) else {
            return good("store", "\(path) is made at the first start")
        }
        if isServing { return good("store", "\(path) is in the server's hands") }
        do {
            let (store, _) = try await Composition.openStore(location)
            try await store.check()
            await store.close()
            good("store", "\(path) opens and takes writes")
        } catch {
            bad("store", "\(error)")
        }
    }

    private mutating func disk(_ folder: String) {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value else {
            return good("disk", "\(folder) is made at the first start")
        }
        free > Examination.leastFree
            ? good("disk", "\(free >> 20) MiB free at \(folder)")
            : bad("disk", "\(free >> 20) MiB free at \(folder); make room, at least \(Examination.leastFree >> 20) MiB")
    }

    mutating func models(_ models: [String: ModelSettings]) async {
        for (name, model) in models.sorted(by: { $0.key < $1.key }) {
            let path = model.api == .anthropic ? "/v1/models" : "/models"
            let key = model.key?.reveal() ?? ""
            let headers: [(String, String)] =
                key.isEmpty
                ? []
                : model.api == .anthropic
                    ? [("x-api-key", key), ("anthropic-version", "2023-06-01")] : [("authorization", "Bearer \(key)")]
            judge(await APIClient.probe(model.baseURL + path, headers: headers), of: model, named: name)
        }
    }

    private mutating func judge(
        _ answer: (status: Int, body: JSONValue)?, of model: ModelSettings, named name: String
    ) {
        let place = "\(name): \(model.baseURL)"
        guard let answer else {
            return bad("model", "\(place) does not answer within 3 seconds; start it, or correct base_url")
        }
        switch answer.status {
        case 401, 403: bad("model", "\(place) does not take the key (HTTP \(answer.status)); correct `key`")
        case 500...: bad("model", "\(place) is in trouble (HTTP \(answer.status)); look at that server")
        case 200..<300 where answer.body.object == nil:
            bad("model", "\(place) answers, but not as a model's API does; correct base_url")
        case 200..<300:
            let listed = (answer.body["data"]?.array ?? []).compactMap { $0["id"]?.string }
            let isListed = listed.isEmpty || listed.contains(model.model)
            good(
                "model",
                isListed
                    ? "\(place) answers"
                    : "\(place) answers; its list does not have \(model.model), but "
                        + PlainText.line(listed.prefix(5).joined(separator: ", ")))
        case let status: good("model", "\(place) answers (HTTP \(status) for its list of models)")
        }
    }

    mutating func clock() {
        let now = Date().ISO8601Format()
        Date().timeIntervalSince1970 > 1_750_000_000
            ? good("clock", now) : bad("clock", "it says \(now); set it, approvals and leases go by it")
    }
}
