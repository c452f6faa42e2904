import BallastCore
import BallastPolicy
import BallastRuntime
import HTTPTypes

/// How far agents are trusted with tools.
enum TrustRoutes {
    static var operations: [APIOperation] { [list, raise, lower] }

    private static let list = APIOperation(
        method: .get, path: "/api/v1/trust", id: "listTrust", tag: "trust",
        summary: "The level of each agent with each tool whose autonomy is stated, and what it rests on.",
        scopes: [.audit, .policy], query: OpenAPISchemas.paging, answers: [.json(200, "TrustPage", "A page of levels.")]
    ) { call in
        let reports = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.trust(scope: call.scope)
        }
        return try OffsetPage.answer(reports, call, list: "trust", document: document)
    }

    private static let raise = APIOperation(
        method: .post, path: "/api/v1/trust/{agent}/{tool}/raise", id: "raiseTrust", tag: "trust",
        summary: "Agrees that the level rises by one. Refused where the evidence does not carry it.",
        scopes: [.policy], body: "TrustRaise", answers: [.json(200, "Trust", "The level from now on.")]
    ) { call in
        let report = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.raiseTrust(
                in: call.parameters["tool"] ?? "", of: call.parameters["agent"] ?? "", by: call.caller.principal,
                reason: call.required("reason"), scope: call.scope)
        }
        return .json(document(report))
    }

    private static let lower = APIOperation(
        method: .post, path: "/api/v1/trust/{agent}/{tool}/lower", id: "lowerTrust", tag: "trust",
        summary: "Narrows the level at once; answered when nothing can begin any more that was judged under the wider.",
        scopes: [.policy, .halt], body: "TrustLowering", answers: [.json(200, "Trust", "The level from now on.")]
    ) { call in
        let level = AutonomyLevel(name: call.text("to") ?? "") ?? .draft
        let report = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.lowerTrust(
                in: call.parameters["tool"] ?? "", of: call.parameters["agent"] ?? "", to: level,
                by: call.caller.principal, reason: call.required("reason"), scope: call.scope)
        }
        return .json(document(report))
    }

    private static func document(_ report: TrustReport) -> JSONValue {
        let rise: JSONValue =
            report.rule.rise.map {
                [
                    "reviewed": JSONValue($0.reviewed), "errors_at_most": JSONValue(ErrorBound.text($0.errorsAtMost)),
                    "clean_for_ms": JSONValue($0.cleanFor), "agreed_by": JSONValue($0.agreedBy),
                    "lasts_ms": JSONValue($0.lasts),
                ]
            } ?? .null
        return [
            "agent": JSONValue(report.agent), "tool": JSONValue(report.tool), "level": JSONValue(report.level.name),
            "start": JSONValue(report.rule.start.name), "at_most": JSONValue(report.rule.atMost.name),
            "next": JSONValue(report.next?.name), "rise": rise,
            "lacks": report.lacks.map { .array($0.map { JSONValue($0) }) } ?? .null,
            "evidence": report.evidence.document, "history": .array(report.history.map(document)),
        ]
    }

    private static func document(_ record: TrustRecord) -> JSONValue {
        [
            "kind": JSONValue(record.kind.name), "level": JSONValue(record.level.name),
            "by": JSONValue(record.by.name), "at": JSONValue(record.at.rfc3339), "reason": JSONValue(record.reason),
            "effect_id": JSONValue(record.effect?.description),
            "evidence": (try? JSONReader.read(Array(record.evidence.utf8))) ?? .null,
        ]
    }
}
