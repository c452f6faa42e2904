import BallastCore
import HTTPTypes

/// One thing that the API does: where it is found, who may do it, what it takes, and what it answers.
///
/// The table of these is the router, the check of every request, and the source of the OpenAPI document, so the three
/// cannot disagree.
struct APIOperation: Sendable {
    /// An answer that is not a problem.
    struct Answer: Sendable {
        let status: Int
        let description: String
        /// Media type and, for JSON, the name of the schema.
        let content: [(type: String, schema: String?)]
        var hasLocation = false

        static func json(_ status: Int, _ schema: String, _ description: String) -> Answer {
            Answer(status: status, description: description, content: [("application/json", schema)])
        }
        static func created(_ schema: String, _ description: String) -> Answer {
            Answer(
                status: 201, description: description, content: [("application/json", schema)], hasLocation: true)
        }
    }

    struct QueryParameter: Sendable {
        let name: String
        let description: String
        let schema: JSONValue
        init(_ name: String, _ description: String, _ schema: JSONValue) {
            self.name = name
            self.description = description
            self.schema = schema
        }
    }

    let method: HTTPRequest.Method
    /// With parameters in braces: `/api/v1/runs/{run_id}`.
    let path: String
    let id: String
    let tag: String
    let summary: String
    /// Any one of these is enough; empty with `isPublic` false asks for any key.
    var scopes: Set<KeyScope> = []
    var isPublic = false
    var query: [QueryParameter] = []
    /// Name of the schema of the body; nil for an operation that takes none.
    var body: String?
    /// Done also while the store takes no writes, although a repeat is then not known for one.
    var isUrgent = false
    /// A missing body counts as `{}`.
    var isBodyOptional = false
    let answers: [Answer]
    /// Statuses of problems beside those that follow from the rest.
    var problems: [Int] = []
    let perform: @Sendable (APICall) async throws -> APIAnswer
    /// Finds the answer to a repeat of a request whose server ended before it answered; nil when that request has left
    /// nothing behind yet.
    private(set) var repeated: (@Sendable (APICall) async throws -> APIAnswer?)?

    func answeringRepeats(_ body: @escaping @Sendable (APICall) async throws -> APIAnswer?) -> APIOperation {
        var operation = self
        operation.repeated = body
        return operation
    }

    /// The parts of the path between slashes.
    var segments: [Substring] { path.split(separator: "/") }
    var parameters: [String] { segments.compactMap(APIOperation.parameter) }

    static func parameter(_ segment: Substring) -> String? {
        segment.first == "{" && segment.last == "}" ? String(segment.dropFirst().dropLast()) : nil
    }
}
