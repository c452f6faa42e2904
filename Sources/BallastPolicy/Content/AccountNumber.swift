/// Numbers of bank accounts (IBAN, ISO 13616): a country, its length, and check digits that make it 1 modulo 97.
enum AccountNumber {
    private static let lengths: [String: Int] = {
        let table = """
            AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 \
            FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 \
            LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 \
            SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
            """
        var lengths: [String: Int] = [:]
        for entry in table.split(separator: " ") { lengths[String(entry.prefix(2))] = Int(entry.dropFirst(2)) }
        return lengths
    }()

    /// Whether an account's number begins here, with or without single spaces.
    static func starts(_ bytes: [UInt8], at start: Int) -> Bool {
        guard start + 4 < bytes.count, bytes[start + 1].isUpper, bytes[start + 2].isDigit, bytes[start + 3].isDigit,
            start == 0 || !bytes[start - 1].isAlphanumeric
        else { return false }
        let country = String(decoding: bytes[start..<start + 2], as: UTF8.self)
        guard let length = lengths[country] else { return false }
        var text: [UInt8] = []
        var place = start
        while place < bytes.count, text.count < length {
            let byte = bytes[place]
            if byte.isUpper || byte.isDigit {
                text.append(byte)
            } else if byte != UInt8(ascii: " ") || bytes[place - 1] == UInt8(ascii: " ") {
                break
            }
            place += 1
        }
        let isWhole = text.count == length && (place >= bytes.count || !bytes[place].isAlphanumeric)
        return isWhole && remainder(text[4...] + text[..<4]) == 1
    }

    /// Modulo 97, with letters as the numbers from 10 on.
    private static func remainder(_ text: ArraySlice<UInt8>) -> Int {
        text.reduce(0) { rest, byte in
            byte.isDigit ? (rest * 10 + Int(byte - 48)) % 97 : (rest * 100 + Int(byte - 55)) % 97
        }
    }
}
