/// One kind of mapping: what it is called in messages, and the keys it may have. The JSON Schemas list the same keys.
package struct MappingKind: Sendable, Hashable {
    /// With its article, as in `unknown key in an agent`.
    package let name: String
    package let keys: [String]
}

extension MappingKind {
    package static let server = MappingKind(
        name: "ballast.yaml",
        keys: [
            "listen", "store", "environment", "tenants", "models", "tools", "self_review", "dead_man", "reload",
            "breakers", "gateway",
        ])
    package static let gateway = MappingKind(
        name: "`gateway`", keys: GatewayBound.allCases.map(\.rawValue) + ["origins"])
    package static let breakers = MappingKind(name: "`breakers`", keys: ["failures", "window", "cool_down"])
    package static let tenant = MappingKind(name: "a tenant", keys: ["zone"])
    package static let model = MappingKind(
        name: "a model", keys: ["api", "base_url", "model", "key", "price", "max_output", "timeout", "retry"])
    package static let retry = MappingKind(name: "`retry`", keys: ["attempts", "backoff"])
    package static let price = MappingKind(name: "a price", keys: ["input", "output", "cache_read", "cache_write"])
    package static let provider = MappingKind(name: "a tool provider", keys: ["mcp", "http"])
    package static let mcp = MappingKind(
        name: "an MCP server", keys: ["command", "env", "cwd", "url", "headers", "allow_http", "prefix"])
    package static let http = MappingKind(
        name: "a set of HTTP tools", keys: ["base_url", "headers", "prefix", "tools"])
    package static let httpTool = MappingKind(
        name: "an HTTP tool",
        keys: ["description", "method", "path", "query", "arguments", "result", "idempotency_header"])

    package static let agent = MappingKind(
        name: "an agent",
        keys: [
            "name", "description", "instructions", "model", "tools", "agents", "policy", "shadow", "playbooks",
            "budget", "max_output_tokens", "temperature", "escalation", "ask_user", "gateway",
            "contract", "contract_drafted_by", "answers", "withholds", "shape",
        ])
    package static let budget = MappingKind(
        name: "a budget",
        keys: ["steps", "time", "tokens", "cost", "parallel_calls", "failures", "stale_steps", "repeats", "effects"])
    package static let escalation = MappingKind(name: "a step of the escalation", keys: ["to", "within"])

    package static let policy = MappingKind(
        name: "a policy",
        keys: ["version", "include", "classes", "records", "intent", "tools", "rules", "never", "limits"])
    package static let record = MappingKind(name: "a kind of record", keys: ["from", "id", "name", "lends"])
    package static let intent = MappingKind(name: "`intent`", keys: ["unlicensed", "words"])
    package static let classLimit = MappingKind(
        name: "a limit of a class", keys: ["class", "count", "per", "every", "beyond"])
    package static let fallback = MappingKind(name: "a fallback", keys: ["tool", "with"])
    package static let classes = MappingKind(name: "the classes", keys: ["safe", "risky", "dangerous"])
    package static let toolRules = MappingKind(
        name: "the statements of a tool",
        keys: [
            "money", "repeat", "verify", "undo", "entitled", "business_key", "timeout", "fresh", "limits", "scope",
            "dry_run",
            "sequential", "trusted", "grounded", "destinations", "untainted", "may_carry", "personal", "confidential",
            "readers", "confidence", "after", "arguments", "does", "retry", "fallback",
            "autonomy",
        ])
    package static let autonomy = MappingKind(name: "`autonomy`", keys: ["start", "at_most", "rise"])
    package static let rise = MappingKind(
        name: "`rise`", keys: ["reviewed", "errors_at_most", "clean_for", "agreed_by", "lasts"])
    package static let confidence = MappingKind(name: "`confidence`", keys: ["stated", "verifier"])
    package static let after = MappingKind(
        name: "a condition for afterwards", keys: ["result", "check", "with", "expect"])
    package static let money = MappingKind(
        name: "a money field", keys: ["currency", "currency_field", "form", "min", "max"])
    package static let verify = MappingKind(name: "`verify`", keys: ["tool", "with", "lands_within", "happened_when"])
    package static let undo = MappingKind(name: "`undo`", keys: ["tool", "with"])
    package static let dryRun = MappingKind(name: "`dry_run`", keys: ["with", "count", "at_most"])
    package static let limit = MappingKind(
        name: "a limit", keys: ["count", "sum", "number_of", "each", "at_most", "per", "every", "beyond"])
    package static let rule = MappingKind(
        name: "a rule", keys: ["id", "relax", "require", "deny", "when", "owner", "reason", "expires"])
    package static let never = MappingKind(
        name: "an invariant", keys: ["id", "tool", "class", "agent", "when", "outcome", "reason"])
    package static let requirement = MappingKind(
        name: "a requirement", keys: ["approve", "confirm", "quorum", "within"])

    package static let playbook = MappingKind(
        name: "a playbook", keys: ["name", "triggers", "when", "steps", "on_failure", "all_or_nothing"])
    package static let step = MappingKind(
        name: "a step",
        keys: [
            "label", "call", "with", "as", "on_failure", "if", "then", "else", "say", "ask", "slot", "type", "confirm",
            "otherwise", "hand_off", "go_to", "end",
        ])

    package static let people = MappingKind(name: "people.yaml", keys: ["principals", "groups"])
    package static let prices = MappingKind(name: "prices.yaml", keys: ["date", "models"])

    package static let all: [MappingKind] = [
        server, breakers, gateway, tenant, model, retry, price, provider, mcp, http, httpTool, agent, budget,
        escalation, policy,
        classes, record, intent, toolRules, autonomy, rise, confidence, after, money, verify, undo, dryRun, fallback,
        limit, classLimit,
        rule, never, requirement, playbook, step,
        people, prices, policyTest, policyTestDefaults, policyTestCase, policyTestFact, policyTestResult,
        policyTestExpect,
    ]
}
