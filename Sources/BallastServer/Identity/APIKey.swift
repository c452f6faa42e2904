package import BallastCore

/// The text of a key: `blst_live_<key id>_<secret>_<check>`.
///
/// Scanners of leaked secrets can match the prefix and confirm the check, which is a CRC-32 in base 62. Only a hash
/// of the secret is ever stored; it needs no slow derivation because the secret is 256 random bits.
package struct APIKey: Sendable, Hashable {
    package let id: KeyID
    private let secret: String

    private static let prefix = "blst_live_"
    private static let secretLength = 43
    private static let checkLength = 6

    /// Makes a key from 32 random bytes.
    package init(id: KeyID, random: [UInt8]) {
        self.id = id
        secret = Base62.encode(random, length: APIKey.secretLength)
    }

    /// Takes a presented text apart; nil for anything that cannot be a key.
    package init?(parsing text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard text.utf8.count <= 128, parts.count == 5, parts[0] == "blst", parts[1] == "live",
            let id = try? KeyID(parsing: "key_" + parts[2]), parts[3].utf8.count == APIKey.secretLength
        else { return nil }
        self.id = id
        secret = String(parts[3])
        guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
    }

    package var text: String {
        let body = APIKey.prefix + String(id.description.dropFirst("key_".count)) + "_" + secret
        let check = CRC32.of(Array(body.utf8))
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: check >> (24 - 8 * UInt32($0))) }
        return body + "_" + Base62.encode(bytes, length: APIKey.checkLength)
    }

    /// What is stored in place of the secret.
    package var secretHash: Digest { .lengthPrefixed(domain: "ballast.api-key.v1", [Array(secret.utf8)]) }
}

/// Digits 0-9A-Za-z over a big-endian number.
enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// The number in `bytes`, as exactly `length` digits; the caller chooses a length that can hold it.
    static func encode(_ bytes: [UInt8], length: Int) -> String {
        var number = bytes
        var digits = [UInt8](repeating: alphabet[0], count: length)
        for place in stride(from: length - 1, through: 0, by: -1) {
            var remainder = 0
            for index in number.indices {
                let value = remainder << 8 | Int(number[index])
                number[index] = UInt8(truncatingIfNeeded: value / 62)
                remainder = value % 62
            }
            digits[place] = alphabet[remainder]
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

/// CRC-32 of ISO 3309, as in zlib; bit by bit, since keys are short.
enum CRC32 {
    static func of(_ bytes: [UInt8]) -> UInt32 {
        var register: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
        }
        return register ^ 0xFFFF_FFFF
    }
}

extension Digest {
    /// Equality that takes the same time wherever the values differ.
    func equalsInConstantTime(_ other: Digest) -> Bool {
        zip(bytes, other.bytes).reduce(into: UInt8(0)) { $0 |= $1.0 ^ $1.1 } == 0
    }
}
