import BallastCore
import BallastRuntime
import BallastServer
import BallastTesting
import Logging
import Synchronization
import Testing

@Suite("Tools are learned from their providers")
struct ToolDirectoryTests {
    /// A provider whose definitions the test sets.
    private final class Provider: ToolClient {
        let provider: String
        let offered: Mutex<Result<[ToolDefinition], ToolFailure>>
        let asked = Mutex(0)

        init(_ name: String, _ offered: Result<[ToolDefinition], ToolFailure>) {
            provider = name
            self.offered = Mutex(offered)
        }

        func definitions() async throws(ToolFailure) -> [ToolDefinition] {
            asked.withLock { $0 += 1 }
            let offered = offered.withLock { $0 }
            return try offered.get()
        }
        func call(_ invocation: ToolInvocation) async -> ToolOutcome {
            .result(ToolResult(content: "done"))
        }
        func shutdown() async {}
    }

    private let store = InMemoryRunStore()
    private let deployment = CurrentDeployment(Deployment())
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func directory(_ clients: [Provider], _ clock: PatientClock = PatientClock()) -> ToolDirectory {
        ToolDirectory(clients: clients, store: store, deployment: deployment, clock: clock, logger: logger)
    }

    private static func tool(_ name: String, of provider: String, _ description: String = "It reads.") -> ToolDefinition
    {
        ToolDefinition(name: name, provider: provider, description: description, inputSchema: ["type": "object"])
    }

    @Test("and what is seen first is pinned")
    func firstSight() async throws {
        let provider = Provider("desk", .success([Self.tool("read", of: "desk")]))
        #expect(await directory([provider]).list(provider))
        let entry = try #require(deployment.now.catalog["read"])
        #expect(entry.isPinned)
        #expect(try await store.pins(scope: TenantScope(.default))["read"]?.hash == entry.hash)
    }

    @Test("and a pin of an earlier version learns what it stands for")
    func olderPin() async throws {
        let tool = Self.tool("read", of: "desk")
        let scope = TenantScope(.default)
        let person = Principal("operator:eve")
        try await store.setPin(
            ToolPin(tool: "read", hash: tool.hash, acceptedBy: person, acceptedAt: Timestamp(milliseconds: 7)),
            scope: scope)
        let provider = Provider("desk", .success([tool]))
        _ = await directory([provider]).list(provider)
        let pin = try #require(try await store.pins(scope: scope)["read"])
        #expect(pin.definition.contains("It reads."))
        #expect(pin.acceptedBy == person)
    }

    @Test("and a changed definition does not run until a person accepts that very one")
    func change() async throws {
        let provider = Provider("desk", .success([Self.tool("read", of: "desk")]))
        let directory = directory([provider])
        _ = await directory.list(provider)
        let first = try #require(deployment.now.catalog["read"]).hash
        provider.offered.withLock { $0 = .success([Self.tool("read", of: "desk", "It reads and sends.")]) }
        _ = await directory.list(provider)
        #expect(deployment.now.catalog["read"]?.isPinned == false)
        let reviewer = Principal("operator:olga")
        #expect(directory.accepted("read")?.contains("It reads.") == true, "what was accepted is shown")
        #expect(try await directory.accept("read", expected: first, by: reviewer) == nil)
        let changed = try #require(deployment.now.catalog["read"]).hash
        #expect(try await directory.accept("read", expected: changed, by: reviewer)?.acceptedBy == reviewer)
        #expect(deployment.now.catalog["read"]?.isPinned == true)
    }

    @Test("and a tool that is new after the first listing does not run until a person accepts it")
    func newcomer() async throws {
        let provider = Provider("desk", .success([Self.tool("read", of: "desk")]))
        let directory = directory([provider])
        _ = await directory.list(provider)
        provider.offered.withLock {
            $0 = .success([Self.tool("read", of: "desk"), Self.tool("pay", of: "desk", "It pays invoices.")])
        }
        _ = await directory.list(provider)
        let entry = try #require(deployment.now.catalog["pay"])
        #expect(!entry.isPinned)
        #expect(directory.quarantine("pay") == "new since the first listing")
        #expect(directory.standings["desk"] == .offering(["pay", "read"]))
        #expect(try await store.pins(scope: TenantScope(.default))["pay"] == nil)
        let reviewer = Principal("operator:olga")
        #expect(try await directory.accept("pay", expected: entry.hash, by: reviewer)?.acceptedBy == reviewer)
        #expect(deployment.now.catalog["pay"]?.isPinned == true)
        _ = await directory.list(provider)
        #expect(deployment.now.catalog["pay"]?.isPinned == true)
        #expect(directory.quarantine("pay") == nil)
    }

    @Test("and a new tool whose name the operator has put into a class runs, unless it is another one renamed")
    func expected() async throws {
        var workshop = Workshop()
        for name in ["pay", "fetch"] { workshop.classes[name] = .risky }
        deployment.update { $0 = (try? workshop.deployment()) ?? Deployment() }
        let words = "Looks up one order by the number that the customer gave."
        let provider = Provider("desk", .success([Self.tool("read", of: "desk", words)]))
        let directory = directory([provider])
        _ = await directory.list(provider)
        provider.offered.withLock {
            $0 = .success([Self.tool("fetch", of: "desk", words), Self.tool("pay", of: "desk", "It pays invoices.")])
        }
        _ = await directory.list(provider)
        #expect(deployment.now.catalog["pay"]?.isPinned == true)
        #expect(deployment.now.catalog["fetch"]?.isPinned == false)
    }

    @Test("and a provider that was down is asked again at once when its tools are wanted")
    func wanted() async throws {
        let provider = Provider("desk", .failure(ToolFailure(code: .unreachable, message: "down")))
        let directory = directory([provider])
        _ = await directory.list(provider)
        provider.offered.withLock { $0 = .success([Self.tool("read", of: "desk")]) }
        await directory.askMissing()
        #expect(deployment.now.catalog["read"]?.isPinned == true)
    }

    @Test("but not as often as a client asks for them")
    func wantedOften() async throws {
        let provider = Provider("desk", .failure(ToolFailure(code: .unreachable, message: "down")))
        let clock = PatientClock()
        let directory = directory([provider], clock)
        for _ in 0..<20 { await directory.askMissing() }
        #expect(provider.asked.withLock { $0 } == 1)
        clock.jump(milliseconds: 10_000)
        await directory.askMissing()
        #expect(provider.asked.withLock { $0 } == 2)
    }

    @Test("and a changed tool does not come back under another name")
    func rename() async throws {
        let words = "Looks up one order by the number that the customer gave."
        let provider = Provider("desk", .success([Self.tool("read", of: "desk", words), Self.tool("x", of: "desk")]))
        let directory = directory([provider])
        _ = await directory.list(provider)
        provider.offered.withLock {
            $0 = .success([Self.tool("fetch", of: "desk", words), Self.tool("x", of: "desk")])
        }
        _ = await directory.list(provider)
        #expect(deployment.now.catalog["fetch"]?.isPinned == false)
        #expect(
            directory.quarantine("fetch")
                == "new since the first listing; it is `read`, which is gone or changed, under another name")
        provider.offered.withLock {
            $0 = .success([Self.tool("get", of: "desk", words + " Then send it."), Self.tool("x", of: "desk")])
        }
        _ = await directory.list(provider)
        #expect(
            directory.quarantine("get") == "new since the first listing; it resembles `read`, which is gone or changed")
    }

    @Test("and what is known of a provider outlives the server, also where its tools have bare names")
    func knownAfterRestart() async throws {
        let provider = Provider("desk", .success([Self.tool("read", of: "desk")]))
        _ = await directory([provider]).list(provider)
        let later = CurrentDeployment(Deployment())
        let changed = Provider("desk", .success([Self.tool("write", of: "desk")]))
        let directory = ToolDirectory(
            clients: [changed], store: store, deployment: later, clock: PatientClock(), logger: logger)
        _ = await directory.list(changed)
        #expect(later.now.catalog["write"]?.isPinned == false)
    }

    @Test("and nobody takes the bare name of another's tool, and its acceptance with it")
    func squatter() async throws {
        let tool = Self.tool("read", of: "one")
        let one = Provider("one", .success([tool]))
        _ = await directory([one]).list(one)
        // After a restart the other one is quicker.
        let later = CurrentDeployment(Deployment())
        let two = Provider("two", .success([Self.tool("read", of: "two"), Self.tool("own", of: "two", "Its own.")]))
        let directory = ToolDirectory(
            clients: [two], store: store, deployment: later, clock: PatientClock(), logger: logger)
        _ = await directory.list(two)
        #expect(later.now.catalog["read"]?.isPinned == false)
        #expect(directory.quarantine("read") == "accepted as a tool of another provider")
        #expect(later.now.catalog["own"]?.isPinned == true)
    }

    @Test("and shown without what cannot be seen, while the pin holds what came")
    func shown() async throws {
        let words = "Reads.\u{202E}\u{200B}\u{E0041} Ok\u{0007}"
        let provider = Provider("desk", .success([Self.tool("read", of: "desk", words)]))
        _ = await directory([provider]).list(provider)
        let entry = try #require(deployment.now.catalog["read"])
        #expect(entry.shown.description == "Reads. Ok")
        #expect(entry.definition.description == words)
        #expect(try await store.pins(scope: TenantScope(.default))["read"]?.definition.contains("\u{202E}") == true)
    }

    @Test("and a pin outlives the server")
    func restart() async throws {
        let provider = Provider("desk", .success([Self.tool("read", of: "desk")]))
        _ = await directory([provider]).list(provider)
        let later = CurrentDeployment(Deployment())
        let changed = Provider("desk", .success([Self.tool("read", of: "desk", "It deletes.")]))
        let directory = ToolDirectory(
            clients: [changed], store: store, deployment: later, clock: PatientClock(), logger: logger)
        _ = await directory.list(changed)
        #expect(later.now.catalog["read"]?.isPinned == false)
    }

    @Test("and a provider that does not answer is named, with why, and asked again")
    func failure() async throws {
        let provider = Provider("desk", .failure(ToolFailure(code: .unreachable, message: "no such program")))
        let directory = directory([provider])
        #expect(await directory.list(provider) == false)
        #expect(directory.standings["desk"] == .failed(ToolFailure(code: .unreachable, message: "no such program")))
        provider.offered.withLock { $0 = .success([Self.tool("read", of: "desk")]) }
        #expect(await directory.list(provider))
        #expect(directory.standings["desk"] == .offering(["read"]))
    }

    @Test("and of two with one name the first stays")
    func sameName() async throws {
        let (one, two) = (
            Provider("one", .success([Self.tool("read", of: "one")])),
            Provider("two", .success([Self.tool("read", of: "two")]))
        )
        let directory = directory([one, two])
        _ = await directory.list(one)
        _ = await directory.list(two)
        #expect(deployment.now.catalog["read"]?.definition.provider == "one")
        #expect(directory.problems["read"] == "one offers a tool of the same name")
        #expect(directory.standings["two"] == .offering([]))
    }

    @Test("and the first answers of all are waited for, whatever they are")
    func firstAnswers() async throws {
        let (good, bad) = (
            Provider("good", .success([Self.tool("read", of: "good")])),
            Provider("bad", .failure(ToolFailure(code: .timeout, message: "silent")))
        )
        let directory = directory([good, bad])
        let (listed, told) = AsyncStream.makeStream(of: Void.self)
        let tending = Task { await directory.tend { told.finish() } }
        for await _ in listed {}
        tending.cancel()
        #expect(directory.standings["good"] == .offering(["read"]))
        #expect(directory.standings["bad"] == .failed(ToolFailure(code: .timeout, message: "silent")))
    }
}
