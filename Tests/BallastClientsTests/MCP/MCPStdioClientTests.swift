import BallastClients
import BallastCore
import BallastRuntime
import Foundation
import Synchronization
import Testing

@Suite("A call to a server in a child process", .timeLimit(.minutes(2)))
struct MCPStdioClientTests {
    private let refund: JSONValue = ["order_id": "O-1006", "amount": 500]

    /// Starts the call and returns once its bytes were handed over.
    private func begin(_ desk: Caller, _ tool: String, _ arguments: JSONValue) async throws -> Task<
        ToolOutcome, any Error
    > {
        let watched = WatchedPermit()
        let call = Task { try await desk.call(tool, arguments, permit: watched.permit) }
        await watched.handedOver()
        return call
    }

    @Test("is unknown when the process is killed before the tool did anything, and nothing happened")
    func killedBefore() async throws {
        try await Fixture.withDesk(["--delay-before", "60000"]) { client, database in
            let desk = try await Caller(client)
            let call = try await begin(desk, "issue_refund", refund)
            let victim = try #require(client.processID)
            #expect(kill(victim, SIGKILL) == 0)
            guard case .unknown(let failure) = try await call.value else {
                Issue.record("\(try await call.value)")
                return
            }
            #expect(failure.code == .connectionLost)
            #expect(failure.message.contains("was ended by signal 9"))
            try await Fixture.with(Fixture.client([Fixture.supportDesk(), "--db", database])) { other in
                let order = try await Caller(other).result("lookup_order", ["order_id": "O-1006"])
                #expect(order["refunded_cents"] == 0)
            }
        }
    }

    @Test("is unknown when the process is killed after the tool did its work, and it happened once")
    func killedAfter() async throws {
        try await Fixture.withDesk(["--delay-after", "60000"]) { client, database in
            let desk = try await Caller(client)
            let call = try await begin(desk, "issue_refund", refund)
            let key = JSONValue(try desk.invocation("issue_refund", refund).idempotencyKey)
            try await Fixture.with(Fixture.client([Fixture.supportDesk(), "--db", database])) { other in
                let witness = try await Caller(other)
                while try await witness.result("find_refund", ["key": key])["found"] != true {}
                #expect(kill(try #require(client.processID), SIGKILL) == 0)
                guard case .unknown(let failure) = try await call.value else {
                    Issue.record("\(try await call.value)")
                    return
                }
                #expect(failure.code == .connectionLost)
                #expect(try await witness.result("lookup_order", ["order_id": "O-1006"])["refunded_cents"] == 500)
                // The same key again, on whatever process: the first refund, no second one.
                _ = try await witness.result("issue_refund", refund)
                #expect(try await witness.result("lookup_order", ["order_id": "O-1006"])["refunded_cents"] == 500)
            }
        }
    }

    @Test("works again on a new process after the old one was killed")
    func restart() async throws {
        try await Fixture.withDesk { client, _ in
            let desk = try await Caller(client)
            var seen: Set<Int32> = []
            for _ in 1...4 {
                #expect(try await desk.result("lookup_order", ["order_id": "O-1001"])["total_cents"] == 4200)
                let id = try #require(client.processID)
                #expect(seen.insert(id).inserted)
                #expect(kill(id, SIGKILL) == 0)
                while client.processID == id { await Task.yield() }
            }
        }
    }

    @Test("is never sent without leave, and says so")
    func refusedPermit() async throws {
        try await Fixture.withDesk { client, _ in
            let desk = try await Caller(client)
            for refusal in [SendPermit.Refusal.halted, .leaseEnding, .cancelled] {
                let released = Mutex(0)
                let permit = SendPermit(claim: { refusal }, release: { released.withLock { $0 += 1 } })
                guard case .neverSent(let failure, false) = try await desk.call("issue_refund", refund, permit: permit)
                else {
                    Issue.record("sent")
                    return
                }
                #expect(failure.code == .permitRefused)
                #expect(released.withLock { $0 } == 0)
            }
            #expect(try await desk.result("lookup_order", ["order_id": "O-1006"])["refunded_cents"] == 0)
        }
    }

    @Test("claims and releases its permit once each")
    func permit() async throws {
        try await Fixture.withDesk { client, _ in
            let desk = try await Caller(client)
            let steps = Mutex<[String]>([])
            let permit = SendPermit(
                claim: {
                    steps.withLock { $0.append("claim") }
                    return nil
                }, release: { steps.withLock { $0.append("release") } })
            _ = try await desk.call("lookup_order", ["order_id": "O-1001"], permit: permit)
            #expect(steps.withLock { $0 } == ["claim", "release"])
        }
    }

    @Test("that gets no answer in time is unknown, and the server is told to stop")
    func timeout() async throws {
        try await Fixture.withDesk(["--delay-before", "60000"]) { client, _ in
            let desk = try await Caller(client)
            guard case .unknown(let failure) = try await desk.call("issue_refund", refund, timeout: 50) else {
                Issue.record("answered")
                return
            }
            #expect(failure.code == .timeout)
        }
    }

    @Test("that is cancelled is unknown when its bytes were handed over, and never sent before")
    func cancellation() async throws {
        try await Fixture.withDesk(["--delay-before", "60000"]) { client, _ in
            let desk = try await Caller(client)
            let call = try await begin(desk, "issue_refund", refund)
            call.cancel()
            guard case .unknown(let failure) = try await call.value else {
                Issue.record("answered")
                return
            }
            #expect(failure.code == .cancelled)

            let never = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await desk.call("issue_refund", refund, number: 2)
            }
            guard case .neverSent(let refusal, false) = try await never.value else {
                Issue.record("sent")
                return
            }
            #expect(refusal.code == .cancelled)
        }
    }

    @Test("is not sent when the definition that was judged is not the one that is offered")
    func changedDefinition() async throws {
        try await Fixture.withDesk { client, _ in
            let desk = try await Caller(client)
            let judged = try desk.invocation("lookup_order", ["order_id": "O-1001"])
            for (remoteName, description) in [("lookup_order", "other words"), ("gone", judged.tool.description)] {
                let tool = ToolDefinition(
                    name: judged.tool.name, remoteName: remoteName, provider: "desk", description: description,
                    inputSchema: judged.tool.inputSchema, outputSchema: judged.tool.outputSchema,
                    annotations: judged.tool.annotations)
                let outcome = await client.call(
                    ToolInvocation(
                        effect: judged.effect, tool: tool, arguments: judged.arguments, attempt: 1, tenant: .default,
                        principal: judged.principal, timeout: 5_000, permit: .always))
                guard case .neverSent(let failure, false) = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
                #expect(failure.code == .refused)
            }
        }
    }

    @Test("whose arguments are no JSON object is never sent")
    func badArguments() async throws {
        try await Fixture.withDesk { client, _ in
            let good = try await Caller(client).invocation("lookup_order", [:])
            for text in ["[1]", "{\n}", "{\"order_id\":\"O-1001\"},\"x\":{}"] {
                let bad = ToolInvocation(
                    effect: good.effect, tool: good.tool, arguments: Array(text.utf8), attempt: 1, tenant: .default,
                    principal: good.principal, timeout: 5_000, permit: .always)
                guard case .neverSent(let failure, isRetryable: false) = await client.call(bad) else {
                    Issue.record("sent \(text)")
                    return
                }
                #expect(failure.code == .protocolError)
            }
        }
    }

    @Test("that a stopped server does not read: what was begun is unknown, what was not is never sent")
    func unreadInput() async throws {
        let limits = MCPStdioLimits(writeDeadline: 3_000, stopGrace: 200)
        try await Fixture.withDesk(limits: limits) { client, _ in
            let desk = try await Caller(client)
            let process = try #require(client.processID)
            #expect(kill(process, SIGSTOP) == 0)
            let long = String(repeating: "x", count: 100_000)
            let outcomes = await withTaskGroup(of: ToolOutcome?.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try? await desk.call(
                            "send_email",
                            ["to": "ana@example.com", "subject": "s", "body": JSONValue(long)], number: UInt32(number))
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let unknown = outcomes.filter {
                if case .unknown(let failure)? = $0 { failure.code == .connectionLost } else { false }
            }
            let never = outcomes.filter { if case .neverSent(_, isRetryable: true)? = $0 { true } else { false } }
            #expect(unknown.count + never.count == 8)
            #expect(!unknown.isEmpty)
            #expect(!never.isEmpty)
            #expect(try await desk.result("lookup_order", ["order_id": "O-1001"])["id"] == "O-1001")
            #expect(client.processID != process)
        }
    }

    @Test("ends as unknown at shutdown, and later ones are refused")
    func shutdown() async throws {
        try await Fixture.withDesk(["--delay-before", "60000"], limits: MCPStdioLimits(stopGrace: 50)) { client, _ in
            let desk = try await Caller(client)
            let call = try await begin(desk, "issue_refund", refund)
            await client.shutdown()
            guard case .unknown(let failure) = try await call.value else {
                Issue.record("answered")
                return
            }
            #expect(failure.code == .connectionLost)
            #expect(client.processID == nil)
            guard case .neverSent(let refusal, false) = try await desk.call("lookup_order", ["order_id": "O-1001"])
            else {
                Issue.record("sent")
                return
            }
            #expect(refusal.code == .refused)
        }
    }
}
