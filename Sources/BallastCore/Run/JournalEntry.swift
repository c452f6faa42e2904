/// One line of a run's journal as it is stored: small, typed, versioned, with its audit leaf.
package struct JournalEntry: Sendable, Hashable {
    /// Position in the run, from 1 on, without gaps.
    package let sequence: Int64
    package let at: Timestamp
    package let type: EntryType
    /// Version of the payload's layout; see `EntryUpcasters`.
    package let version: UInt8
    package let payload: [UInt8]
    /// RFC 6962 leaf hash over run, sequence, time, type, version and payload.
    package let leaf: Digest

    package init(sequence: Int64, at: Timestamp, type: EntryType, version: UInt8, payload: [UInt8], leaf: Digest) {
        self.sequence = sequence
        self.at = at
        self.type = type
        self.version = version
        self.payload = payload
        self.leaf = leaf
    }
}
