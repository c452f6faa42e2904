import BallastCore
import HTTPTypes

/// What went wrong with a request, as RFC 9457 writes it; every error answer of the API is made here.
struct Problem: Error, Sendable, Hashable {
    /// One thing that is wrong with the request, by its place (JSON Pointer, or the name of a parameter).
    struct Fault: Sendable, Hashable {
        let pointer: String
        let detail: String
    }

    let status: Int
    /// Stable, for programs.
    let code: String
    let title: String
    /// What happened, for people.
    let detail: String
    /// What can be done about it.
    var advice: String?
    var faults: [Fault] = []
    var headers: HTTPFields = [:]

    init(_ status: Int, _ code: String, _ title: String, _ detail: String, advice: String? = nil, faults: [Fault] = [])
    {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.advice = advice
        self.faults = faults
    }

    func document(requestID: String) -> JSONValue {
        var document: JSONObject = [
            "type": JSONValue("urn:ballast:problem:\(code)"), "title": JSONValue(title), "status": JSONValue(status),
            "detail": JSONValue(detail), "code": JSONValue(code), "request_id": JSONValue(requestID),
        ]
        if let advice { document["advice"] = JSONValue(advice) }
        if !faults.isEmpty {
            document["errors"] = .array(
                faults.map { ["pointer": JSONValue($0.pointer), "detail": JSONValue($0.detail)] })
        }
        return .object(document)
    }
}

/// The wording of the API's own refusals, in one place.
extension Problem {
    static func unauthenticated() -> Problem {
        var problem = Problem(
            401, "unauthenticated", "A valid key is needed", "No valid Ballast key was presented.",
            advice: "Send it as `Authorization: Bearer blst_live_…` or `x-api-key: blst_live_…`.")
        problem.headers[.wwwAuthenticate] = "Bearer realm=\"ballast\""
        return problem
    }

    static func missingScope(_ wanted: Set<KeyScope>) -> Problem {
        let names = wanted.map { "\"\($0.rawValue)\"" }.sorted().joined(separator: " or ")
        return forbidden(
            "scope_missing", "This key does not have the scope \(names).", advice: "Use a key that has it.")
    }

    static func forbidden(_ code: String, _ detail: String, advice: String? = nil) -> Problem {
        Problem(403, code, "Not allowed", detail, advice: advice)
    }

    static func noSuchPath(_ path: String) -> Problem {
        Problem(
            404, "not_found", "Not found", "There is nothing at \(String(path.prefix(200))).",
            advice: "See /openapi.json for what there is.")
    }

    static func notFound(_ what: String, advice: String? = nil) -> Problem {
        Problem(404, "not_found", "Not found", "There is no \(what).", advice: advice)
    }

    static func wrongMethod(_ method: String, allowed: [String]) -> Problem {
        let list = allowed.joined(separator: ", ")
        var problem = Problem(
            405, "method_not_allowed", "Method not allowed", "\(String(method.prefix(40))) is not offered here.",
            advice: "Use \(list).")
        problem.headers[.allow] = list
        return problem
    }

    static func invalid(_ faults: [Fault]) -> Problem {
        let first = faults.first?.detail ?? "It cannot be read."
        return Problem(400, "invalid_request", "The request is not valid", first, faults: faults)
    }

    static func invalid(_ pointer: String, _ detail: String) -> Problem {
        invalid([Fault(pointer: pointer, detail: detail)])
    }

    static func conflict(_ code: String, _ detail: String, advice: String? = nil) -> Problem {
        Problem(409, code, "Conflict", detail, advice: advice)
    }

    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(413, "body_too_large", "Body too large", "At most \(limit) bytes are taken.", advice: "Send less.")
    }

    static func wrongMediaType(_ type: String) -> Problem {
        Problem(
            415, "unsupported_media_type", "Unsupported media type",
            "The body is \"\(String(type.prefix(100)))\", and only application/json is taken.",
            advice: "Send JSON with `content-type: application/json`.")
    }

    static func unavailable(_ detail: String, advice: String? = nil) -> Problem {
        var problem = Problem(503, "unavailable", "Not available now", detail, advice: advice)
        problem.headers[.retryAfter] = "1"
        return problem
    }

    static func damagedRun() -> Problem {
        Problem(
            500, "damaged", "Damaged journal",
            "The journal of this run is not what was written, so nothing of it is shown or acted on; other runs go on.",
            advice: "The server's log names the entry. Keep the store, restore the last backup, and check the disk.")
    }

    static func fault() -> Problem {
        Problem(
            500, "internal", "Fault in Ballast", "Something went wrong that is not your doing.",
            advice: "The server's log has the cause under this request_id.")
    }
}
