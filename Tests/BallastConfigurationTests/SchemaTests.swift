import BallastConfiguration
import BallastCore
import BallastRuntime
import Foundation
import Testing

@Suite("The JSON Schemas say what the loader takes")
struct SchemaTests {
    /// The file of each kind of mapping and the name of its definition; an empty name is the file itself.
    private static let homes: [(file: String, definition: String, kind: MappingKind)] = [
        ("ballast", "", .server), ("ballast", "tenant", .tenant), ("ballast", "model", .model),
        ("ballast", "price", .price), ("ballast", "provider", .provider), ("ballast", "mcp", .mcp),
        ("ballast", "http", .http), ("ballast", "http_tool", .httpTool), ("agent", "", .agent),
        ("agent", "budget", .budget), ("agent", "escalation", .escalation), ("policy", "", .policy),
        ("policy", "classes", .classes), ("policy", "tool_rules", .toolRules), ("policy", "confidence", .confidence),
        ("policy", "after", .after), ("policy", "autonomy", .autonomy), ("policy", "rise", .rise),
        ("policy", "money", .money),
        ("policy", "verify", .verify), ("policy", "undo", .undo), ("policy", "retry", .retry),
        ("policy", "fallback", .fallback), ("policy", "class_limit", .classLimit), ("ballast", "breakers", .breakers),
        ("ballast", "gateway", .gateway),
        ("policy", "dry_run", .dryRun),
        ("policy", "limit", .limit), ("policy", "rule", .rule), ("policy", "never", .never),
        ("policy", "requirement", .requirement),
        ("playbook", "", .playbook), ("playbook", "step", .step), ("people", "", .people), ("prices", "", .prices),
        ("prices", "price", .price), ("policy-test", "", .policyTest), ("policy-test", "defaults", .policyTestDefaults),
        ("policy-test", "case", .policyTestCase), ("policy-test", "fact", .policyTestFact),
        ("policy-test", "result", .policyTestResult), ("policy", "record", .record), ("policy", "intent", .intent),
        ("policy-test", "expect", .policyTestExpect),
    ]

    private func schema(_ file: String) throws -> JSONValue {
        try JSONReader.read(
            try ConfigurationSource.text(of: "\(Files.repository)/Docs/reference/schemas/\(file).json"))
    }

    @Test("with the same keys for every kind of mapping")
    func keys() throws {
        for home in SchemaTests.homes {
            let root = try schema(home.file)
            let definition = home.definition.isEmpty ? root : root["$defs"]?[JSONString(home.definition)]
            let keys = definition?["properties"]?.object?.keys.map(\.text) ?? []
            #expect(keys.sorted() == home.kind.keys.sorted(), "\(home.file) \(home.definition)")
            #expect(definition?["additionalProperties"] == false, "\(home.file) \(home.definition)")
        }
        #expect(Set(SchemaTests.homes.map(\.kind)) == Set(MappingKind.all))
    }

    @Test(
        "and each compiles as JSON Schema",
        arguments: ["ballast", "agent", "policy", "playbook", "people", "prices", "policy-test"])
    func compiles(file: String) throws {
        _ = try JSONSchema(compiling: try schema(file))
    }
}
