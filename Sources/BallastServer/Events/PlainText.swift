package import BallastCore

/// Text of others made safe to show on one line of a terminal or log.
package enum PlainText {
    /// One line: white space runs become a space, and characters that steer a terminal or reorder the line are gone.
    package static func line(_ text: String, longest: Int = 200) -> String {
        var shown = String.UnicodeScalarView()
        var (count, pendingSpace) = (0, false)
        for scalar in text.unicodeScalars {
            if isSpace(scalar) {
                pendingSpace = count > 0
                continue
            }
            guard !isSteering(scalar) else { continue }
            guard count < longest else {
                shown.append("…")
                break
            }
            if pendingSpace { shown.append(" ") }
            shown.append(scalar)
            count += pendingSpace ? 2 : 1
            pendingSpace = false
        }
        return String(shown)
    }

    /// Several lines: line feeds stay, everything that steers goes.
    package static func lines(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where scalar == "\n" || !isSteering(scalar) { shown.append(scalar) }
        return String(shown)
    }

    /// A JSON value on one line.
    package static func line(_ value: JSONValue, longest: Int = 200) -> String {
        if let text = value.string { return line(text, longest: longest) }
        return line(String(decoding: JSONWriter.compact(value), as: UTF8.self), longest: longest)
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || (0x09...0x0D).contains(scalar.value) || [0x85, 0x2028, 0x2029].contains(scalar.value)
    }

    /// Controls (ECMA-48), bidirectional controls and zero-width characters.
    private static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: true
        default: false
        }
    }
}
