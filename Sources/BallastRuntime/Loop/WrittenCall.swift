import BallastCore

/// A tool call that a model wrote into its words instead of making it, as models do behind servers that do not know
/// their format. Nothing is carried out from words; but such words are no answer for anybody either.
enum WrittenCall {
    /// Bytes of words that are looked at; a reply that is longer is no call.
    private static let longest = 64 << 10
    private static let marks = ["<tool_call>", "</tool_call>", "```json", "```"]

    /// The tool that the words call, if it is one of these.
    static func tool(in text: String, of names: Set<String>) -> String? {
        guard text.contains("\"name\""), text.utf8.count <= longest else { return nil }
        var segments = [Substring(text)]
        for mark in marks { segments = segments.flatMap { $0.split(separator: mark) } }
        let pieces = segments + segments.flatMap { $0.split(whereSeparator: \.isNewline) }
        return pieces.lazy.compactMap { name(in: $0) }.first { names.contains($0) }
    }

    private static func name(in piece: Substring) -> String? {
        let bytes = Array(piece.utf8.drop { $0 <= 32 })
        guard bytes.first == UInt8(ascii: "{"), let value = try? JSONReader.read(bytes),
            let arguments = value["arguments"] ?? value["parameters"], arguments.object != nil
        else { return nil }
        return value["name"]?.string
    }
}
