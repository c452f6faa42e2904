import BallastCore
import BallastRuntime
import BallastStore
import Foundation

/// One measured round of W1: so many runs at once for so long, over a fresh store.
struct W1Measurement {
    let store: String
    let mode: String
    let concurrency: Int
    let seconds: Double
    var hasLedger = true

    func run() async throws {
        let (opened, path) = try await open()
        let w1 = try W1(store: opened, durability: mode == "strict" ? .strict : .byNeed, hasLedger: hasLedger)
        _ = try await w1.run()
        let bytesBefore = path.map(size) ?? 0
        let (cpu, start) = (ProcessFigures.cpu, ContinuousClock.now)
        let times = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for _ in 0..<concurrency {
                group.addTask { try await loop(w1, until: start + .seconds(seconds)) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let wall = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000
        let used = ProcessFigures.cpu - cpu
        await opened.close()
        report(times.sorted(), wall: wall, cpu: used, bytes: (path.map(size) ?? 0) - bytesBefore)
    }

    private func loop(_ w1: W1, until end: ContinuousClock.Instant) async throws -> [Duration] {
        var times: [Duration] = []
        while ContinuousClock.now < end {
            let start = ContinuousClock.now
            _ = try await w1.run()
            times.append(ContinuousClock.now - start)
        }
        return times
    }

    private func open() async throws -> (any RunStore, String?) {
        guard store.hasPrefix("sqlite:") else { return (InMemoryRunStore(), nil) }
        let folder = String(store.dropFirst(7))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/w1-\(mode)-\(concurrency).db"
        for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        return (try await SQLiteRunStore.open(path: path), path)
    }

    private func size(_ path: String) -> Int {
        ["", "-wal"].reduce(0) { total, suffix in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
            return total + ((attributes?[.size] as? Int) ?? 0)
        }
    }

    private func report(_ times: [Duration], wall: Double, cpu: Double, bytes: Int) {
        let runs = times.count
        guard runs > 0 else { return print("W1 system=ballast no run ended") }
        let steps = Double(runs * W1.steps)
        func milliseconds(_ share: Double) -> String {
            String(format: "%.3f", times[min(runs - 1, Int(Double(runs) * share))] / .milliseconds(1))
        }
        let kind = store.hasPrefix("sqlite") ? "sqlite" : "memory"
        let head = "W1 system=ballast-\(mode)\(hasLedger ? "" : "-no-ledger") store=\(kind) c\(concurrency)"
        print("\(head)_durable_steps_per_s=\(String(format: "%.0f", steps / wall)) unit=1/s")
        print("\(head)_run_p50=\(milliseconds(0.5)) unit=ms")
        print("\(head)_run_p99=\(milliseconds(0.99)) unit=ms")
        print("\(head)_cpu_per_step=\(String(format: "%.4f", cpu / steps * 1000)) unit=ms")
        print("\(head)_peak_rss=\(ProcessFigures.peakMemory) unit=MiB")
        if bytes > 0 { print("\(head)_store_bytes_per_run=\(bytes / runs) unit=B") }
    }
}

/// What the operating system says of this process.
enum ProcessFigures {
    /// Seconds of user and system time so far.
    static var cpu: Double {
        let usage = usage
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1_000_000
    }
    /// Mebibytes.
    static var peakMemory: Int { usage.ru_maxrss / 1024 }

    private static var usage: rusage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage
    }
}
