import BallastCore
import BallastRuntime
import Testing

@Suite("Going round in circles is noticed soon, and work is left alone (R50)")
struct ConfusionRateTests {
    @Test("at least 95 of 100 of 200 loops are noticed within five repeats")
    func loops() {
        var soon = 0
        var late: [String: Int] = [:]
        var repeats: [Int: Int] = [:]
        for index in 0..<200 {
            let trace = LoopTraces.trace(index)
            guard let loop = trace.loop, let alarm = trace.alarm() else {
                late["never: \(trace.kind)", default: 0] += 1
                continue
            }
            let walked = max(0, (alarm.entry - loop.start) / max(1, loop.period))
            repeats[walked, default: 0] += 1
            if walked <= 5 { soon += 1 } else { late["\(walked): \(trace.kind)", default: 0] += 1 }
            if alarm.entry < loop.start { late["before it began: \(trace.kind) \(alarm.confusion)", default: 0] += 1 }
        }
        print(
            "200 loops: \(soon) noticed within five repeats;",
            repeats.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))
        if !late.isEmpty { print("  not so:", late.sorted { $0.key < $1.key }) }
        #expect(soon >= 190)
    }

    @Test("at most one of 100 of 500 good runs is taken for one")
    func goodRuns() {
        var alarms: [String: Int] = [:]
        for index in 0..<500 {
            let trace = GoodTraces.trace(index)
            if let alarm = trace.alarm() { alarms["\(trace.kind): \(alarm.confusion.kind.name)", default: 0] += 1 }
        }
        let count = alarms.values.reduce(0, +)
        print("500 good runs: \(count) false alarms", alarms)
        #expect(count <= 5)
    }
}
