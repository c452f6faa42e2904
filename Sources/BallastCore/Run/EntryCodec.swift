import Crypto

/// Events to stored entries and back.
package enum EntryCodec {
    /// The entry that stores `event` at `sequence` of `run`.
    package static func encode(_ event: RunEvent, sequence: Int64, at: Timestamp, run: RunID) -> JournalEntry {
        var writer = EntryWriter()
        let fields = event.payload
        fields.encode(into: &writer)
        let version = Swift.type(of: fields).version
        return JournalEntry(
            sequence: sequence, at: at, type: event.type, version: version, payload: writer.bytes,
            leaf: leaf(run: run, sequence: sequence, at: at, type: event.type, version: version, payload: writer.bytes))
    }

    /// The event that `entry` stores; older layouts pass through the upcasters first.
    package static func decode(_ entry: JournalEntry) throws(EntryDecodingError) -> RunEvent {
        let current = try EntryUpcasters.upcast(entry)
        var reader = EntryReader(current.payload, type: current.type, sequence: current.sequence)
        let event = try event(of: current.type, from: &reader)
        try reader.finish()
        return event
    }

    /// The event of a stored entry, once its bytes are known to be those that were written: what is folded, and so
    /// acted on, is never something that changed on the disk.
    package static func decode(_ entry: JournalEntry, of run: RunID) throws(EntryDecodingError) -> RunEvent {
        let written = leaf(
            run: run, sequence: entry.sequence, at: entry.at, type: entry.type, version: entry.version,
            payload: entry.payload)
        guard written == entry.leaf else {
            throw EntryDecodingError(
                type: entry.type, sequence: entry.sequence, offset: 0, expected: "what its leaf hash commits to")
        }
        return try decode(entry)
    }

    /// Leaf hash of RFC 6962 section 2.1 over the entry's fixed-width header and its payload.
    package static func leaf(
        run: RunID, sequence: Int64, at: Timestamp, type: EntryType, version: UInt8, payload: [UInt8]
    ) -> Digest {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + 35)
        bytes.append(0)
        appendBigEndian(run.high, to: &bytes)
        appendBigEndian(run.low, to: &bytes)
        appendBigEndian(UInt64(bitPattern: sequence), to: &bytes)
        appendBigEndian(UInt64(bitPattern: at.milliseconds), to: &bytes)
        bytes.append(type.rawValue)
        bytes.append(version)
        bytes.append(contentsOf: payload)
        return .sha256(bytes)
    }

    private static func appendBigEndian(_ value: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    private static func event(
        of type: EntryType, from reader: inout EntryReader
    ) throws(EntryDecodingError) -> RunEvent {
        switch type {
        case .runCreated: .created(try RunCreated(from: &reader))
        case .messageAdded: .messageAdded(try MessageAdded(from: &reader))
        case .modelRequested: .modelRequested(try ModelRequested(from: &reader))
        case .modelReplied: .modelReplied(try ModelReplied(from: &reader))
        case .modelFailed: .modelFailed(try ModelFailed(from: &reader))
        case .replyRejected: .replyRejected(try ReplyRejected(from: &reader))
        case .playbookStepped: .playbookStepped(try PlaybookStepped(from: &reader))
        case .actionsProposed: .actionsProposed(try ActionsProposed(from: &reader))
        case .rollbackRequested: .rollbackRequested(try RollbackRequested(from: &reader))
        case .effectCompensated: .effectCompensated(try EffectCompensated(from: &reader))
        case .contractStated: .contractStated(try ContractStated(from: &reader))
        case .contractDrafted: .contractDrafted(try ContractDrafted(from: &reader))
        case .labelsRecalled: .labelsRecalled(try LabelsRecalled(from: &reader))
        case .actionByHand: .actedByHand(try ActionByHand(from: &reader))
        case .escalationClaimed: .escalationClaimed(try EscalationClaimed(from: &reader))
        case .escalationPassedOn: .escalationPassedOn(try EscalationPassedOn(from: &reader))
        case .endorsementGiven: .endorsementGiven(try EndorsementGiven(from: &reader))
        case .actionDecided: .actionDecided(try ActionDecided(from: &reader))
        case .actionShadowed: .actionShadowed(try ActionShadowed(from: &reader))
        case .guardChecked: .guardChecked(try GuardChecked(from: &reader))
        case .confidenceEstimated: .confidenceEstimated(try ConfidenceEstimated(from: &reader))
        case .approvalRequested: .approvalRequested(try ApprovalRequested(from: &reader))
        case .approvalResolved: .approvalResolved(try ApprovalResolved(from: &reader))
        case .effectStarted: .effectStarted(try EffectStarted(from: &reader))
        case .effectRetried: .effectRetried(try EffectRetried(from: &reader))
        case .effectSettled: .effectSettled(try EffectSettled(from: &reader))
        case .effectInDoubt: .effectInDoubt(try EffectInDoubt(from: &reader))
        case .effectVerified: .effectVerified(try EffectVerified(from: &reader))
        case .effectWithdrawn: .effectWithdrawn(try EffectWithdrawn(from: &reader))
        case .breakerChanged: .breakerChanged(try BreakerChanged(from: &reader))
        case .fallbackChosen: .fallbackChosen(try FallbackChosen(from: &reader))
        case .confusionNoticed: .confusionNoticed(try ConfusionNoticed(from: &reader))
        case .contextReset: .contextReset(try ContextReset(from: &reader))
        case .subRunStarted: .subRunStarted(try SubRunStarted(from: &reader))
        case .subRunFinished: .subRunFinished(try SubRunFinished(from: &reader))
        case .questionAsked: .questionAsked(try QuestionAsked(from: &reader))
        case .runEscalated: .escalated(try RunEscalated(from: &reader))
        case .runHandedBack: .handedBack(try RunHandedBack(from: &reader))
        case .runHalted: .halted(try RunHalted(from: &reader))
        case .runResumed: .resumed(try RunResumed(from: &reader))
        case .cancelRequested: .cancelRequested(try CancelRequested(from: &reader))
        case .runClaimed: .claimed(try RunClaimed(from: &reader))
        case .runFinished: .finished(try RunFinished(from: &reader))
        }
    }
}

/// Turns every layout that was ever released into the current one. A released layout is read for ever.
enum EntryUpcasters {
    /// The highest version of any entry this program writes; a run with a newer entry is left to newer programs.
    static let newest: UInt8 = 2

    static func upcast(_ entry: JournalEntry) throws(EntryDecodingError) -> JournalEntry {
        guard entry.version <= newest, entry.version > 0 else {
            throw EntryDecodingError(
                type: entry.type, sequence: entry.sequence, offset: 0,
                expected: "version \(newest) or older, found version \(entry.version) (written by a newer Ballast)")
        }
        switch (entry.type, entry.version) {
        // Version 2 says what the principal was told; version 1 told nothing.
        case (.runHalted, 1): return entry.upcast(to: 2, appending: [0])
        // The same of a run that a person was given.
        case (.runEscalated, 1): return entry.upcast(to: 2, appending: [0])
        // Version 2 names what the effect holds of limits; version 1 had used it up when it was allowed.
        case (.effectStarted, 1): return entry.upcast(to: 2, appending: [0])
        // Version 2 says how many conditions are looked at before the action is over; version 1 had none.
        case (.effectSettled, 1): return entry.upcast(to: 2, appending: [0])
        default: return entry
        }
    }
}

extension JournalEntry {
    /// The same entry in a newer layout. It keeps its leaf, which commits to what was written.
    fileprivate func upcast(to version: UInt8, appending bytes: [UInt8]) -> JournalEntry {
        JournalEntry(
            sequence: sequence, at: at, type: type, version: version, payload: payload + bytes, leaf: leaf)
    }
}
