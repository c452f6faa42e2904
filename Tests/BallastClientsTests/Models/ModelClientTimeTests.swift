import BallastClients
import BallastRuntime
import Testing

@Suite("A model call ends in time, and its connection with it")
struct ModelClientTimeTests {
    private static func call(_ fixture: ModelClientFixture, _ origin: String) -> Task<
        ModelClientFixture.Outcome?, Never
    > {
        Task { try? await fixture.openAI(origin) }
    }

    @Test("when no answer begins")
    func noAnswer() async throws {
        let (clock, arrived, closed) = (ManualClock(), Signal(), Signal())
        try await ModelClientFixture.run(ModelClientFixture(clock: clock)) { _, connection in
            arrived.fire()
            try await connection.waitForClose()
            closed.fire()
        } body: { fixture, server in
            let call = Self.call(fixture, server.origin)
            await arrived.wait()
            let outcome = await clock.runOut(call)
            #expect(outcome?.failure?.code == .timeout)
            #expect(outcome?.failure?.isRetryable == true)
            #expect(outcome?.failure?.message.contains("90000 ms") == true)
            await closed.wait()
        }
    }

    @Test("when an answer that has begun pauses too long")
    func pause() async throws {
        let (clock, begun, closed) = (ManualClock(), Signal(), Signal())
        try await ModelClientFixture.run(ModelClientFixture(clock: clock)) { _, connection in
            try await connection.beginChunks()
            try await connection.chunk("data: \(ModelClientFixture.openAIChunks[0])\n\n")
            begun.fire()
            try await connection.waitForClose()
            closed.fire()
        } body: { fixture, server in
            let call = Self.call(fixture, server.origin)
            await begun.wait()
            let outcome = await clock.runOut(call)
            #expect(outcome?.failure?.code == .timeout)
            await closed.wait()
        }
    }

    @Test("successfully when the reply is complete but the server keeps the stream open")
    func lingering() async throws {
        let clock = ManualClock()
        // So far away that only the grace after the end can end the call soon.
        let never: Int64 = 200_000_000
        try await ModelClientFixture.run(
            ModelClientFixture(clock: clock, timeout: never, idleTimeout: never)
        ) { _, connection in
            try await connection.beginChunks()
            try await connection.chunk(ModelClientFixture.openAIChunks.map { "data: \($0)\n\n" }.joined())
            try await connection.waitForClose()
        } body: { fixture, server in
            let call = Self.call(fixture, server.origin)
            await fixture.shown.wait()
            let outcome = await clock.runOut(call)
            #expect(clock.monotonic < never)
            #expect(outcome?.reply == ModelClientFixture.openAIReply)
        }
    }

    @Test("when it is cancelled, before and within the answer", arguments: [false, true])
    func cancelled(hasBegun: Bool) async throws {
        let (arrived, closed) = (Signal(), Signal())
        try await ModelClientFixture.run { _, connection in
            if hasBegun {
                try await connection.beginChunks()
                try await connection.chunk("data: \(ModelClientFixture.openAIChunks[0])\n\n")
            }
            arrived.fire()
            try await connection.waitForClose()
            closed.fire()
        } body: { fixture, server in
            let call = Self.call(fixture, server.origin)
            await arrived.wait()
            call.cancel()
            #expect(await call.value?.failure?.code == .cancelled)
            await closed.wait()
        }
    }

    @Test("at once when it is cancelled before it starts")
    func cancelledEarly() async throws {
        try await ModelClientFixture.run { _, connection in
            try await connection.waitForClose()
        } body: { fixture, server in
            let (gate, origin) = (Signal(), server.origin)
            let call = Task {
                await gate.wait()
                return try? await fixture.openAI(origin)
            }
            call.cancel()
            gate.fire()
            #expect(await call.value?.failure?.code == .cancelled)
        }
    }
}
