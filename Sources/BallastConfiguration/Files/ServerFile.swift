import BallastCore
import BallastPolicy
import BallastRuntime
import Foundation

/// Reads the parts of ballast.yaml.
struct ServerFile {
    let file: MappingReader
    let context: LoadContext
    private var list: DiagnosticList { context.list }

    init?(_ node: YAMLNode, _ context: LoadContext) {
        guard let file = MappingReader(node, .server, context.list) else { return nil }
        self.file = file
        self.context = context
    }

    /// Places of its keys.
    var positions: [String: SourcePosition] {
        Dictionary((file.node.entries ?? []).map { ($0.key, $0.position) }) { first, _ in first }
    }

    func settings() -> ServerSettings {
        var settings = ServerSettings()
        if let (host, port) = address(file["listen"]) { (settings.host, settings.port) = (host, port) }
        if let store = store(file["store"]) { settings.store = store }
        if let environment = list.name(file["environment"], "`environment`") { settings.environment = environment }
        if let review = list.word(file["self_review"], "value of `self_review`", of: ["denied", "allowed"]) {
            settings.allowsSelfReview = review == "allowed"
        }
        let modes = ReloadMode.allCases.map(\.rawValue)
        if let mode = list.word(file["reload"], "value of `reload`", of: modes).flatMap(ReloadMode.init) {
            settings.reload = mode
        }
        settings.breaker = list.breakers(file["breakers"])
        settings.gateway = list.gateway(file["gateway"])
        if let deadMan = file["dead_man"] { settings.deadMan = list.duration(deadMan, "`dead_man`") }
        if settings.allowsSelfReview, !settings.isLoopback {
            list.add(
                file.position(of: "self_review"), "`self_review: allowed` on an address that others can reach",
                why: "starter, principal and reviewer could be one person", "listen on 127.0.0.1, or remove it")
        }
        return settings
    }

    private func address(_ node: YAMLNode?) -> (String, Int)? {
        guard let node, let text = list.text(node, "`listen`") else { return nil }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port), colon != text.startIndex
        else {
            list.add(node.position, "`\(text)` is no address", "write `HOST:PORT`, such as `127.0.0.1:7340`")
            return nil
        }
        return (String(text[..<colon]), port)
    }

    private func store(_ node: YAMLNode?) -> StoreLocation? {
        guard let node, let written = list.text(node, "`store`") else { return nil }
        if written == "memory" { return .memory }
        if written.hasPrefix("postgres://") || written.hasPrefix("postgresql://") {
            return context.secretText(node, "`store`").map { .postgres($0) }
        }
        guard let text = context.plainText(node, "`store`") else { return nil }
        if text.hasPrefix("sqlite:"), text.utf8.count > 7 {
            return .sqlite(path: context.absolute(String(text.dropFirst(7))))
        }
        list.add(
            node.position, "`\(text)` is no store", "write `sqlite:data/ballast.db`, `postgres://…` or `memory`")
        return nil
    }

    func tenants() -> [TenantSettings] {
        guard let node = file["tenants"] else { return [TenantSettings(name: TenantID.default.name)] }
        guard node.entries != nil else {
            return list.names(node, "`tenants`").map { TenantSettings(name: $0.name) }
        }
        return list.entries(node, "`tenants`", "default: { zone: Europe/Berlin }").map { entry in
            TenantSettings(name: entry.key, zone: zone(entry.value) ?? "UTC")
        }
    }

    private func zone(_ node: YAMLNode) -> String? {
        guard !node.isEmpty, let tenant = MappingReader(node, .tenant, list), let zone = tenant["zone"],
            let name = list.text(zone, "`zone`")
        else { return nil }
        guard TimeZone.knownTimeZoneIdentifiers.contains(name) || name == "UTC" else {
            list.add(
                zone.position, "`\(name)` is no time zone",
                NearestWord.of(name, among: TimeZone.knownTimeZoneIdentifiers).map { "did you mean `\($0)`?" }
                    ?? "write an IANA name such as `Europe/Berlin`")
            return nil
        }
        return name
    }

    // MARK: Models

    func models(prices: [String: ModelPrice]) -> [String: ModelSettings] {
        var models: [String: ModelSettings] = [:]
        for entry in list.entries(file["models"], "`models`", "small: { api: openai, model: gpt-5-mini }") {
            models[entry.key] = model(entry, prices: prices)
        }
        return models
    }

    private func model(_ entry: YAMLEntry, prices: [String: ModelPrice]) -> ModelSettings? {
        guard let reader = MappingReader(entry.value, .model, list) else { return nil }
        let words = ModelSettings.API.allCases.map(\.rawValue)
        let api = list.word(reader.required("api", "openai"), "model API", of: words).flatMap(ModelSettings.API.init)
        let model = list.text(reader.required("model", "gpt-5-mini"), "`model`")
        let key = context.secret(reader["key"], "the key of a model")
        guard let api, let model, let url = baseURL(reader["base_url"], default: api.baseURL, secret: reader["key"])
        else { return nil }
        var settings = ModelSettings(name: entry.key, api: api, baseURL: url, model: model, key: key)
        settings.maxOutput = list.integer(reader["max_output"], "`max_output`", in: 1...10_000_000).map { Int($0) }
        settings.timeout = list.duration(reader["timeout"], "`timeout`") ?? settings.timeout
        settings.retry = list.retry(reader["retry"])
        settings.price = price(reader, of: settings, prices: prices)
        return settings
    }

    private func price(_ reader: MappingReader, of model: ModelSettings, prices: [String: ModelPrice]) -> ModelPrice {
        if let own = reader["price"] { return PricesFile(list: list).price(own) ?? .free }
        if let known = prices[model.model] { return known }
        if !ServerSettings.isLoopback(URL(string: model.baseURL)?.host() ?? "") {
            list.warn(
                reader.node.position, "the price of `\(model.model)` is not known",
                why: "its calls count as free, so a cost limit never stops them",
                "add `price: { input: …, output: … }` in US dollars per million tokens")
        }
        return .free
    }

    /// An address of http or https without a slash at its end; secrets travel only encrypted or inside the machine.
    private func baseURL(_ node: YAMLNode?, default standard: String, secret: YAMLNode?) -> String? {
        guard let node else { return standard }
        guard let text = list.text(node, "`base_url`") else { return nil }
        guard let url = URL(string: text), let host = url.host(), ["http", "https"].contains(url.scheme) else {
            list.add(node.position, "`\(text)` is no address", "write `https://HOST/PATH`")
            return nil
        }
        if url.scheme == "http", secret != nil, !ServerSettings.isLoopback(host) {
            list.add(
                node.position, "a secret would be sent to \(host) in clear", why: "http is not encrypted",
                "write `https://`")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    // MARK: Tools

    func providers() -> [String: ToolProviderSettings] {
        var providers: [String: ToolProviderSettings] = [:]
        for entry in list.entries(file["tools"], "`tools`", "desk: { mcp: { command: [support-desk] } }") {
            guard FieldPath.isName(entry.key), !entry.key.contains("__") else {
                list.add(
                    entry.position, "`\(entry.key)` is no name of a provider",
                    why: "it stands before the names of its tools",
                    "use letters, digits, `-` and single `_`")
                continue
            }
            providers[entry.key] = provider(entry)
        }
        return providers
    }

    private func provider(_ entry: YAMLEntry) -> ToolProviderSettings? {
        guard let reader = MappingReader(entry.value, .provider, list),
            let (kind, value) = reader.oneOf(MappingKind.provider.keys)
        else { return nil }
        return kind == "mcp" ? mcp(entry.key, value) : http(entry.key, value)
    }

    private func mcp(_ name: String, _ node: YAMLNode) -> ToolProviderSettings? {
        guard let reader = MappingReader(node, .mcp, list), let (way, _) = reader.oneOf(["command", "url"]) else {
            return nil
        }
        let others = way == "command" ? ["headers", "allow_http"] : ["env", "cwd"]
        for key in others where reader[key] != nil {
            list.add(
                reader.position(of: key), "`\(key)` does not go with `\(way)`", why: "it would have no effect",
                "remove it, or give `\(way == "command" ? "url" : "command")` instead of `\(way)`")
        }
        return way == "command" ? command(name, reader) : address(name, reader)
    }

    /// An MCP server over HTTP. What it is told and what it answers decides what agents do, so it travels encrypted unless
    /// the operator says otherwise.
    private func address(_ name: String, _ reader: MappingReader) -> ToolProviderSettings? {
        let mayBeOpen = list.bool(reader["allow_http"], "`allow_http`") ?? false
        guard let node = reader["url"], let text = context.plainText(node, "`url`") else { return nil }
        guard let url = URL(string: text), let host = url.host(), !host.isEmpty,
            ["http", "https"].contains(url.scheme),
            url.user() == nil, url.fragment() == nil
        else {
            list.add(
                node.position, "`\(text)` is no address of an MCP server",
                "write `https://HOST/PATH`, without a user, a password or a fragment")
            return nil
        }
        if url.scheme == "http", !ServerSettings.isLoopback(host), !mayBeOpen {
            list.add(
                node.position, "the MCP server \(host) would be spoken to in clear",
                why: "anybody on the way could read and change calls and results",
                "write `https://`, or `allow_http: true` where the network itself is encrypted")
        }
        let headers = secrets(reader["headers"], "`headers`")
        for entry in reader["headers"]?.entries ?? [] { check(header: entry) }
        let settings = MCPAddressSettings(url: text, headers: headers)
        return ToolProviderSettings(name: name, kind: .mcpAddress(settings), isPrefixed: isPrefixed(reader))
    }

    /// Headers that the protocol fills in from each message.
    private func check(header entry: YAMLEntry) {
        let name = entry.key.lowercased()
        let reserved = [
            "accept", "connection", "content-length", "content-type", "host", "last-event-id", "transfer-encoding",
            "upgrade", "x-ballast-send-gate",
        ]
        if name.hasPrefix("mcp-") || reserved.contains(name) {
            list.add(
                entry.position, "the header `\(entry.key)` belongs to the protocol",
                why: "it is made anew for each message", "remove it")
        }
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0)
            }
        if !isName {
            list.add(entry.position, "`\(entry.key)` is no name of a header", "use letters, digits and `-`")
        }
    }

    private func command(_ name: String, _ reader: MappingReader) -> ToolProviderSettings? {
        var command = list.texts(reader["command"], "`command`").compactMap { context.plainText($0, "`command`") }
        guard let program = command.first else { return nil }
        if program.contains("/") { command[0] = context.absolute(program) }
        let directory = list.text(reader["cwd"], "`cwd`").map(context.absolute) ?? context.folder
        let settings = MCPServerSettings(
            command: command, environment: secrets(reader["env"], "`env`"), directory: directory)
        return ToolProviderSettings(name: name, kind: .mcp(settings), isPrefixed: isPrefixed(reader))
    }

    private func isPrefixed(_ reader: MappingReader) -> Bool {
        list.word(reader["prefix"], "value of `prefix`", of: ["default", "none"]) != "none"
    }

    /// Values of variables and headers. One whose name speaks of a secret must not stand in the file.
    private func secrets(_ node: YAMLNode?, _ what: String) -> [String: Secret] {
        var values: [String: Secret] = [:]
        for entry in list.entries(node, what, "NAME: ${NAME}") {
            let looksSecret = ["KEY", "TOKEN", "SECRET", "PASSWORD", "AUTHORIZATION"].contains {
                entry.key.uppercased().contains($0)
            }
            let isOpen = entry.value.text.map { !$0.contains("${") } ?? false
            values[entry.key] =
                looksSecret && isOpen
                ? context.secret(entry.value, "`\(entry.key)`") : context.secretText(entry.value, "`\(entry.key)`")
        }
        return values
    }

    private func http(_ name: String, _ node: YAMLNode) -> ToolProviderSettings? {
        guard let reader = MappingReader(node, .http, list) else { return nil }
        let url = baseURL(
            reader.required("base_url", "https://shop.example.com/api"), default: "", secret: reader["headers"])
        let tools = list.entries(
            reader.required("tools", "{ lookup_order: … }"), "`tools`",
            "lookup_order: { method: GET, path: /orders/{order_id} }")
        let settings = HTTPToolsSettings(
            baseURL: url ?? "", headers: secrets(reader["headers"], "`headers`"),
            tools: tools.compactMap { HTTPToolReader(list: list).read($0) }.sorted { $0.name < $1.name })
        return ToolProviderSettings(name: name, kind: .http(settings), isPrefixed: isPrefixed(reader))
    }
}
