import BallastCore
import BallastRuntime
import BallastServer
import BallastTesting
import Testing

@Suite("The text of a key")
struct APIKeyTests {
    private let key = APIKey(id: KeyID(high: 1, low: 2), random: Array(0..<32))

    @Test("has the prefix that leak scanners look for, its id, a secret of 43 digits and a check")
    func form() {
        let parts = key.text.split(separator: "_")
        #expect(parts.prefix(2) == ["blst", "live"])
        #expect(parts[2] == key.id.description.dropFirst(4))
        #expect(parts[3].count == 43)
        #expect(parts[4].count == 6)
    }

    @Test("is read back as the same key")
    func roundTrip() throws {
        #expect(APIKey(parsing: key.text) == key)
        let zero = APIKey(id: KeyID(high: 0, low: 0), random: Array(repeating: 0, count: 32))
        #expect(APIKey(parsing: zero.text) == zero)
    }

    @Test("is refused when any one character is another")
    func mistyped() {
        let text = Array(key.text)
        for index in text.indices {
            var wrong = text
            wrong[index] = wrong[index] == "x" ? "y" : "x"
            #expect(APIKey(parsing: String(wrong)) == nil)
        }
    }

    @Test("is refused when it is something else", arguments: ["", "blst_live", "sk-abc", "blst_live_a_b_c", "_____"])
    func foreign(text: String) {
        #expect(APIKey(parsing: text) == nil)
    }

    @Test("differs for different randomness, and so does what is stored of it")
    func different() {
        let other = APIKey(id: key.id, random: Array(1..<33))
        #expect(other.text != key.text)
        #expect(other.secretHash != key.secretHash)
    }

    @Test("of the first operator is made once and never stored")
    func first() async throws {
        let store = InMemoryRunStore()
        let registry = KeyRegistry(store: store, clock: PatientClock(), random: SeededRandom(seed: 1))
        try await registry.load()
        let text = try #require(try await registry.makeFirstKey())
        #expect(try await registry.makeFirstKey() == nil)
        let record = try #require(try await store.apiKeys().first)
        #expect(record.secretHash == APIKey(parsing: text)?.secretHash)
        let again = KeyRegistry(store: store, clock: PatientClock(), random: SeededRandom(seed: 1))
        try await again.load()
        #expect(try await again.makeFirstKey() == nil)
    }
}
