import BallastCore
import BallastRuntime
import HTTPTypes
import Synchronization
import Testing

@Suite("A POST with an Idempotency-Key is carried out once")
struct IdempotencyTests {
    private let body: JSONValue = ["agent": "clerk", "input": "hello"]

    @Test("and answered alike again, quoted or not")
    func replay() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            let first = try await api.post("/api/v1/runs", body, idempotencyKey: "order-1")
            let second = try await api.post("/api/v1/runs", body, idempotencyKey: "\"order-1\"")
            #expect(first.status == 201)
            #expect(second.status == 201)
            #expect(first.text == second.text)
            #expect(second.headers[.location] == first.headers[.location])
            let name = try #require(HTTPField.Name("idempotency-replayed"))
            #expect(first.headers[name] == nil)
            #expect(second.headers[name] == "true")
            #expect(try await api.get("/api/v1/runs").body["data"]?.array?.count == 1)
        }
    }

    @Test("also when the order of the members differs, and refused when the meaning does")
    func fingerprint() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            let first = try await api.post("/api/v1/runs", body, idempotencyKey: "k")
            let again = try await api.post(
                "/api/v1/runs", ["input": "hello", "agent": "clerk"], idempotencyKey: "k")
            #expect(again.text == first.text)
            let other = try await api.post("/api/v1/runs", ["agent": "clerk", "input": "bye"], idempotencyKey: "k")
            #expect(other.status == 422)
            #expect(other.body["code"]?.string == "idempotency_mismatch")
        }
    }

    @Test("and a refusal is an answer like any other")
    func refusals() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            let unknown: JSONValue = ["agent": "nobody", "input": "hello"]
            let first = try await api.post("/api/v1/runs", unknown, idempotencyKey: "k")
            let second = try await api.post("/api/v1/runs", unknown, idempotencyKey: "k")
            #expect(first.status == 404)
            #expect(second.text == first.text)
            #expect(second.headers[.contentType] == "application/problem+json")
        }
    }

    @Test("each caller for themselves")
    func callers() async throws {
        let stage = try await ServerStage()
        let ana = try await stage.key("customer:ana", ["run"])
        try await stage.serve { (api) async throws in
            let first = try await api.post("/api/v1/runs", body, idempotencyKey: "k")
            let other = try await api.with(key: ana).post("/api/v1/runs", body, idempotencyKey: "k")
            #expect(other.status == 201)
            #expect(other.body["run_id"] != first.body["run_id"])
        }
    }

    @Test("and while it is being carried out another one is told to wait")
    func inProgress() async throws {
        let stage = try await ServerStage()
        let record = try #require(try await stage.store.apiKeys().first)
        let fingerprint = Digest.lengthPrefixed(
            domain: "ballast.idempotency.v1",
            [Array("/api/v1/runs".utf8), JSONWriter.canonical(body)])
        let request = IdempotentRequest(
            key: "k", caller: record.id.description, route: "POST /api/v1/runs", fingerprint: fingerprint)
        _ = try await stage.store.claimIdempotencyKey(request, now: stage.runtime.clock.now)
        try await stage.serve { (api) async throws in
            let answer = try await api.post("/api/v1/runs", body, idempotencyKey: "k")
            #expect(answer.status == 409)
            #expect(answer.body["code"]?.string == "idempotency_in_progress")
        }
    }

    @Test("and a fault of the server's own does not use the key up")
    func faults() async throws {
        let isBroken = Mutex(false)
        let store = InMemoryRunStore { point throws(StoreError) in
            guard point.operation == .append, point.moment == .before, isBroken.withLock({ $0 }) else { return }
            throw StoreError(code: .full, message: "The disk is full.", advice: "Free some space.")
        }
        let stage = try await ServerStage(store: store)
        try await stage.serve { (api) async throws in
            isBroken.withLock { $0 = true }
            let failed = try await api.post("/api/v1/runs", body, idempotencyKey: "k")
            #expect(failed.status == 503)
            #expect(failed.body["detail"]?.string == "The disk is full.")
            let ready = try await api.get("/readyz")
            #expect(ready.body["problems"]?[0]?["detail"]?.string == "The disk is full. Free some space.")
            isBroken.withLock { $0 = false }
            #expect(try await api.post("/api/v1/runs", body, idempotencyKey: "k").status == 201)
        }
    }

    @Test("also when the server ended between the run and its answer: the repeat finds the run")
    func lostAnswer() async throws {
        let isEnding = Mutex(true)
        let store = InMemoryRunStore { point throws(StoreError) in
            guard point.operation == .finishIdempotencyKey, point.moment == .before, isEnding.withLock({ $0 }) else {
                return
            }
            throw .closed
        }
        let stage = try await ServerStage(store: store)
        try await stage.serve { (api) async throws in
            let first = try await api.post("/api/v1/runs", body, idempotencyKey: "k")
            #expect(first.status == 201)
            isEnding.withLock { $0 = false }
            let second = try await api.post("/api/v1/runs", body, idempotencyKey: "k")
            #expect(second.status == 201)
            #expect(second.body["run_id"] == first.body["run_id"])
            #expect(second.headers[.location] == first.headers[.location])
            let third = try await api.post("/api/v1/runs", body, idempotencyKey: "k")
            #expect(third.text == second.text)
            #expect(try await api.get("/api/v1/runs").body["data"]?.array?.count == 1)
        }
    }

    @Test("and even after its unanswered key has lapsed, for the same words alone")
    func lapsedKey() async throws {
        let store = InMemoryRunStore { point throws(StoreError) in
            if point.operation == .finishIdempotencyKey, point.moment == .before { throw .closed }
        }
        let stage = try await ServerStage(store: store)
        try await stage.serve { (api) async throws in
            let first = try await api.post("/api/v1/runs", body, idempotencyKey: "k")
            let lapse = StoreRules.unansweredKeyLifetime
            for _ in 0...(lapse / 4_000) { try await stage.runtime.clock.sleep(milliseconds: 4_000) }
            let second = try await api.post("/api/v1/runs", body, idempotencyKey: "k")
            #expect(second.body["run_id"] == first.body["run_id"])
            for _ in 0...(lapse / 4_000) { try await stage.runtime.clock.sleep(milliseconds: 4_000) }
            let other = try await api.post("/api/v1/runs", ["agent": "clerk", "input": "bye"], idempotencyKey: "k")
            #expect(other.status == 201)
            #expect(other.body["run_id"] != first.body["run_id"])
        }
    }

    @Test("in a conversation of the caller's own too")
    func lostAnswerInConversation() async throws {
        let isEnding = Mutex(true)
        let store = InMemoryRunStore { point throws(StoreError) in
            guard point.operation == .finishIdempotencyKey, point.moment == .before, isEnding.withLock({ $0 }) else {
                return
            }
            throw .closed
        }
        let stage = try await ServerStage(store: store)
        try await stage.serve { (api) async throws in
            let begun = try await api.post("/api/v1/runs", body)
            await stage.runtime.rest(of: try RunID(parsing: begun.body["run_id"]?.string ?? ""))
            let conversation = try #require(begun.body["conversation_id"])
            let more: JSONValue = ["agent": "clerk", "input": "more", "conversation_id": conversation]
            let first = try await api.post("/api/v1/runs", more, idempotencyKey: "k")
            isEnding.withLock { $0 = false }
            let second = try await api.post("/api/v1/runs", more, idempotencyKey: "k")
            #expect(second.status == 201)
            #expect(second.body["run_id"] == first.body["run_id"])
            #expect(first.body["run_id"] != begun.body["run_id"])
        }
    }

    @Test("except a halt while the store takes no writes: it holds at once all the same")
    func haltWithoutStore() async throws {
        let store = InMemoryRunStore { point throws(StoreError) in
            guard [.claimIdempotencyKey, .recordHalt].contains(point.operation), point.moment == .before else { return }
            throw StoreError(code: .full, message: "The disk is full.", advice: "Free some space.")
        }
        let stage = try await ServerStage(store: store)
        try await stage.serve { (api) async throws in
            let halt = try await api.post(
                "/api/v1/halts", ["scope": "everything", "reason": "stop"], idempotencyKey: "k")
            #expect(halt.status == 201)
            #expect(halt.body["is_recorded"]?.bool == false)
            let run = try await api.post("/api/v1/runs", body)
            #expect(run.body["code"]?.string == "halted")
        }
    }

    @Test("and a secret is not shown again")
    func secrets() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            let wanted: JSONValue = ["name": "x", "principal": "service:x", "scopes": ["run"]]
            let first = try await api.post("/api/v1/keys", wanted, idempotencyKey: "k")
            let second = try await api.post("/api/v1/keys", wanted, idempotencyKey: "k")
            #expect(first.body["key"]?.string?.hasPrefix("blst_live_") == true)
            #expect(second.body["key"] == .null)
            #expect(second.body["key_id"] == first.body["key_id"])
        }
    }

    @Test("and a key that is none is refused", arguments: ["\"open", "a b", "\"a\" \"b\"", ""])
    func malformed(key: String) async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            #expect(try await api.post("/api/v1/runs", body, idempotencyKey: key).status == 400)
        }
    }
}
