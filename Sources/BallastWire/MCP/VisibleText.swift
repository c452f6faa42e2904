import BallastCore

/// Text in which a person sees all that there is: what is hidden is spelled out.
enum VisibleText {
    /// A JSON string with its quotes in which hidden characters are spelled out, cut after `longest` characters with its
    /// whole length beside it.
    static func quoted(_ text: String, longest: Int) -> String {
        let scalars = text.unicodeScalars
        var bytes: [UInt8] = []
        JSONWriter.append(string: String(String.UnicodeScalarView(scalars.prefix(longest))), to: &bytes)
        let shown = spelled(String(decoding: bytes, as: UTF8.self))
        return scalars.count > longest ? shown + " … (cut; \(scalars.count) characters in all)" : shown
    }

    /// One line in which hidden characters, line ends among them, are spelled out.
    static func line(_ text: String, longest: Int) -> String {
        let scalars = text.unicodeScalars
        let shown = spelled(String(String.UnicodeScalarView(scalars.prefix(longest))), keepsLineEnds: false)
        return scalars.count > longest ? shown + "…" : shown
    }

    private static func spelled(_ text: String, keepsLineEnds: Bool = true) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            let isLineEnd = scalar == "\n" || scalar == "\t"
            guard isHidden(scalar) || isLineEnd && !keepsLineEnds else {
                shown.unicodeScalars.append(scalar)
                continue
            }
            let digits = String(scalar.value, radix: 16)
            shown += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
        return shown
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool { ShownText.isHidden(scalar) }
}
