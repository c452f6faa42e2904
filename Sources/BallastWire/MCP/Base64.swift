/// Base64 (RFC 4648), for header values and for texts that only their writer reads.
enum Base64 {
    enum Alphabet {
        /// With padding.
        case standard
        /// Safe in URLs and headers, without padding.
        case url
    }

    private static let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let standard = Array((common + "+/").utf8)
    private static let url = Array((common + "-_").utf8)

    private static func digits(_ alphabet: Alphabet) -> [UInt8] { alphabet == .url ? url : standard }

    static func encode(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> String {
        let digits = digits(alphabet)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var word: UInt32 = 0
            for offset in 0..<3 {
                word = word << 8 | UInt32(start + offset < group.endIndex ? bytes[start + offset] : 0)
            }
            for place in 0..<4 {
                if place <= group.count {
                    text.append(digits[Int(word >> (18 - 6 * UInt32(place)) & 0x3F)])
                } else if alphabet == .standard {
                    text.append(UInt8(ascii: "="))
                }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil for a text that `encode` would not have written: one text for one value.
    static func decode(_ text: some StringProtocol, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        let digits = digits(alphabet)
        var (bytes, word, bits): ([UInt8], UInt32, UInt32) = ([], 0, 0)
        var body = Array(text.utf8)[...]
        if alphabet == .standard {
            for _ in 0..<2 where body.last == UInt8(ascii: "=") { body.removeLast() }
        }
        for byte in body {
            guard let digit = digits.firstIndex(of: byte) else { return nil }
            word = word << 6 | UInt32(digit)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: word >> bits))
            word &= (1 << bits) - 1
        }
        return encode(bytes, alphabet).utf8.elementsEqual(text.utf8) ? bytes : nil
    }
}
