import BallastCore
import BallastPolicy
import BallastRuntime

/// The keys to the content of an archive, by tenant, each unwrapped once.
struct ArchiveVaults {
    private let archive: any JournalArchive
    private let masterKey: [UInt8]
    private var vaults: [TenantID: BodyVault?] = [:]

    init(archive: any JournalArchive, masterKey: [UInt8]) {
        self.archive = archive
        self.masterKey = masterKey
    }

    /// nil for a tenant without a key that can be opened: its content is gone.
    mutating func vault(of tenant: TenantID) -> BodyVault? {
        if let known = vaults[tenant] { return known }
        let keys = (try? archive.dataKeys(of: tenant)) ?? []
        let vault = (try? Keyring.vault(of: tenant, keys: keys, master: masterKey)) ?? nil
        vaults[tenant] = .some(vault)
        return vault
    }
}

extension BodyVault {
    /// The plaintext of a body that stands in its entry or among those that were read.
    func content(of body: BodyReference, bodies: [Digest: SealedBytes]) -> [UInt8]? {
        switch body {
        case .inline(let sealed): open(sealed)
        case .stored(let name, _): bodies[name].flatMap { open($0) }
        }
    }
}

extension RecordedDecision {
    /// What must be opened to decide again under this policy.
    func bodies(for policy: Policy?) -> [BodyReference] {
        var bodies = [proposal.arguments] + checks.flatMap { [$0.arguments, $0.result] }
        bodies += contracts.map(\.contract)
        if !endorsements.isEmpty {
            bodies += endorsements.map(\.given.items)
            // Which answers an endorsed source is about stands in what was endorsed.
            let isOfSource = endorsements.contains { $0.given.scope == .source }
            for act in evidence.acts where isOfSource && act.isDone && !act.isError {
                bodies += [act.result, act.recalled].compactMap(\.self)
            }
        }
        if let policy, policy.asksForEvidence(of: proposal.tool) {
            bodies += evidence.words
            if policy.asksForRecords(of: proposal.tool) {
                for act in evidence.acts where policy.isObserved(act.tool) {
                    bodies.append(act.arguments)
                    if let result = act.result { bodies.append(result) }
                    if let recalled = act.recalled { bodies.append(recalled) }
                }
            }
            for tool in policy.groundingTools(of: proposal.tool) {
                bodies += (evidence.answers[tool] ?? []).flatMap(\.bodies)
            }
        }
        return bodies
    }
}
