import BallastTesting
import Testing

@Suite("Every store keeps the contract of RunStore")
struct ConformanceTests {
    @Test("in memory", arguments: RunStoreConformance.cases)
    func inMemory(rule: RunStoreConformance.Case) async throws { try await rule.run(.inMemory) }

    @Test("on SQLite", arguments: RunStoreConformance.cases)
    func sqlite(rule: RunStoreConformance.Case) async throws {
        try await TemporaryFolder.with { folder in try await rule.run(.sqlite(in: folder)) }
    }
}
