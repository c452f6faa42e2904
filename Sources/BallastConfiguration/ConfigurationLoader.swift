import BallastCore
import BallastPolicy
import BallastRuntime

extension Configuration {
    /// Reads the folder and checks everything that can be checked without calling anybody.
    package static func load(
        folder: String, environment: [String: String]
    ) throws(ConfigurationError) -> Configuration {
        try load(ConfigurationSource(folder: folder, environment: environment))
    }

    /// Reads the given files. Throws all that is wrong with them, not only the first.
    package static func load(_ source: ConfigurationSource) throws(ConfigurationError) -> Configuration {
        try ConfigurationReading(source).result.get()
    }
}

/// Reads the files one by one, then ties their names together.
struct ConfigurationLoader {
    private let source: ConfigurationSource
    private let context: LoadContext
    private var list: DiagnosticList { context.list }
    private var drafts: [String: AgentDraft] = [:]
    private var policies: [String: PolicyDraft] = [:]
    /// By the policy file that they tighten: those of the environment in force.
    private var overlays: [String: PolicyDraft] = [:]
    private var playbooks: [String: PlaybookDraft] = [:]
    private var people = People()
    private var models: [String: ModelSettings] = [:]
    private var places = ConfigurationPlaces()
    private var unreadable: Set<String> = []

    init(source: ConfigurationSource, list: DiagnosticList) {
        self.source = source
        context = LoadContext(
            folder: source.folder, environment: source.environment, readFile: source.readFile, list: list)
    }

    /// Reads what there is; with complaints in the list, what it gives is not to be used.
    mutating func load() -> Configuration? {
        guard let server = node("ballast.yaml") else {
            if source.files["ballast.yaml"] == nil {
                list.add(
                    SourcePosition(file: "ballast.yaml"), "the file is missing",
                    "`ballast init DIR` makes a configuration that works")
                return nil
            }
            return assemble(nil)
        }
        return assemble(ServerFile(server, context))
    }

    private mutating func assemble(_ server: ServerFile?) -> Configuration? {
        places.server = server?.positions ?? [:]
        let prices = node("prices.yaml").map { PricesFile(list: list).read($0) } ?? [:]
        people = node("people.yaml").map { PeopleFile(list: list).read($0) } ?? People()
        models = server?.models(prices: prices) ?? [:]
        readFolders()
        let settings = server?.settings() ?? ServerSettings()
        readOverlays(of: settings.environment)
        let (tenants, providers) = (server?.tenants() ?? [], server?.providers() ?? [:])
        var agents: [String: DeployedAgent] = [:]
        for name in drafts.keys.sorted() { agents[name] = drafts[name].map { deployed($0) } }
        if drafts.isEmpty, !source.files.keys.contains(where: { $0.hasPrefix("agents/") }) {
            list.add(SourcePosition(file: "agents"), "there is no agent", "write agents/NAME.yaml")
        }
        return Configuration(
            folder: source.folder, hash: Digest.sha256([]), server: settings, tenants: tenants, models: models,
            providers: providers,
            agents: agents, people: people, warnings: list.diagnostics.filter { $0.severity == .warning },
            places: places)
    }

    /// False for a file that was there and could not be read: complaints that follow from it would hide the real one.
    private func isReadable(_ file: String) -> Bool { !unreadable.contains(file) }

    private mutating func node(_ file: String) -> YAMLNode? {
        guard let text = source.files[file] else { return nil }
        let before = list.diagnostics.count
        let node = YAMLFile.read(text, file: file, into: list)
        if list.diagnostics.count > before { unreadable.insert(file) }
        return node
    }

    private mutating func readFolders() {
        for file in source.files.keys.sorted() where !PolicyTestFile.isOne(file) {
            let parts = file.split(separator: "/")
            guard parts.count == 2, let name = fileName(file, parts[1]) else { continue }
            guard let node = node(file) else {
                emptyFile(file)
                continue
            }
            switch parts[0] {
            case "agents": drafts[name] = AgentFile(name: name, context: context).read(node)
            case "policies": policies[name] = PolicyFile(list: list).read(node)
            case "playbooks": playbooks[name] = PlaybookFile(name: name, list: list).read(node)
            default: break
            }
        }
        places.steps = playbooks.mapValues(\.positions)
    }

    /// Overlays of every environment are read, so that a fault in one shows before that environment starts; those of
    /// this one are applied.
    private mutating func readOverlays(of environment: String) {
        for file in source.files.keys.sorted() where file.hasPrefix(ConfigurationSource.overlays + "/") {
            let parts = file.split(separator: "/")
            guard parts.count == 4, let name = fileName(file, parts[3]) else {
                list.add(
                    SourcePosition(file: file), "an overlay stands in a folder named after its environment",
                    "move it to \(ConfigurationSource.overlays)/\(environment)/")
                continue
            }
            known([(name, SourcePosition(file: file))], "policy", policyFiles, "policies/")
            guard let node = node(file) else {
                emptyFile(file)
                continue
            }
            let draft = PolicyOverlay(list: list, name: name).read(node)
            if parts[2] == environment { overlays[name] = draft }
        }
    }

    /// The name that a file gives: without its ending.
    private func fileName(_ file: String, _ base: Substring) -> String? {
        let name = base.hasSuffix(".yaml") ? base.dropLast(5) : base.dropLast(4)
        guard FieldPath.isName(name) else {
            list.add(
                SourcePosition(file: file), "the file's name is the name of what it holds, and this is none",
                "use letters, digits, `-` and `_`")
            return nil
        }
        return String(name)
    }

    private func emptyFile(_ file: String) {
        guard !list.diagnostics.contains(where: { $0.position.file == file }) else { return }
        list.add(SourcePosition(file: file), "the file is empty", "fill it, or remove it")
    }

    // MARK: Agents

    private mutating func deployed(_ draft: AgentDraft) -> DeployedAgent {
        let definition = draft.definition
        places.agents[definition.name] = draft.position
        let tools = draft.references["tools"] ?? []
        places.tools[definition.name] = Dictionary(tools.map { ($0.name, $0.position) }) { first, _ in first }
        resolve(draft)
        let policy = policy(of: draft, draft.policies, noting: \.policies)
        let shadow = draft.shadows.isEmpty ? nil : self.policy(of: draft, draft.shadows, noting: \.shadows)
        check(draft, against: policy)
        let own = definition.playbooks.compactMap { playbooks[$0] }
        return DeployedAgent(
            definition: definition, reference: definition.reference(playbooks: own.map(\.written)), policy: policy,
            shadow: shadow.map {
                ShadowPolicy(name: draft.shadows.map(\.name).joined(separator: "+"), policy: $0)
            }, playbooks: own.map(\.playbook))
    }

    private func resolve(_ draft: AgentDraft) {
        if isReadable("ballast.yaml") {
            known(draft.references["model"], "model", models.keys, "ballast.yaml")
            known(draft.references["contract_drafted_by"], "model", models.keys, "ballast.yaml")
        }
        known(draft.references["playbooks"], "playbook", playbookFiles, "playbooks/")
        known(draft.references["agents"], "agent", agentFiles, "agents/")
        let people = self.people
        let chain = isReadable("people.yaml") ? draft.references["escalation"] ?? [] : []
        for (name, position) in chain where !people.knows(name) {
            let nearest = NearestWord.of(name, among: people.groupNames + people.names)
            list.add(
                position, "people.yaml has no group or person `\(name)`", why: "nobody would take over",
                nearest.map { "did you mean `\($0)`?" } ?? "add the group to people.yaml")
        }
        if draft.definition.models.isEmpty, draft.definition.playbooks.isEmpty, !draft.definition.isGateway {
            list.add(
                draft.position, "the agent has neither a model nor a playbook", why: "it could do nothing",
                "add `model: NAME` or `playbooks: [NAME]`")
        }
    }

    // Files that could not be read still count: their own complaint is enough.
    private var agentFiles: [String] { names(in: "agents/") }
    private var playbookFiles: [String] { names(in: "playbooks/") }
    private var policyFiles: [String] { names(in: "policies/") }

    private func names(in folder: String) -> [String] {
        source.files.keys.filter { $0.hasPrefix(folder) }.compactMap { path in
            let name = path.dropFirst(folder.count)
            return name.contains("/") ? nil : name.split(separator: ".").first.map { String($0) }
        }
    }

    private func known(
        _ references: [(name: String, position: SourcePosition)]?, _ what: String, _ names: some Sequence<String>,
        _ place: String
    ) {
        let names = Set(names)
        for (name, position) in references ?? [] where !names.contains(name) {
            list.add(
                position, "there is no \(what) `\(name)` in \(place)",
                NearestWord.of(name, among: names).map { "did you mean `\($0)`?" }
                    ?? (names.isEmpty ? "add one" : "use one of \(names.sorted().joined(separator: ", "))"))
        }
    }

    /// The named files as one policy, with the overlays of this environment.
    private mutating func policy(
        of draft: AgentDraft, _ named: [(name: String, position: SourcePosition)],
        noting places: WritableKeyPath<ConfigurationPlaces, [String: [String: SourcePosition]]>
    ) -> Policy {
        known(named, "policy", policyFiles, "policies/")
        let files = withIncludes(named)
        var chosen = files.compactMap { policies[$0] }
        var assembly = PolicyAssembly(chosen, list: list)
        complain(about: assembly, otherwise: draft.position)
        for file in files {
            guard let overlay = overlays[file] else { continue }
            PolicyOverlay(list: list, name: file).tighten(&assembly, with: overlay)
            chosen.append(overlay)
        }
        complain(about: assembly, otherwise: draft.position)
        self.places[keyPath: places][draft.definition.name] = assembly.positions
        let policy = assembly.policy()
        known(chosen.flatMap(\.agents), "agent", agentFiles, "agents/")
        let groups = isReadable("people.yaml") ? chosen.flatMap(\.groups) : []
        for (group, position) in groups where !people.groupNames.contains(group) {
            list.add(
                position, "people.yaml has no group `\(group)`", why: "nobody could ever approve",
                NearestWord.of(group, among: people.groupNames).map { "did you mean `\($0)`?" }
                    ?? "add `\(group): [PERSON]` under `groups`")
        }
        return policy
    }

    private func complain(about assembly: PolicyAssembly, otherwise position: SourcePosition) {
        for problem in assembly.policy().problems() {
            let place = PolicyAssembly.position(of: problem.place, in: assembly.positions, otherwise: position)
            list.add(place, problem.problem, problem.advice)
        }
    }

    /// The named files with those that they include, each once.
    private func withIncludes(_ named: [(name: String, position: SourcePosition)]) -> [String] {
        var files: [String] = []
        func add(_ named: [(name: String, position: SourcePosition)], inside path: [String]) {
            for (name, position) in named {
                guard !path.contains(name) else {
                    let circle = (path.drop { $0 != name } + [name]).joined(separator: " includes ")
                    list.add(
                        position, "\(circle)", why: "a file cannot be part of itself", "take one of the includes out")
                    continue
                }
                guard !files.contains(name) else { continue }
                let includes = policies[name]?.includes ?? []
                known(includes, "policy", policyFiles, "policies/")
                files.append(name)
                add(includes, inside: path + [name])
            }
        }
        add(named, inside: [])
        return files
    }

    private func check(_ draft: AgentDraft, against policy: Policy) {
        let definition = draft.definition
        guard !definition.tools.isEmpty || definition.callsEveryTool else { return }
        if draft.policies.isEmpty {
            list.add(
                draft.position, "the agent has tools and no policy", why: "a tool that nobody classified does not run",
                "add `policy: NAME` and classify its tools in policies/NAME.yaml")
            return
        }
        // A policy that could not be read has its own complaint; what it classifies is not known.
        guard draft.policies.allSatisfy({ policies[$0.name] != nil }) else { return }
        for (tool, position) in draft.references["tools"] ?? [] where policy.toolClass(of: tool) == nil {
            let nearest = NearestWord.of(tool, among: policy.classes.keys)
            list.warn(
                position, "`\(tool)` stands in no class of the agent's policy", why: "it never runs",
                nearest.map { "did you mean `\($0)`?" } ?? "add it to `classes`")
        }
        let manifest = definition.callsEveryTool ? policy.classes.keys.sorted() : definition.tools
        let dangerous = manifest.filter { policy.toolClass(of: $0) == .dangerous }
        if let tool = dangerous.first, definition.escalation.isEmpty {
            list.add(
                draft.position, "the agent has a dangerous tool (`\(tool)`) and nobody to hand over to",
                why: "a request that nobody answers would have no end",
                "add `escalation: [{ to: GROUP, within: 30m }]`")
        }
    }
}

extension AgentDefinition {
    /// The agent with the content hash of this definition and of what its playbooks say.
    func reference(playbooks written: [JSONValue]) -> AgentReference {
        var document: JSONObject = [
            "name": JSONValue(name), "description": JSONValue(description), "instructions": JSONValue(instructions),
            "models": .array(models.map { JSONValue($0) }), "tools": .array(tools.map { JSONValue($0) }),
            "playbooks": .array(playbooks.map { JSONValue($0) }), "agents": .array(agents.map { JSONValue($0) }),
            "budget": [
                "steps": JSONValue(budget.steps), "time": JSONValue(budget.activeMilliseconds),
                "tokens": JSONValue(budget.tokens), "cost": JSONValue(budget.microdollars),
                "parallel_calls": JSONValue(budget.parallelCalls),
            ],
            "max_output_tokens": JSONValue(maxOutputTokens), "temperature": JSONValue(temperature.map { "\($0)" }),
            "escalation": .array(escalation.map { ["to": JSONValue($0.to), "within": JSONValue($0.within)] }),
            "ask_user": .bool(mayAskUser), "steps": .array(written),
        ]
        if isGateway { document["gateway"] = true }
        if let contract { document["contract"] = contract }
        if let contractDraftedBy { document["contract_drafted_by"] = JSONValue(contractDraftedBy) }
        if let answers { document["answers"] = answers }
        if !withheld.isEmpty { document["withholds"] = .array(withheld.map { JSONValue($0) }) }
        if let shape { document["shape"] = JSONValue(shape.rawValue) }
        let hash = Digest.lengthPrefixed(domain: "ballast.agent.v1", [JSONWriter.canonical(.object(document))])
        return AgentReference(name: name, version: Array(hash.bytes.prefix(16)))
    }
}
