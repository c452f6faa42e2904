import BallastCore
import HTTPTypes
import Testing

@Suite("A request that cannot be carried out is answered with a problem")
struct RoutingTests {
    private func problem(_ answer: Requests.Answer, _ status: Int, _ code: String) {
        #expect(answer.status == status)
        #expect(answer.headers[.contentType] == "application/problem+json")
        #expect(answer.body["status"]?.int == status)
        #expect(answer.body["code"]?.string == code)
        #expect(answer.body["type"]?.string == "urn:ballast:problem:\(code)")
        #expect(answer.body["request_id"]?.string?.hasPrefix("req_") == true)
    }

    @Test("where there is nothing")
    func nothing() async throws {
        try await ServerStage().serve { (api) async throws in
            for path in ["/", "/api/v1", "/api/v1/nothing", "/api/v1/runs/", "/api/v1/runs//events"] {
                problem(try await api.get(path), 404, "not_found")
            }
        }
    }

    @Test(
        "where the method is another one, with what is allowed",
        arguments: ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
    func wrongMethod(method: String) async throws {
        let method = try #require(HTTPRequest.Method(method))
        try await ServerStage().serve { (api) async throws in
            let answer = try await api.send(method, "/api/v1/runs")
            problem(answer, 405, "method_not_allowed")
            #expect(answer.headers[.allow] == "GET, HEAD, POST")
        }
    }

    @Test("where the body is not JSON, or JSON that readers disagree about")
    func malformed() async throws {
        try await ServerStage().serve { (api) async throws in
            for body in ["{", "[1,]", "{\"agent\":\"clerk\",\"agent\":\"other\",\"input\":\"x\"}", "\u{FEFF}{}"] {
                problem(try await api.send(.post, "/api/v1/runs", body: body), 400, "invalid_request")
            }
        }
    }

    @Test("where a text is of another form, with what is expected instead of its pattern")
    func patterns() async throws {
        try await ServerStage().serve { (api) async throws in
            let status = try await api.get("/api/v1/runs?status=foo")
            problem(status, 400, "invalid_request")
            #expect(status.body["errors"]?[0]?["detail"]?.string?.contains("waiting_approval, ") == true)
            let halt = try await api.post("/api/v1/halts", ["scope": "foo", "reason": "x"])
            problem(halt, 400, "invalid_request")
            #expect(halt.body["errors"]?[0]?["detail"]?.string?.contains("agent:NAME") == true)
        }
    }

    @Test("where the body does not fit, by pointer")
    func pointers() async throws {
        try await ServerStage().serve { (api) async throws in
            let answer = try await api.post("/api/v1/runs", ["agent": "clerk", "input": "x", "principal": "two words"])
            problem(answer, 400, "invalid_request")
            #expect(answer.body["errors"]?[0]?["pointer"]?.string == "/principal")
            let unknown = try await api.post("/api/v1/runs", ["agent": "clerk", "input": "x", "colour": "red"])
            problem(unknown, 400, "invalid_request")
            #expect(unknown.body["detail"]?.string?.contains("colour") == true)
        }
    }

    @Test("where the body is too large or no JSON by its own word")
    func mediaAndSize() async throws {
        try await ServerStage().serve { (api) async throws in
            let large = "{\"agent\":\"clerk\",\"input\":\"\(String(repeating: "x", count: 1 << 20))\"}"
            problem(try await api.send(.post, "/api/v1/runs", body: large), 413, "body_too_large")
            let form = try await api.send(.post, "/api/v1/runs", headers: [.contentType: "text/plain"], body: "{}")
            problem(form, 415, "unsupported_media_type")
        }
    }

    @Test("where a parameter is unknown, repeated or wrong")
    func parameters() async throws {
        try await ServerStage().serve { (api) async throws in
            let queries = [
                "colour=red", "limit=0", "limit=ten", "limit=1&limit=2", "status=odd", "cursor=00", "agent=%zz",
            ]
            for query in queries { problem(try await api.get("/api/v1/runs?\(query)"), 400, "invalid_request") }
        }
    }

    @Test("where an identifier is of another kind, and says which was expected")
    func wrongKind() async throws {
        try await ServerStage().serve { (api) async throws in
            let answer = try await api.get("/api/v1/runs/apr_01hzzzzzzzzzzzzzzzzzzzzzzz_1")
            problem(answer, 400, "invalid_request")
            #expect(answer.body["detail"]?.string?.contains("names an approval; expected a run") == true)
            problem(try await api.get("/api/v1/runs/run_00000000000000000000000000"), 404, "not_found")
        }
    }

    @Test("and a HEAD is a GET without its body")
    func head() async throws {
        try await ServerStage().serve { (api) async throws in
            let answer = try await api.send(.head, "/healthz")
            #expect(answer.status == 200)
            #expect(answer.text.isEmpty)
        }
    }
}
