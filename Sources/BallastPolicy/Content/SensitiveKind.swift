/// What a text may carry that not every reader should see.
package enum SensitiveKind: String, Sendable, Hashable, CaseIterable {
    /// Private keys, passwords of programs and tokens of known shapes.
    case keys
    /// Numbers of payment cards, with a right check digit.
    case cards
    /// Numbers of bank accounts (IBAN), with right check digits.
    case accounts
    /// E-mail addresses and telephone numbers; looked for only where the policy says so.
    case personal

    /// As it follows "holds": `a payment card's number`.
    package var words: String {
        switch self {
        case .keys: "a secret key"
        case .cards: "a payment card's number"
        case .accounts: "a bank account's number"
        case .personal: "an e-mail address or telephone number"
        }
    }
}
