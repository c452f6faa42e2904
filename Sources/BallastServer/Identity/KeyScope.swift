/// What a key may do.
package enum KeyScope: String, Sendable, Hashable, CaseIterable {
    /// Start runs, speak to them and read them.
    case run
    /// Name another principal than the key's own.
    case actOnBehalfOf = "act:on-behalf-of"
    /// Vouch that words are the principal's own.
    case taskAssert = "task:assert"
    /// Decide as a reviewer, and take runs over.
    case approve
    /// Let an elicitation satisfy an approval.
    case approveElicit = "approve:elicit"
    case halt
    /// Say what became of an effect in doubt.
    case settle
    case rollback
    /// Accept tool definitions and change policies.
    case policy
    /// Read everything of the tenant.
    case audit
    /// Make and revoke keys.
    case admin

    /// Scopes of the operator's side: they see the tenant's runs, whoever the principal is.
    static let operatorSide: Set<KeyScope> = [
        .actOnBehalfOf, .approve, .halt, .settle, .rollback, .policy, .audit, .admin,
    ]
}
