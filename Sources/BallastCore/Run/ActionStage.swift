// What a stage of an action says, whichever stage it is.
extension ActionStage {
    /// The approval that people are asked about, or that was given and not used yet.
    package var approval: UInt32? {
        switch self {
        case .waiting(let wait), .approved(let wait): wait.approval
        case .allowed(let approval): approval
        default: nil
        }
    }

    /// What people are asked, or were asked and said yes to.
    package var wait: ApprovalWait? {
        switch self {
        case .waiting(let wait), .approved(let wait): wait
        default: nil
        }
    }

    /// An effect may start from here.
    var mayStart: Bool {
        switch self {
        case .allowed, .approved, .retrying: true
        default: false
        }
    }

    /// The attempt under way, if there is one that may have been sent.
    package var progress: EffectProgress? {
        switch self {
        case .started(let progress), .retrying(let progress, _), .foreign(let progress, _): progress
        case .inDoubt(let doubt): doubt.progress
        default: nil
        }
    }

    package var isInDoubt: Bool { if case .inDoubt = self { true } else { false } }

    /// Open, and certainly not done yet: it can be withdrawn.
    package var isUnsent: Bool {
        switch self {
        case .proposed, .allowed, .waiting, .approved, .asking: true
        case .retrying(let progress, _): !progress.mayHaveHappened
        case .started, .foreign, .inDoubt, .checking, .delegated, .closed: false
        }
    }
}
