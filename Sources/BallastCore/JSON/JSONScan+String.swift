extension JSONScan {
    /// Moves past one string that starts at the current quote; tells whether it holds escapes.
    mutating func scanString() throws(JSONError) -> Bool {
        position += 1
        var isEscaped = false
        while true {
            skipPlainText()
            let byte = byte(position)
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return isEscaped
            case UInt8(ascii: "\\"):
                isEscaped = true
                try scanEscape()
            case 0x80...:
                try scanMultibyteText()
            default:
                guard position < text.count else { throw .unexpectedEnd(at: position, expected: "a closing quote") }
                throw .controlCharacter(byte, at: position)
            }
        }
    }

    /// Moves to the next byte that is a quote, a backslash, a control character, not ASCII, or past the end.
    ///
    /// Eight bytes at a time: each term below sets the top bit of the bytes it looks for. A borrow can only set
    /// bits above a true hit, so the lowest hit is exact.
    @inline(__always)
    private mutating func skipPlainText() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        while let word = word(position) {
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let found =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) | word)
                & (ones &* 0x80)
            if found != 0 {
                position += found.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while position < text.count {
            let byte = text[position]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 { return }
            position += 1
        }
    }

    /// Moves past a run of characters outside ASCII, by the table of well-formed sequences (Unicode table 3-7).
    @inline(__always)
    private mutating func scanMultibyteText() throws(JSONError) {
        while true {
            let lead = byte(position)
            guard lead >= 0x80 else { return }
            let length = sequenceLength(lead, second: byte(position + 1))
            guard length > 0 else { throw .invalidUTF8(at: position) }
            for index in position + 2..<position + max(length, 2) where byte(index) & 0xC0 != 0x80 {
                throw .invalidUTF8(at: position)
            }
            position += length
        }
    }

    /// Bytes in the sequence that starts with these two, or zero when no well-formed sequence does.
    @inline(__always)
    private func sequenceLength(_ lead: UInt8, second: UInt8) -> Int {
        guard second & 0xC0 == 0x80 else { return 0 }
        switch lead {
        case 0xC2...0xDF: return 2
        case 0xE0: return second >= 0xA0 ? 3 : 0
        case 0xED: return second < 0xA0 ? 3 : 0
        case 0xE1...0xEF: return 3
        case 0xF0: return second >= 0x90 ? 4 : 0
        case 0xF1...0xF3: return 4
        case 0xF4: return second < 0x90 ? 4 : 0
        default: return 0
        }
    }

    /// Moves past one escape; surrogates must come as a high half followed at once by a low half.
    private mutating func scanEscape() throws(JSONError) {
        switch byte(position + 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard let unit = text.hexCodeUnit(at: position + 2) else { throw .invalidEscape(at: position) }
            if unit & 0xF800 == 0xD800 { try requireLowHalf(after: unit) }
            position += unit & 0xF800 == 0xD800 ? 12 : 6
        default:
            guard position + 1 < text.count else {
                throw .unexpectedEnd(at: text.count, expected: "the rest of an escape")
            }
            throw .invalidEscape(at: position)
        }
    }

    private func requireLowHalf(after unit: UInt16) throws(JSONError) {
        guard unit < 0xDC00, byte(position + 6) == UInt8(ascii: "\\"), byte(position + 7) == UInt8(ascii: "u"),
            let low = text.hexCodeUnit(at: position + 8), low & 0xFC00 == 0xDC00
        else { throw .loneSurrogate(at: position) }
    }
}

extension UnsafeRawBufferPointer {
    /// The UTF-16 code unit written as four hexadecimal digits at `index`; nil when they are not there.
    func hexCodeUnit(at index: Int) -> UInt16? {
        guard index >= 0, count - index >= 4 else { return nil }
        var unit: UInt16 = 0
        for offset in index..<index + 4 {
            let byte = self[offset]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt16(byte & 0x0F)
            case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
                unit = unit << 4 | UInt16(byte & 0x0F) + 9
            default: return nil
            }
        }
        return unit
    }
}
