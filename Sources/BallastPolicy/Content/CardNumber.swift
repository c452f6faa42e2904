/// Numbers of payment cards: a known issuer's range and length, and the check digit of ISO/IEC 7812 (Luhn).
enum CardNumber {
    /// Whether a card's number begins here and ends at a byte that is no digit.
    static func starts(_ bytes: [UInt8], at start: Int) -> Bool {
        if start > 0, bytes[start - 1].isDigit { return false }
        var digits: [UInt8] = []
        var place = start
        while place < bytes.count, digits.count <= 19 {
            if bytes[place].isDigit {
                digits.append(bytes[place] - 48)
            } else if !isSeparator(bytes, place) {
                break
            }
            place += 1
        }
        return isCard(digits)
    }

    /// A single space or hyphen between digits.
    private static func isSeparator(_ bytes: [UInt8], _ place: Int) -> Bool {
        guard bytes[place] == UInt8(ascii: " ") || bytes[place] == UInt8(ascii: "-") else { return false }
        return place + 1 < bytes.count && bytes[place + 1].isDigit && place > 0 && bytes[place - 1].isDigit
    }

    static func isCard(_ digits: [UInt8]) -> Bool {
        guard (14...19).contains(digits.count), Set(digits).count > 1 else { return false }
        return hasIssuer(digits) && hasCheckDigit(digits)
    }

    private static func hasIssuer(_ digits: [UInt8]) -> Bool {
        let head = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        switch digits.count {
        case 14: return (3000...3059).contains(head) || [36, 38, 39].contains(head / 100)
        case 15: return head / 100 == 34 || head / 100 == 37
        case 16:
            return head / 1000 == 4 || (5100...5599).contains(head) || (2221...2720).contains(head) || head == 6011
                || (6440...6599).contains(head) || (3528...3589).contains(head) || head / 100 == 62
        case 17, 18, 19: return head / 100 == 62 || digits.count == 19 && head / 1000 == 4
        default: return false
        }
    }

    private static func hasCheckDigit(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (index, digit) in digits.reversed().enumerated() {
            let value = index.isMultiple(of: 2) ? Int(digit) : Int(digit) * 2
            sum += value > 9 ? value - 9 : value
        }
        return sum.isMultiple(of: 10)
    }
}
