extension JSONScan {
    /// Moves past one number (RFC 8259 section 6).
    mutating func scanNumber() throws(JSONError) {
        if byte(position) == UInt8(ascii: "-") { position += 1 }
        if byte(position) == UInt8(ascii: "0") {
            position += 1
            if isDigit(position) {
                throw .invalidNumber(at: position, "a digit follows a leading zero; remove the zero")
            }
        } else {
            try scanDigits("a digit is missing after the minus sign")
        }
        if byte(position) == UInt8(ascii: ".") {
            position += 1
            try scanDigits("a digit is missing after the decimal point")
        }
        if byte(position) | 0x20 == UInt8(ascii: "e") {
            position += 1
            if byte(position) == UInt8(ascii: "+") || byte(position) == UInt8(ascii: "-") { position += 1 }
            try scanDigits("a digit is missing in the exponent")
        }
    }

    @inline(__always)
    private func isDigit(_ index: Int) -> Bool { byte(index) &- UInt8(ascii: "0") < 10 }

    private mutating func scanDigits(_ rule: String) throws(JSONError) {
        guard isDigit(position) else {
            throw position >= text.count
                ? .unexpectedEnd(at: position, expected: "a digit") : .invalidNumber(at: position, rule)
        }
        while isDigit(position) { position += 1 }
    }
}
