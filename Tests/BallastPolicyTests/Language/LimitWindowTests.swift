import BallastCore
import BallastPolicy
import Testing

@Suite("A limit's window says which counters are reserved in")
struct LimitWindowTests {
    private func moment(_ date: String, plus milliseconds: Int64) throws -> Timestamp {
        Timestamp(milliseconds: try #require(DateText.milliseconds(date))).adding(milliseconds: milliseconds)
    }

    @Test("a calendar span keeps its name from its first moment to its last, also when the clocks of the zone change")
    func clockChange() throws {
        // In Berlin the clocks went back in the night to 2026-10-25: one hour less ahead of UTC.
        let before = try moment("2026-10-24", plus: 23 * 3_600_000)
        let after = try moment("2026-10-25", plus: 22 * 3_600_000)
        let (summer, winter): (Int64, Int64) = (7_200_000, 3_600_000)
        let day = LimitWindow.day.starts(at: before, zoneOffset: summer)
        #expect(day.map(\.rfc3339) == ["2026-10-25T00:00:00.000Z"])
        #expect(LimitWindow.day.starts(at: after, zoneOffset: winter) == day)
        #expect(
            LimitWindow.month.starts(at: before, zoneOffset: summer)
                == LimitWindow.month.starts(at: after, zoneOffset: winter))
    }

    @Test("calendar spans start where the tenant's zone says")
    func calendar() throws {
        let now = try moment("2026-11-30", plus: 23 * 3_600_000 + 61_234)
        let oneHourEast: Int64 = 3_600_000
        #expect(LimitWindow.day.starts(at: now).map(\.rfc3339) == ["2026-11-30T00:00:00.000Z"])
        #expect(
            LimitWindow.day.starts(at: now, zoneOffset: oneHourEast).map(\.rfc3339) == ["2026-12-01T00:00:00.000Z"])
        #expect(
            LimitWindow.month.starts(at: now, zoneOffset: oneHourEast).map(\.rfc3339) == ["2026-12-01T00:00:00.000Z"])
        #expect(LimitWindow.month.starts(at: now).map(\.rfc3339) == ["2026-11-01T00:00:00.000Z"])
        #expect(LimitWindow.minute.starts(at: now).map(\.rfc3339) == ["2026-11-30T23:01:00.000Z"])
        #expect(LimitWindow.total.starts(at: now) == [Timestamp(milliseconds: 0)])
    }

    @Test("every rolling span lies wholly inside one of the counters that its actions reserve in", arguments: 1...40)
    func rolling(span: Int64) throws {
        let window = LimitWindow.rolling(milliseconds: span)
        for first in Int64(0)..<90 {
            let inFirst = Set(window.starts(at: Timestamp(milliseconds: first)))
            for other in first..<(first + span) {
                let inOther = Set(window.starts(at: Timestamp(milliseconds: other)))
                #expect(!inFirst.isDisjoint(with: inOther), "span \(span) from \(first) to \(other)")
            }
            // One counter holds the whole span, not only each pair.
            let all = (first..<(first + span)).map { Set(window.starts(at: Timestamp(milliseconds: $0))) }
            #expect(!all.reduce(inFirst) { $0.intersection($1) }.isEmpty)
        }
    }

    @Test("words and durations are read, others are not")
    func texts() {
        #expect(LimitWindow("hour") == .hour)
        #expect(LimitWindow("24h") == .rolling(milliseconds: 86_400_000))
        #expect(LimitWindow("week") == nil)
        #expect(LimitWindow("24h")?.description == "24h")
    }
}
