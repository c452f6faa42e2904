import BallastCore
import Foundation
import Testing

@Suite("Every event is stored and read back, for ever")
struct EventCodecTests {
    private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Golden")
    private static let current = golden.appending(path: "events-v7.txt")

    @Test("there is a sample of every kind of entry")
    func samplesAreComplete() {
        #expect(Set(SampleEvents.all.map(\.type)) == Set(EntryType.allCases))
    }

    @Test("an event comes back as it was", arguments: SampleEvents.all)
    func roundTrip(event: RunEvent) throws {
        let entry = EntryCodec.encode(event, sequence: 4, at: SampleEvents.moment, run: SampleEvents.run)
        #expect(try EntryCodec.decode(entry) == event)
    }

    @Test("the stored bytes and leaves are those of the newest golden file")
    func goldenFile() throws {
        let lines = SampleEvents.all.enumerated().map { index, event in
            let entry = EntryCodec.encode(
                event, sequence: Int64(index + 1), at: SampleEvents.moment, run: SampleEvents.run)
            return "\(entry.type.name) \(entry.version) \(Hex.encode(entry.payload)) \(entry.leaf)"
        }
        let text = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
            try text.write(to: EventCodecTests.current, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: EventCodecTests.current, encoding: .utf8)
        #expect(text == expected, "a released layout never changes: add a version and an upcaster instead")
    }

    @Test(
        "entries of older versions are read for ever",
        arguments: [
            "events-v1.txt", "events-v2.txt", "events-v3.txt", "events-v4.txt", "events-v5.txt", "events-v6.txt",
        ])
    func olderVersions(file: String) throws {
        let text = try String(contentsOf: EventCodecTests.golden.appending(path: file), encoding: .utf8)
        for (index, line) in text.split(separator: "\n").enumerated() {
            let parts = line.split(separator: " ")
            let type = try #require(EntryType.allCases.first { $0.name == parts[0] })
            let payload = try #require(Hex.decode(String(parts[2])))
            let entry = JournalEntry(
                sequence: Int64(index + 1), at: SampleEvents.moment, type: type,
                version: try #require(UInt8(parts[1])), payload: payload, leaf: .sha256(payload))
            #expect(try EntryCodec.decode(entry).type == type)
        }
    }

    @Test("a cut or lengthened payload is an error that says where, never a trap", arguments: SampleEvents.all)
    func damagedPayload(event: RunEvent) {
        let entry = EntryCodec.encode(event, sequence: 4, at: SampleEvents.moment, run: SampleEvents.run)
        for length in 0..<entry.payload.count {
            #expect(throws: EntryDecodingError.self) { try decode(entry, payload: Array(entry.payload.prefix(length))) }
        }
        #expect(throws: EntryDecodingError.self) { try decode(entry, payload: entry.payload + [0]) }
    }

    @Test("an entry of which a bit changed after it was written is not folded", arguments: SampleEvents.all)
    func changedLater(event: RunEvent) throws {
        let run = SampleEvents.run
        let entry = EntryCodec.encode(event, sequence: 4, at: SampleEvents.moment, run: run)
        #expect(try EntryCodec.decode(entry, of: run) == event)
        func changed(at moment: Timestamp? = nil, sequence: Int64 = 4, payload: [UInt8]? = nil) -> JournalEntry {
            JournalEntry(
                sequence: sequence, at: moment ?? entry.at, type: entry.type, version: entry.version,
                payload: payload ?? entry.payload, leaf: entry.leaf)
        }
        var others = [changed(at: entry.at.adding(milliseconds: 1)), changed(sequence: 5)]
        for index in entry.payload.indices {
            var payload = entry.payload
            payload[index] ^= 1 << UInt8(index % 8)
            others.append(changed(payload: payload))
        }
        for other in others { #expect(throws: EntryDecodingError.self) { try EntryCodec.decode(other, of: run) } }
    }

    @Test("an entry of a newer version is left to newer programs")
    func newerVersion() {
        let entry = EntryCodec.encode(SampleEvents.all[1], sequence: 4, at: SampleEvents.moment, run: SampleEvents.run)
        let newer = JournalEntry(
            sequence: 4, at: entry.at, type: entry.type, version: 99, payload: entry.payload, leaf: entry.leaf)
        #expect(throws: EntryDecodingError.self) { try EntryCodec.decode(newer) }
    }

    private func decode(_ entry: JournalEntry, payload: [UInt8]) throws {
        _ = try EntryCodec.decode(
            JournalEntry(
                sequence: entry.sequence, at: entry.at, type: entry.type, version: entry.version, payload: payload,
                leaf: entry.leaf))
    }
}
