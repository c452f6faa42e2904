import BallastCore
import BallastServer
import HTTPTypes
import Testing

@Suite("Whatever is sent, the server stays up and answers with a problem of the sender's")
struct HostileRequestTests {
    private static let bodies = [
        "", "null", "[]", "0", "\"x\"", "{}", "{\"a\":", "{\"agent\":1,\"input\":[]}", "{\"\\u0000\":{}}",
        "{\"agent\":\"clerk\",\"input\":\"\\ud83d\\ude00\",\"principal\":\"\\u202e\"}",
        "{\"decision\":\"edit\",\"arguments\":{\"amount\":1e999999999}}", "{\"scope\":\"run:x\",\"reason\":\"x\"}",
        "{\"outcome\":\"happened\",\"reason\":\"x\"}", "{\"status\":\"succeeded\",\"text\":\"x\"}",
        "{\"name\":\"x\",\"principal\":\"p\",\"scopes\":[\"root\"]}",
        String(repeating: "[", count: 5000), "{\"input\":\(String(repeating: "{\"a\":", count: 300))",
    ]
    private static let identifiers = [
        "run_00000000000000000000000000", "apr_00000000000000000000000000_1", "eff_00000000000000000000000000_0",
        "eff_00000000000000000000000000_99999999999999999999", "key_zzzzzzzzzzzzzzzzzzzzzzzzzz", "%00", "%F0%9F%98%80",
        "..%2f..%2fetc", "run_", String(repeating: "x", count: 3000), "run_ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
    ]

    @Test("for every operation")
    func everything() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":1}").description
        try await stage.serve { (api) async throws in
            for (path, methods) in APIServer.document["paths"]?.object?.members.map({ ($0.key.text, $0.value) }) ?? [] {
                for identifier in HostileRequestTests.identifiers + [run] {
                    let target = path.replacing(/\{\w+\}/, with: identifier)
                    guard target != path || identifier == run else { continue }
                    try await attack(target, methods.object?.keys.map(\.text) ?? [], api)
                }
            }
            #expect(try await api.with(key: nil).get("/readyz").status == 200)
        }
    }

    private func attack(_ target: String, _ methods: [String], _ api: Requests) async throws {
        for method in methods {
            switch method {
            case "post":
                for body in HostileRequestTests.bodies {
                    expectProblem(try await api.send(.post, target, body: body), target, body)
                }
            case "get" where !target.hasSuffix("/events"):
                expectProblem(try await api.get(target), target, "")
            default: break
            }
        }
    }

    private func expectProblem(_ answer: Requests.Answer, _ target: String, _ body: String) {
        #expect(answer.status < 500, "\(target.prefix(80)) \(body.prefix(80)): \(answer.text.prefix(200))")
        guard answer.status >= 400 else { return }
        #expect(answer.headers[.contentType] == "application/problem+json")
        #expect(answer.body["code"]?.string?.isEmpty == false)
    }
}
