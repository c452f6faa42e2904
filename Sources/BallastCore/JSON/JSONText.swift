/// The text of string tokens; `self` is the text that was scanned.
extension UnsafeRawBufferPointer {
    /// The characters that a string token stands for.
    func text(of token: JSONToken) -> String {
        let content = Int(token.offset) + 1..<Int(token.offset) + Int(token.length) - 1
        let bytes = UnsafeRawBufferPointer(rebasing: self[content])
        return token.isEscaped ? bytes.unescaped() : String(decoding: bytes, as: UTF8.self)
    }

    /// The text of these bytes, which are the validated content of a string.
    private func unescaped() -> String {
        let text = String(unsafeUninitializedCapacity: count) { output in
            // Every escape is longer than the UTF-8 it stands for, so the output fits.
            var read = 0
            var written = 0
            while read < count {
                let byte = self[read]
                if byte == UInt8(ascii: "\\") {
                    let (scalar, length) = escape(at: read)
                    read += length
                    for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                        output[written] = unit
                        written += 1
                    }
                } else {
                    output[written] = byte
                    read += 1
                    written += 1
                }
            }
            return written
        }
        return text
    }

    /// The character of the escape at `index`, and how many bytes spell it.
    private func escape(at index: Int) -> (Unicode.Scalar, length: Int) {
        switch self[index + 1] {
        case UInt8(ascii: "b"): return ("\u{8}", 2)
        case UInt8(ascii: "f"): return ("\u{C}", 2)
        case UInt8(ascii: "n"): return ("\n", 2)
        case UInt8(ascii: "r"): return ("\r", 2)
        case UInt8(ascii: "t"): return ("\t", 2)
        case UInt8(ascii: "u"): return codePoint(at: index)
        case let other: return (Unicode.Scalar(other), 2)
        }
    }

    private func codePoint(at index: Int) -> (Unicode.Scalar, length: Int) {
        let unit = UInt32(hexCodeUnit(at: index + 2) ?? 0xFFFD)
        if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
        let low = UInt32(hexCodeUnit(at: index + 8) ?? 0xDC00)
        let paired = 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
        return (Unicode.Scalar(paired) ?? "\u{FFFD}", 12)
    }
}
