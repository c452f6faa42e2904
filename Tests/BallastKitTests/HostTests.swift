import AsyncHTTPClient
import BallastKit
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@Suite("A host runs agents in a program of one's own")
struct HostTests {
    @Test("what waits when it is closed goes on in the next one")
    func reopening() async throws {
        let shop = Shop()
        try await Shop.withStore { store in
            let host = try await AgentHost.open(Shop.configuration, tools: [shop.tool], store: store)
            let id = try await shop.closing(host) { host in
                let run = try await host.refund()
                #expect(try await run.rest().status == .waitingApproval)
                return run.id
            }
            let next = try await AgentHost.open(Shop.configuration, tools: [shop.tool], store: store)
            try await shop.closing(next) { host in
                let run = try await host.run(id)
                let approval = try #require(try await host.pendingApprovals().first)
                try await host.approve(approval.id, by: "reviewer:fatima")
                #expect(try await run.end().status == .succeeded)
                let events = try await run.journal()
                #expect(events.map(\.sequence) == Array(1...Int64(events.count)))
                #expect(events.first?.type == "run_created" && events.last?.type == "run_finished")
            }
        }
        #expect(shop.calls.value.count == 1)
    }

    @Test("its events come as they happen, the same as the journal, and end with the run")
    func events() async throws {
        try await Shop().open { host in
            let run = try await host.refund()
            var seen: [JournalEvent] = []
            for try await event in run.events() {
                seen.append(event)
                if event.type == "approval_requested" {
                    let approval = try #require(event.document["approval_id"]?.string)
                    try await host.approve(approval, by: "reviewer:tomas")
                }
            }
            #expect(seen == (try await run.journal()))
            var rest: [JournalEvent] = []
            for try await event in run.events(after: seen[2].sequence) { rest.append(event) }
            #expect(rest == Array(seen.dropFirst(3)))
        }
    }

    @Test("a question is answered by the run's principal, and by nobody else")
    func question() async throws {
        try await Shop().open { host in
            let run = try await host.start("clerk", "where is my order", as: "customer:ana")
            #expect(try await run.rest().question?.text == "Which order do you mean?")
            await expect(.forbidden) { try await run.answer("O-1", as: "customer:bruno") }
            try await run.answer("O-1", as: "customer:ana")
            #expect(try await run.rest().outcome?.text == "Order O-1 is on its way.")
            await expect(.finished) { try await run.answer("O-2", as: "customer:ana") }
        }
    }

    @Test("only who may decides, once, and a rejection is read")
    func decisions() async throws {
        let shop = Shop()
        try await shop.open { host in
            let run = try await host.refund()
            let approval = try #require(try await run.rest().approvals.first)
            await expect(.forbidden) { try await host.approve(approval.id, by: "customer:ana") }
            await expect(.forbidden) { try await host.approve(approval.id, by: "reviewer:unknown") }
            await expect(.invalid) {
                try await host.approve(approval.id, by: "reviewer:fatima", arguments: ["amount": "much"])
            }
            try await host.reject(approval.id, by: "reviewer:fatima", reason: "never paid")
            await expect(.conflict) { try await host.approve(approval.id, by: "reviewer:tomas") }
            _ = try await run.rest()
            let journal = try await run.journal().map(\.description).joined(separator: "\n")
            #expect(journal.contains("never paid"))
        }
        #expect(shop.calls.value.isEmpty)
    }

    @Test("an edited approval is judged again and sends what was edited")
    func edited() async throws {
        let shop = Shop()
        try await shop.open { host in
            let run = try await host.refund()
            let first = try #require(try await run.rest().approvals.first)
            try await host.approve(
                first.id, by: "reviewer:fatima", arguments: ["order_id": "O-1001", "amount": 500])
            for approval in try await run.rest().approvals { try await host.approve(approval.id, by: "reviewer:tomas") }
            #expect(try await run.end().status == .succeeded)
        }
        #expect(shop.calls.value.map(\.refund.amount) == [500])
    }

    @Test("a tenant sees nothing of another")
    func tenants() async throws {
        try await Shop().open { host in
            let acme = host.tenant("acme")
            let run = try await acme.refund()
            let approval = try #require(try await run.rest().approvals.first)
            await expect(.notFound) { try await host.run(run.id) }
            await expect(.notFound) { try await host.approve(approval.id, by: "reviewer:fatima") }
            #expect(try await host.pendingApprovals().isEmpty)
            #expect(try await acme.pendingApprovals().map(\.id) == [approval.id])
        }
    }

    @Test("what cannot be done says what happened and what to do")
    func errors() async throws {
        try await Shop().open { host in
            await expect(.notFound) { try await host.start("nobody", "help", as: "customer:ana") }
            await expect(.invalid) { try await host.start("clerk", "  ", as: "customer:ana") }
            await expect(.invalid) { try await host.run("nonsense") }
            let run = try await host.refund()
            await expect(.invalid) { try await host.approve(run.id, by: "reviewer:fatima") }
            await expect(.invalid) { try await host.start("clerk", "hi", as: "customer:ana", conversation: run.id) }
        }
    }

    @Test("a store has one host at a time, and is free again once it is closed")
    func oneHost() async throws {
        try await Shop.withStore { store in
            let shop = Shop()
            let host = try await AgentHost.open(Shop.configuration, tools: [shop.tool], store: store)
            await expect(.unavailable) {
                try await AgentHost.open(Shop.configuration, tools: [shop.tool], store: store)
            }
            let run = try await host.refund()
            let following = Task { () async throws in
                for try await _ in run.events() {}
            }
            _ = try await run.rest()
            await host.close()
            await host.close()
            _ = await following.result
            await expect(.closed) { try await host.refund() }
            await expect(.closed) { try await run.standing() }
            try await AgentHost.open(Shop.configuration, tools: [shop.tool], store: store).close()
        }
    }

    @Test("a configuration that does not load is refused with the place of each fault")
    func configuration() async throws {
        var agent = Shop.clerk
        agent.policy = "classes: { dangerous: [issue_refund] }\nrules: [{ id: r, require: { approve: fynance } }]"
        agent.models = ["large"]
        let error = await expect(.configuration) {
            try await AgentHost.open(
                .agents([agent], groups: ["finance": ["reviewer:fatima"]]), tools: [Shop().tool], store: .memory)
        }
        #expect(error?.message.contains("policies/clerk.yaml:2:") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("`finance`?") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("no model `large`") == true)
    }

    @Test("a tool that nobody offers, and a model without a price, are warned of")
    func warnings() async throws {
        var agent = Shop.clerk
        agent.models = ["main"]
        let model = Model(
            "main", api: .openai, model: "m", baseURL: "https://models.example.com/v1", key: "not a real key")
        let host = try await AgentHost.open(
            .agents([agent], models: [model], groups: ["finance": ["reviewer:fatima"]]), store: .memory)
        #expect(host.warnings.contains { $0.contains("no provider offers a tool named `issue_refund`") })
        #expect(host.warnings.contains { $0.contains("the price of `m` is not known") })
        await host.close()
    }

    @Test("a folder of files opens, and native tools are found in it")
    func folder() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ballast-kit-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in [
            ("ballast.yaml", "store: memory"),
            ("people.yaml", "principals: { reviewer:fatima: {} }\ngroups: { finance: [reviewer:fatima] }"),
            (
                "agents/clerk.yaml",
                "tools: [issue_refund]\npolicy: clerk\nplaybooks: [order]\nescalation: [{ to: finance, within: 30m }]\n"
            ),
            ("policies/clerk.yaml", Shop.clerk.policy),
            ("playbooks/order.yaml", Shop.clerk.playbooks[1].text),
        ] {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let host = try await AgentHost.open(.folder(folder.path), tools: [Shop().tool])
        #expect(host.warnings == [])
        let run = try await host.start("clerk", "where is my order", as: "customer:ana")
        #expect(try await run.rest().status == .waitingInput)
        await host.close()
    }

    @Test("it serves the API with a first key, until it is closed")
    func serving() async throws {
        try await Shop().open { host in
            let api = try await host.serve(port: 0)
            let key = try #require(api.firstKey)
            let run = try await host.refund()
            _ = try await run.rest()
            var request = HTTPClientRequest(url: "\(api.address)/api/v1/runs/\(run.id)")
            request.headers.add(name: "authorization", value: "Bearer \(key)")
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            #expect(answer.status == .ok)
            let document = try JSONValue(parsing: String(buffer: try await answer.body.collect(upTo: 1 << 20)))
            #expect(document["status"]?.string == "waiting_approval")
            #expect(document == (try await run.standing().document))
            let port = try #require(Int(api.address.split(separator: ":").last ?? ""))
            await expect(.unavailable) { try await host.serve(port: port) }
            #expect(try await host.serve(port: 0).firstKey == nil)
        }
    }

    @discardableResult
    private func expect<Value>(
        _ code: AgentError.Code, _ location: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Value
    ) async -> AgentError? {
        let error = await #expect(throws: AgentError.self, sourceLocation: location) { _ = try await body() }
        #expect(error?.code == code, sourceLocation: location)
        #expect(error?.message.isEmpty == false, sourceLocation: location)
        return error
    }
}
