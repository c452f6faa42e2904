import BallastCore
import BallastRuntime

extension RunStoreConformance {
    private static func request(_ key: String = "k", caller: String = "c", payload: UInt8 = 1) -> IdempotentRequest {
        IdempotentRequest(key: key, caller: caller, route: "POST /runs", fingerprint: .sha256([payload]))
    }

    static let keyCases: [Case] = [
        Case(on: "an idempotency key is claimed once and then answers for a day") { store in
            try expect(await store.claimIdempotencyKey(request(), now: .at(0)), .claimed, "the first")
            try expect(await store.claimIdempotencyKey(request(), now: .at(1)), .inProgress, "while it is worked on")
            let other = request(payload: 2)
            try expect(await store.claimIdempotencyKey(other, now: .at(1)), .mismatch, "another payload")
            let caller = request(caller: "d")
            try expect(await store.claimIdempotencyKey(caller, now: .at(1)), .claimed, "another caller's key")
            try await store.finishIdempotencyKey(request(), answer: [1, 2], status: 201)
            let finished = IdempotencyClaim.finished(answer: [1, 2], status: 201)
            try expect(await store.claimIdempotencyKey(request(), now: .at(2)), finished, "the same answer")
            try expect(await store.claimIdempotencyKey(other, now: .at(2)), .mismatch, "still another payload")
            let last = Timestamp.at(StoreRules.answeredKeyLifetime - 1)
            try expect(await store.claimIdempotencyKey(request(), now: last), finished, "until the day is over")
            let next = last.adding(milliseconds: 1)
            try expect(await store.claimIdempotencyKey(other, now: next), .claimed, "then it is free")
        },
        Case(on: "an idempotency key whose request died is free after a while") { store in
            try expect(await store.claimIdempotencyKey(request(), now: .at(0)), .claimed, "claimed")
            let end = Timestamp.at(StoreRules.unansweredKeyLifetime)
            let before = end.adding(milliseconds: -1)
            try expect(await store.claimIdempotencyKey(request(), now: before), .inProgress, "not yet")
            try expect(await store.claimIdempotencyKey(request(), now: end), .claimed, "now")
            try await store.finishIdempotencyKey(request("other"), answer: [], status: 200)
            try expect(
                await store.claimIdempotencyKey(request("other"), now: end), .claimed,
                "an answer to a key that nobody claimed is not kept")
        },
        Case(on: "a data key is added once per tenant and id") { store in
            let (acme, rival) = (TenantScope(TenantID("acme")), TenantScope(TenantID("rival")))
            let keys = [UInt32(7), 3].map { WrappedKey(id: $0, sealed: [UInt8($0)], createdAt: .at(1)) }
            for key in keys { try expect(await store.addDataKey(key, scope: acme), key, "added") }
            let second = WrappedKey(id: 7, sealed: [9], createdAt: .at(2))
            try expect(await store.addDataKey(second, scope: acme), keys[0], "the first stays")
            try expect(await store.addDataKey(second, scope: rival), second, "another tenant has its own")
            try expect(await store.dataKeys(scope: acme), keys, "in order of arrival")
        },
        Case(on: "API keys are kept by id and can be revoked") { store in
            func key(_ number: UInt64, revokedAt: Timestamp? = nil) -> APIKeyRecord {
                APIKeyRecord(
                    id: KeyID(high: 1, low: number), secretHash: .sha256([1]), name: "laptop é",
                    tenant: TenantID("acme"), principal: Principal("operator:kim"), scopes: ["run", "approve:elicit"],
                    createdAt: .at(1), revokedAt: revokedAt)
            }
            for number in [UInt64(2), 1] { try await store.saveAPIKey(key(number)) }
            try expect(await store.apiKeys(), [key(1), key(2)], "both")
            try await store.saveAPIKey(key(1, revokedAt: .at(9)))
            try expect(await store.apiKeys(), [key(1, revokedAt: .at(9)), key(2)], "one revoked")
        },
    ]
}
