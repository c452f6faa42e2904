package import BallastCore
import Crypto

/// Seals and opens the content of one tenant.
///
/// Encryption is deterministic per tenant key: the nonce is an HMAC of the plaintext, so equal content gives equal
/// ciphertext, is stored once, and its name (SHA-256 of the ciphertext) reveals nothing without the key. The nonce
/// repeats only for equal plaintext, which is what AES-GCM requires (as in synthetic-IV modes, RFC 5297 section 1).
package struct BodyVault: Sendable {
    private let keyID: UInt32
    var currentKeyID: UInt32 { keyID }
    private let contentKey: SymmetricKey
    /// Keyed once; each use starts from a copy.
    private let nonceMAC: HMAC<SHA256>
    private let actionMAC: HMAC<SHA256>
    private let markMAC: HMAC<SHA256>

    /// Bodies up to this many bytes are stored inside the entry: a reference and a row would take more.
    package static let inlineLimit = 96

    /// `key` is the tenant's data key, 32 bytes.
    package init(keyID: UInt32, key: [UInt8]) {
        let root = SymmetricKey(data: key)
        func derive(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: root, info: Array("ballast.\(purpose).v1".utf8), outputByteCount: 32)
        }
        self.keyID = keyID
        contentKey = derive("content")
        nonceMAC = HMAC(key: derive("nonce"))
        actionMAC = HMAC(key: derive("action"))
        markMAC = HMAC(key: derive("written"))
    }

    /// The reference to put into an entry, and the body to store beside it unless it went inline.
    package func seal(_ plaintext: [UInt8]) -> (reference: BodyReference, stored: SealedBody?) {
        let sealed = SealedBytes(keyID: keyID, bytes: encrypt(plaintext))
        guard plaintext.count > BodyVault.inlineLimit else { return (.inline(sealed), nil) }
        let name = Digest.sha256(sealed.bytes)
        return (.stored(name: name, size: plaintext.count), SealedBody(name: name, sealed: sealed))
    }

    /// The content, or nil when it was sealed under another key or altered.
    package func open(_ sealed: SealedBytes) -> [UInt8]? {
        guard sealed.keyID == keyID, let box = try? AES.GCM.SealedBox(combined: sealed.bytes),
            let plaintext = try? AES.GCM.open(box, using: contentKey)
        else { return nil }
        return [UInt8](plaintext)
    }

    /// A keyed digest (16 bytes) of what makes an action the same in the real world.
    package func actionDigest(tool: String, key: [UInt8]) -> [UInt8] {
        var mac = actionMAC
        mac.update(data: Array(tool.utf8))
        mac.update(data: [0])
        mac.update(data: key)
        return Array(mac.finalize().prefix(16))
    }

    /// A keyed digest (16 bytes) of a text that was written, or of a record's kind and id.
    package func markKey(_ parts: String...) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in parts {
            withUnsafeBytes(of: UInt64(part.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: part.utf8)
        }
        var mac = markMAC
        mac.update(data: bytes)
        return Array(mac.finalize().prefix(16))
    }

    private func encrypt(_ plaintext: [UInt8]) -> [UInt8] {
        var mac = nonceMAC
        mac.update(data: plaintext)
        guard let nonce = try? AES.GCM.Nonce(data: Array(mac.finalize().prefix(12))),
            let box = try? AES.GCM.seal(plaintext, using: contentKey, nonce: nonce), let combined = box.combined
        else { return [] }
        return [UInt8](combined)
    }
}
