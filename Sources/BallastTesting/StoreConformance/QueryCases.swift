import BallastCore
import BallastRuntime

extension RunStoreConformance {
    static let bodyCases: [Case] = [
        Case(on: "a body is stored once under its name and read back as it was") { store in
            let (first, second) = (RunFixture(1), RunFixture(2))
            let (text, empty) = (first.body("the same words"), first.body(""))
            for fixture in [first, second] {
                var fixture = fixture
                var batch = fixture.batch()
                batch.bodies = [text, empty, text]
                try expect(await store.append(batch), .applied, "stored")
            }
            let unknown = second.body("never stored").name
            let found = try await store.bodies([text.name, unknown, empty.name], scope: first.scope)
            try expect(found, [text.name: text.sealed, empty.name: empty.sealed], "the two, and not the unknown one")
            try expect(await store.bodies([], scope: first.scope), [:], "no names, no bodies")
        },
        Case(on: "a body of a megabyte comes back whole") { store in
            var fixture = RunFixture()
            let bytes = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            let body = SealedBody(name: .sha256(bytes), sealed: SealedBytes(keyID: .max, bytes: bytes))
            var batch = fixture.batch()
            batch.bodies = [body]
            try expect(await store.append(batch), .applied, "stored")
            try expect(await store.bodies([body.name], scope: fixture.scope), [body.name: body.sealed], "whole")
        },
    ]

    static let queryCases: [Case] = [
        Case(on: "runs are listed newest first, by status, agent, principal and conversation, page by page") { store in
            var headers: [RunHeader] = []
            for number in UInt64(1)...6 {
                var fixture = RunFixture(number, status: number.isMultiple(of: 2) ? .succeeded : .running)
                if number > 4 { fixture.header.agent = "mailer" }
                if number == 3 { fixture.header.principal = Principal("customer:bruno") }
                try await fixture.create(in: store)
                headers.insert(fixture.header, at: 0)
            }
            let scope = RunFixture().scope
            func list(_ filter: RunFilter, limit: Int = 9, before: RunID? = nil) async throws -> [RunHeader] {
                try await store.headers(matching: filter, limit: limit, before: before, scope: scope)
            }
            try expect(await list(RunFilter()), headers, "all")
            let page = try await list(RunFilter(), limit: 2)
            try expect(page, Array(headers.prefix(2)), "the first page")
            try expect(await list(RunFilter(), limit: 2, before: page[1].run), Array(headers[2..<4]), "the second")
            let done = headers.filter { $0.status == .succeeded }
            try expect(await list(RunFilter(statuses: [.succeeded])), done, "by status")
            try expect(await list(RunFilter(statuses: [.succeeded, .running])), headers, "by two statuses")
            try expect(await list(RunFilter(agent: "mailer")), Array(headers.prefix(2)), "by agent")
            let bruno = RunFilter(principal: Principal("customer:bruno"))
            try expect(await list(bruno), [headers[3]], "by principal")
            try expect(await list(RunFilter(conversation: headers[0].conversation)), [headers[0]], "by conversation")
            let both = RunFilter(statuses: [.running], agent: "mailer")
            try expect(await list(both), [headers[1]], "by both")
        },
        Case(on: "runs of a status are found over all tenants, oldest first") { store in
            for (number, tenant) in [(UInt64(2), "acme"), (1, "rival"), (3, "acme")] {
                var fixture = RunFixture(number, tenant: tenant, status: number == 3 ? .failed : .halted)
                try await fixture.create(in: store)
            }
            let halted = [RunFixture(1).run, RunFixture(2).run]
            try expect(await store.runs(in: .halted, limit: 9), halted, "halted")
            try expect(await store.runs(in: .halted, limit: 1), Array(halted.prefix(1)), "at most one")
            try expect(await store.runs(in: .failed, limit: 9), [RunFixture(3).run], "finished ones too")
            try expect(await store.runs(in: .queued, limit: 9), [], "none")
        },
        Case(on: "accepted definitions of tools are kept by name") { store in
            let scope = RunFixture().scope
            let pins = ["a", "b", "a"].enumerated().map { index, tool in
                ToolPin(
                    tool: tool, hash: .sha256([UInt8(index)]), acceptedBy: Principal("op"),
                    acceptedAt: .at(Int64(index)), definition: "{\"name\":\"\(index)\"}")
            }
            for pin in pins { try await store.setPin(pin, scope: scope) }
            try expect(await store.pins(scope: scope), ["a": pins[2], "b": pins[1]], "the last of each")
        },
    ]

    static let isolationCases: [Case] = [
        Case(on: "no query of one tenant shows anything of another") { store in
            var fixture = RunFixture(1, tenant: "acme", status: .waitingInput)
            let item = fixture.item(1, key: "words")
            let body = fixture.body("secret")
            try await fixture.create(in: store)
            var batch = fixture.batch()
            batch.ledger = [fixture.effect(1, .inDoubt)]
            batch.approvals = [fixture.approval(1)]
            batch.bodies = [body]
            batch.limits = [LimitChange(key: LimitKey(name: "n"), kind: .reserve(amount: 5, cap: 9))]
            try expect(await store.append(batch), .applied, "acme has one of each")
            _ = try await store.deliver(item, scope: fixture.scope)
            _ = try await store.addDataKey(WrappedKey(id: 1, sealed: [1], createdAt: .at(1)), scope: fixture.scope)
            var rival = RunFixture(2, tenant: "rival")
            try await rival.create(in: store)
            let (other, run) = (rival.scope, fixture.run)
            try expect(await store.header(of: run, scope: other), nil, "header")
            let headers = try await store.headers(matching: RunFilter(), limit: 9, before: nil, scope: other)
            try expect(headers.map(\.run), [rival.run], "headers")
            let statuses = RunFilter(statuses: [.waitingInput])
            try expect(await store.headers(matching: statuses, limit: 9, before: nil, scope: other), [], "by status")
            try expect(await store.entries(of: run, after: 0, limit: 9, scope: other), [], "entries")
            try expect(await store.bodies([body.name], scope: other), [:], "bodies")
            try expect(await store.inbox(of: run, limit: 9, scope: other), [], "inbox")
            try expect(await store.effects(matching: EffectFilter(), limit: 9, scope: other), [], "effects")
            let byID = EffectFilter(id: fixture.effect(1, .inDoubt).id)
            try expect(await store.effects(matching: byID, limit: 9, scope: other), [], "effects by id")
            let open = EffectFilter(states: [.inDoubt])
            try expect(await store.effects(matching: open, limit: 9, scope: other), [], "effects by state")
            let byRun = EffectFilter(run: run)
            try expect(await store.effects(matching: byRun, limit: 9, scope: other), [], "effects by run")
            let equal = fixture.effect(2, .started)
            try expect(await store.standingEffect(against: equal, scope: other), nil, "standing effect")
            try expect(await store.approvals(status: nil, limit: 9, scope: other), [], "approvals")
            try expect(await store.approvals(status: .pending, limit: 9, scope: other), [], "approvals by status")
            try expect(await store.approval(fixture.approval(1).id, scope: other), nil, "approval")
            let balance = try await store.balance(of: LimitKey(name: "n"), scope: other)
            try expect(balance, LimitBalance(used: 0, reserved: 0), "limits")
            try expect(await store.activeRun(of: fixture.header.conversation, scope: other), nil, "conversations")
            try expect(await store.dataKeys(scope: other), [], "data keys")
            try await store.setPin(
                ToolPin(tool: "t", hash: .sha256([1]), acceptedBy: .ballast, acceptedAt: .at(1)), scope: fixture.scope)
            try expect(await store.pins(scope: other), [:], "pins")
        },
        Case(on: "no write of one tenant touches another's run") { store in
            var fixture = RunFixture(1, tenant: "acme", status: .waitingInput)
            try await fixture.create(in: store)
            var thief = RunFixture(1, tenant: "rival", status: .waitingInput)
            let creation = thief.batch()
            try expect(await store.append(creation), .refused(.runExists), "the id is taken")
            try expect(await store.append(thief.batch()), .refused(.unknownRun), "there is no such run for it")
            let item = fixture.item(1, key: "x")
            try expect(await store.deliver(item, scope: thief.scope), .unknownRun, "nor an inbox")
            try expect(await store.append(fixture.batch()), .applied, "the owner goes on")
        },
        Case(on: "the same body and conversation in two tenants are two") { store in
            var (ours, theirs) = (RunFixture(1, conversation: 5), RunFixture(2, tenant: "rival", conversation: 5))
            let body = ours.body("the same words", keyID: 1)
            let other = SealedBody(name: body.name, sealed: SealedBytes(keyID: 2, bytes: body.sealed.bytes))
            var batches = [ours.batch(), theirs.batch()]
            batches[0].bodies = [body]
            batches[1].bodies = [other]
            for batch in batches { try expect(await store.append(batch), .applied, "both are created") }
            let (mine, its) = (ours.scope, theirs.scope)
            try expect(await store.bodies([body.name], scope: mine)[body.name]?.keyID, 1, "ours")
            try expect(await store.bodies([body.name], scope: its)[body.name]?.keyID, 2, "theirs")
            try expect(await store.activeRun(of: ours.header.conversation, scope: its), theirs.run, "their run")
        },
    ]
}
