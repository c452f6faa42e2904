import BallastCore
import Crypto

/// The place where a list goes on: a position, signed together with the list and its filters.
///
/// A cursor of one list is refused by another, so filters cannot change between pages.
struct PageCursor: Sendable {
    static let defaultLimit = 50
    static let longestPage = 200

    private let key: SymmetricKey
    private let list: [UInt8]

    /// `list` names the list, its tenant and every filter that is in force.
    init(secret: SymmetricKey, list: [String]) {
        key = secret
        self.list = Digest.lengthPrefixed(domain: "ballast.cursor.v1", list.map { Array($0.utf8) }).bytes
    }

    /// The cursor of the page after `position`.
    func encode(_ position: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: list + Array(position.utf8), using: key)
        return Hex.encode(Array(code) + Array(position.utf8))
    }

    /// The position in a cursor that was made for this list.
    func decode(_ cursor: String) throws(Problem) -> String {
        let bytes = Hex.decode(cursor) ?? []
        let (code, position) = (Array(bytes.prefix(32)), Array(bytes.dropFirst(32)))
        guard bytes.count > 32,
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: list + position, using: key),
            let text = String(validating: position, as: UTF8.self)
        else {
            throw .invalid("cursor", "the cursor is not one that this list gave; start without it")
        }
        return text
    }
}
