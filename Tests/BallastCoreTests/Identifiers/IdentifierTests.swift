import BallastCore
import Testing

@Suite("Identifiers have types and show them")
struct IdentifierTests {
    @Test("an identifier's text form reads back", arguments: [0, 1, 1_763_700_000_000, (1 << 48) - 1])
    func textForm(milliseconds: Int64) throws {
        let id = RunID(at: Timestamp(milliseconds: milliseconds), random: (0xFFFF_0123, 0x4567_89AB_CDEF_0123))
        #expect(id.description.hasPrefix("run_"))
        #expect(try RunID(parsing: id.description) == id)
        #expect(RunID(bytes: id.bytes) == id)
    }

    @Test("later identifiers sort after earlier ones, as text and as bytes")
    func timeOrder() {
        let early = RunID(at: Timestamp(milliseconds: 1000), random: (.max, .max))
        let late = RunID(at: Timestamp(milliseconds: 1001), random: (0, 0))
        #expect(early < late)
        #expect(early.description < late.description)
        #expect(early.bytes.lexicographicallyPrecedes(late.bytes))
    }

    @Test("the wrong kind is named for what it is")
    func wrongKind() {
        let conversation = ConversationID(high: 1, low: 2)
        let error = #expect(throws: IDParsingError.self) { try RunID(parsing: conversation.description) }
        #expect(error?.description.contains("names a conversation; expected a run such as run_01jd…") == true)
    }

    @Test(
        "nonsense is refused",
        arguments: ["", "run_", "run_zzz", "run_u1jd0000000000000000000000", "eff_1_2", "run-01"])
    func nonsense(text: String) {
        #expect(throws: IDParsingError.self) { try RunID(parsing: text) }
        #expect(throws: IDParsingError.self) { try EffectID(parsing: text) }
    }

    @Test("an effect's identifier names its run and reads back")
    func runScoped() throws {
        let effect = EffectID(run: RunID(high: 5, low: 6), ordinal: 12)
        #expect(try EffectID(parsing: effect.description) == effect)
        #expect(effect.description.hasSuffix("_12"))
    }

    @Test(
        "a timestamp prints as RFC 3339 in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_763_700_000_123, "2025-11-21T04:40:00.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        ])
    func timestamps(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    }
}
