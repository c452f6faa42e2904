import BallastCore
import BallastPolicy
import BallastRuntime
import HTTPTypes

/// The tools that are offered, and the acceptance of changed definitions.
enum ToolRoutes {
    static var operations: [APIOperation] { [list, accept] }

    private static let list = APIOperation(
        method: .get, path: "/api/v1/tools", id: "listTools", tag: "tools",
        summary: "Tools by name, with their classes, and how their providers stand.",
        query: OpenAPISchemas.paging, answers: [.json(200, "ToolPage", "A page of tools.")]
    ) { call in
        let deployment = call.runtime.deployment.now
        let tools = deployment.catalog.definitions.compactMap { deployment.catalog[$0.name] }.filter { $0.agent == nil }
        let standing: JSONObject = [
            "providers": .array(providers(call.server.tools)),
            "not_offered": .array(
                call.server.tools.problems.sorted { $0.key < $1.key }.map {
                    ["name": JSONValue($0.key), "why": JSONValue($0.value)]
                }),
        ]
        return try OffsetPage.answer(tools, call, list: "tools", also: standing) {
            document($0, deployment, call.server.tools)
        }
    }

    private static let accept = APIOperation(
        method: .post, path: "/api/v1/tools/{tool_name}/accept", id: "acceptTool", tag: "tools",
        summary: "Accepts the definition of a tool that was looked at, so that it runs again.", scopes: [.policy],
        body: "Acceptance", answers: [.json(200, "Tool", "The tool, accepted.")], problems: [409]
    ) { call in
        guard call.caller.ownsInstallation else {
            throw Problem.forbidden("installation_only", "Tools belong to the installation, not to one tenant.")
        }
        let name = call.parameters["tool_name"] ?? ""
        guard let entry = call.runtime.deployment.now.catalog[name], entry.agent == nil else {
            throw Problem.notFound("tool \"\(PlainText.line(name, longest: 80))\"", advice: "See `ballast tools`.")
        }
        guard let expected = Hex.decode(call.required("definition")).flatMap({ Digest(bytes: $0) }) else {
            throw Problem.invalid("/definition", "it is not the hash of a definition")
        }
        let pin = try await call.stored { () async throws(StoreError) in
            try await call.server.tools.accept(name, expected: expected, by: call.caller.principal)
        }
        let deployment = call.runtime.deployment.now
        guard pin != nil, let entry = deployment.catalog[name] else {
            throw Problem.conflict(
                "definition_moved", "\(name) has another definition now than the one named; nothing was accepted.",
                advice: "Look at it again: `ballast tools --accept \(name)`.")
        }
        return .json(document(entry, deployment, call.server.tools))
    }

    private static func document(
        _ entry: ToolCatalog.Entry, _ deployment: Deployment, _ tools: ToolDirectory
    ) -> JSONValue {
        let definition = entry.definition
        let accepted = tools.accepted(definition.name).flatMap { try? JSONReader.read($0) }
        let classes = deployment.agents.values.filter { $0.definition.tools.contains(definition.name) }
            .map {
                JSONMember(JSONString($0.definition.name), JSONValue($0.policy.toolClass(of: definition.name)?.name))
            }
            .sorted { $0.key < $1.key }
        return [
            "name": JSONValue(definition.name), "provider": JSONValue(definition.provider),
            "description": JSONValue(entry.shown.description), "is_accepted": .bool(entry.isPinned),
            "quarantine": JSONValue(
                entry.isPinned ? nil : tools.quarantine(definition.name) ?? "its definition changed"),
            "definition": JSONValue(entry.hash.description), "accepted_definition": JSONValue(entry.pin?.description),
            "class_by_agent": .object(JSONObject(classes)), "input_schema": definition.inputSchema,
            "output_schema": definition.outputSchema ?? .null, "annotations": definition.annotations ?? .null,
            "document": definition.document, "accepted_document": accepted ?? .null,
        ]
    }

    private static func providers(_ directory: ToolDirectory) -> [JSONValue] {
        directory.standings.sorted { $0.key < $1.key }.map { name, standing in
            switch standing {
            case .asked: ["provider": JSONValue(name), "status": "asked", "tools": 0, "why": .null]
            case .offering(let tools):
                ["provider": JSONValue(name), "status": "offering", "tools": JSONValue(tools.count), "why": .null]
            case .failed(let failure):
                ["provider": JSONValue(name), "status": "failed", "tools": 0, "why": JSONValue(failure.description)]
            }
        }
    }
}
