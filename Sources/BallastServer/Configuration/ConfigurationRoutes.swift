import BallastCore
import BallastPolicy
import BallastRuntime
import HTTPTypes

/// The configuration in force.
enum ConfigurationRoutes {
    static var operations: [APIOperation] { [show, reload] }

    private static let show = APIOperation(
        method: .get, path: "/api/v1/configuration", id: "getConfiguration", tag: "configuration",
        summary: "The configuration in force, and what is wrong with the files when they are not.",
        scopes: [.audit, .policy, .admin], answers: [.json(200, "Configuration", "What is in force.")]
    ) { call in
        try checkOwner(call)
        return .json(.object(document(call.server)))
    }

    private static let reload = APIOperation(
        method: .post, path: "/api/v1/configuration/reload", id: "reloadConfiguration", tag: "configuration",
        summary: "Reads the files again and takes them as a whole, or not at all; answered when they hold.",
        scopes: [.admin], body: "Nothing", isUrgent: true, isBodyOptional: true,
        answers: [.json(200, "Reload", "The files are in force.")], problems: [409, 422]
    ) { call in
        try checkOwner(call)
        guard let reload = call.server.configuration.reload else {
            throw Problem.conflict(
                "not_reloadable", "This program was given its configuration when it was started.",
                advice: "Start it again with another one.")
        }
        let outcome = await reload(call.caller.principal)
        if outcome == .refused { throw refusal(call.server.configuration.standing) }
        var answer = document(call.server)
        answer["outcome"] = JSONValue(outcome.rawValue)
        return .json(.object(answer))
    }

    private static func refusal(_ standing: ConfigurationDesk.Standing) -> Problem {
        Problem(
            422, "configuration_refused", "Configuration refused",
            "The files were not taken; what was in force before still is.",
            advice: "What was loaded at \(standing.loadedAt.rfc3339) stays in force. Correct the files and reload.",
            faults: (standing.refusal?.complaints ?? []).map { .init(pointer: $0.place, detail: $0.text) })
    }

    private static func checkOwner(_ call: APICall) throws(Problem) {
        guard call.caller.ownsInstallation else {
            throw .forbidden(
                "installation_only", "The configuration belongs to the installation, not to one tenant.")
        }
    }

    private static func document(_ server: APIContext) -> JSONObject {
        let standing = server.configuration.standing
        let agents = server.runtime.deployment.now.agents.values.sorted { $0.definition.name < $1.definition.name }
        return [
            "state": JSONValue(standing.state), "hash": JSONValue(standing.hash),
            "loaded_at": JSONValue(standing.loadedAt.rfc3339), "reload": standing.isAutomatic ? "auto" : "manual",
            "agents": .array(
                agents.map {
                    [
                        "name": JSONValue($0.definition.name), "version": JSONValue(Hex.encode($0.reference.version)),
                        "policy": JSONValue(Hex.encode($0.policy.hash)),
                    ]
                }), "warnings": .array(standing.warnings.map { JSONValue($0) }),
            "refused": standing.refusal.map(document) ?? .null,
        ]
    }

    private static func document(_ refusal: ConfigurationDesk.Refusal) -> JSONValue {
        [
            "hash": JSONValue(refusal.hash), "at": JSONValue(refusal.at.rfc3339),
            "diagnostics": .array(
                refusal.complaints.map { ["place": JSONValue($0.place), "text": JSONValue($0.text)] }),
        ]
    }
}
