import Synchronization
import Testing

@testable import BallastClients

/// Numbers that several tasks write down.
private final class Notes: Sendable {
    private let list = Mutex<[Int]>([])
    func add(_ number: Int) { list.withLock { $0.append(number) } }
    var numbers: [Int] { list.withLock { $0 } }
}

@Suite("All sleeps of a process end on one thread")
struct AlarmThreadTests {
    @Test("every sleep ends, though one that ends later was begun before it")
    func all() async throws {
        let alarms = AlarmThread()
        let woken = Notes()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in [30, 1, 20, 2, 3] {
                group.addTask {
                    try await alarms.sleep(nanoseconds: UInt64(number) * 1_000_000)
                    woken.add(number)
                }
            }
            try await group.waitForAll()
        }
        #expect(woken.numbers.sorted() == [1, 2, 3, 20, 30])
        #expect(alarms.count == 0)
    }

    @Test("a sleep that is taken back ends at once, before it begins or in its middle")
    func cancelled() async {
        let alarms = AlarmThread()
        for _ in 0..<200 {
            let sleeping = Task { try await alarms.sleep(nanoseconds: .max) }
            await Task.yield()
            sleeping.cancel()
            await #expect(throws: CancellationError.self) { try await sleeping.value }
        }
    }

    @Test("sleeps that were taken back leave little behind, and those that last are not lost with them")
    func bounded() async throws {
        let alarms = AlarmThread()
        let lasting = Task { try await alarms.sleep(nanoseconds: .max) }
        let short = Task { try await alarms.sleep(nanoseconds: 200_000_000) }
        for _ in 0..<5_000 {
            let sleeping = Task { try await alarms.sleep(nanoseconds: 3_600_000_000_000) }
            sleeping.cancel()
            _ = try? await sleeping.value
        }
        #expect(alarms.count < 400, "\(alarms.count) entries")
        try await short.value
        lasting.cancel()
        await #expect(throws: CancellationError.self) { try await lasting.value }
    }
}

@Suite("Workers run what a server does")
struct WorkerPoolTests {
    @Test("everything that tasks bring forth is done, whoever brings it forth, and nothing twice")
    func everything() async {
        let pool = WorkerPool(name: "test", threads: 2)
        let count = Notes()
        await withTaskExecutorPreference(pool) {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        await withTaskGroup(of: Void.self) { inner in
                            for _ in 0..<20 {
                                inner.addTask {
                                    await Task.yield()
                                    count.add(1)
                                }
                            }
                        }
                    }
                }
            }
        }
        #expect(count.numbers.count == 4_000)
    }

    @Test("what comes from outside is begun although every worker but one is busy for good")
    func outside() async {
        let pool = WorkerPool(name: "test", threads: 2)
        let isFree = Notes()
        let busy = Task(executorPreference: pool) { while isFree.numbers.isEmpty {} }
        let done = Task(executorPreference: pool) { isFree.add(1) }
        await done.value
        await busy.value
        #expect(isFree.numbers == [1])
    }
}
