import BallastKit
import Testing

@Suite("A tool written in Swift, behind the guard")
struct NativeToolTests {
    @Test("runs once, after its approval, with the arguments that were shown")
    func approved() async throws {
        let shop = Shop()
        try await shop.open { host in
            let run = try await host.refund()
            let waiting = try await run.rest()
            #expect(waiting.status == .waitingApproval)
            let approval = try #require(waiting.approvals.first)
            #expect(approval.tool == "issue_refund" && approval.group == "finance" && approval.gate == .approve)
            #expect(approval.arguments == ["order_id": "O-1001", "amount": 2000])
            #expect(approval.review["principal"]?.string == "customer:ana")
            #expect(try await host.pendingApprovals() == [approval])
            #expect(shop.calls.value.isEmpty)

            try await host.approve(approval.id, by: "reviewer:fatima")
            let standing = try await run.end()
            #expect(standing.status == .succeeded)
            #expect(standing.outcome?.text == "I refunded 20.00 USD; its number is R-O-1001.")
            #expect(try await host.pendingApprovals() == [])
        }
        let (refund, call) = try #require(shop.calls.value.first)
        #expect(shop.calls.value.count == 1)
        #expect(refund == Shop.Refund(orderID: "O-1001", amount: 2000))
        #expect(call.principal == "customer:ana" && call.tenant == "default" && call.attempt == 1)
        #expect(call.idempotencyKey.hasPrefix("eff_") && call.tool == "issue_refund")
        #expect(call.deadline > .now)
    }

    @Test("that fails in words is read by the run, and nothing was done")
    func failed() async throws {
        var shop = Shop()
        shop.answer = { _, _ in .failed("order O-1001 was never paid") }
        try await shop.open { host in
            let run = try await host.refund()
            try await approveAll(run, host)
            _ = try await run.rest()
            let settled = try #require(try await run.journal().first { $0.type == "effect_settled" })
            #expect(settled.document.text.contains("order O-1001 was never paid"))
            #expect(settled.document["is_error"]?.bool == true)
        }
        #expect(shop.calls.value.count == 1)
    }

    struct Surprise: Error {}

    @Test(
        "that does not know what it did is in doubt and not repeated, whether it says so or throws",
        arguments: [true, false]
    )
    func unknown(says: Bool) async throws {
        var shop = Shop()
        shop.answer = { _, _ in
            if says { return .unknown("the line was cut") }
            throw Surprise()
        }
        try await shop.open { host in
            let run = try await host.refund()
            try await approveAll(run, host)
            let standing = try await run.rest()
            #expect(!standing.status.isTerminal)
            #expect(try await run.journal().contains { $0.type == "effect_in_doubt" })
            #expect(standing.document["account"]?["in_doubt"]?[0]?["tool"]?.string == "issue_refund")
        }
        #expect(shop.calls.value.count == 1)
    }

    @Test("whose arguments do not fit its type is not entered")
    func mismatch() async throws {
        let entered = Mutexed(false)
        let tool = NativeTool("issue_refund", "Pays.", schema: Shop.schema) { (_: [String: String], _) in
            entered.change { $0 = true }
            return .result(true)
        }
        try await Shop.withStore { store in
            let host = try await AgentHost.open(Shop.configuration, tools: [tool], store: store)
            try await Shop().closing(host) { host in
                let run = try await host.refund()
                try await approveAll(run, host)
                _ = try await run.rest()
                #expect(try await run.journal().contains { $0.summary.contains("cannot be read") })
            }
        }
        #expect(!entered.value)
    }

    @Test("is told by the cancellation of its task that its run is cancelled")
    func cancelled() async throws {
        let (entered, isEntered) = AsyncStream.makeStream(of: Void.self)
        let wasCancelled = Mutexed(false)
        var shop = Shop()
        shop.answer = { _, _ in
            isEntered.finish()
            let (never, continuation) = AsyncStream.makeStream(of: Void.self)
            for await _ in never {}
            continuation.finish()
            wasCancelled.change { $0 = Task.isCancelled }
            return .failed("stopped before anything was paid")
        }
        try await shop.open { host in
            let run = try await host.refund()
            try await approveAll(run, host)
            for await _ in entered {}
            try await run.cancel(by: "customer:ana", reason: "changed my mind")
            #expect(try await run.end().status == .cancelled)
        }
        #expect(wasCancelled.value)
    }

    @Test("that changed is accepted with the program that it is compiled into")
    func changed() async throws {
        try await Shop.withStore { store in
            var shop = Shop()
            for description in ["Pays.", "Pays money back, and tells the customer."] {
                shop.description = description
                let host = try await AgentHost.open(Shop.configuration, tools: [shop.tool], store: store)
                try await shop.closing(host) { host in
                    let run = try await host.refund("O-\(description.count)")
                    try await approveAll(run, host)
                    #expect(try await run.end().status == .succeeded)
                }
            }
        }
    }

    @Test("is refused with every fault that it has")
    func faults() async throws {
        let tools = [
            NativeTool("two words", "", schema: ["type": "object"]) { (_: JSONValue, _) in .result(true) },
            NativeTool("list", "", schema: ["type": "array"]) { (_: JSONValue, _) in .result(true) },
            NativeTool("odd", "", schema: ["type": "object", "required": 5]) { (_: JSONValue, _) in .result(true) },
            Shop().tool, Shop().tool,
        ]
        let error = await #expect(throws: AgentError.self) {
            try await AgentHost.open(Shop.configuration, tools: tools, store: .memory)
        }
        #expect(error?.code == .configuration)
        for name in ["two words", "list", "odd", "issue_refund"] {
            #expect(error?.message.contains("`\(name)`") == true)
        }
    }

    private func approveAll(_ run: AgentRun, _ host: AgentHost) async throws {
        for approval in try await run.rest().approvals { try await host.approve(approval.id, by: "reviewer:fatima") }
    }
}
