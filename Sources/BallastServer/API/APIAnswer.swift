import BallastCore
import HTTPTypes
import Hummingbird
import NIOCore

/// What an operation answers with.
struct APIAnswer: Sendable {
    enum Content: Sendable {
        case none
        case json(JSONValue)
        case bytes([UInt8], type: String)
        case stream(ResponseBody, type: String)
    }

    var status: Int
    var content: Content
    var headers: HTTPFields
    /// What a replay of the same `Idempotency-Key` is answered with, where that must differ: a secret is shown once.
    var kept: JSONValue?

    init(_ status: Int, _ content: Content, headers: HTTPFields = [:], kept: JSONValue? = nil) {
        self.status = status
        self.content = content
        self.headers = headers
        self.kept = kept
    }

    static func json(_ document: JSONValue, status: Int = 200) -> APIAnswer { APIAnswer(status, .json(document)) }

    static func created(_ document: JSONValue, at location: String) -> APIAnswer {
        APIAnswer(201, .json(document), headers: [.location: location])
    }

    /// One page of a list.
    static func page(_ items: [JSONValue], next: String?) -> APIAnswer {
        .json(["data": .array(items), "next_cursor": JSONValue(next), "has_more": .bool(next != nil)])
    }

    init(_ problem: Problem, requestID: String) {
        self.init(
            problem.status,
            .bytes(
                JSONWriter.compact(problem.document(requestID: requestID)), type: "application/problem+json"),
            headers: problem.headers)
    }

    func response(requestID: String) -> Response {
        var headers = headers
        headers[.requestID] = requestID
        headers[.xContentTypeOptions] = "nosniff"
        headers[.cacheControl] = "no-store"
        let body: ResponseBody
        switch content {
        case .none:
            body = ResponseBody()
        case .json(let document):
            headers[.contentType] = "application/json"
            body = ResponseBody(byteBuffer: ByteBuffer(bytes: JSONWriter.compact(document)))
        case .bytes(let bytes, let type):
            headers[.contentType] = type
            body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        case .stream(let stream, let type):
            headers[.contentType] = type
            body = stream
        }
        return Response(status: HTTPResponse.Status(code: status), headers: headers, body: body)
    }
}

extension HTTPField.Name {
    private static func known(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .contentType }
    static let requestID = known("x-request-id")
    static let apiKey = known("x-api-key")
    static let idempotencyKey = known("idempotency-key")
    static let idempotencyReplayed = known("idempotency-replayed")
    static let lastEventID = known("last-event-id")
}
