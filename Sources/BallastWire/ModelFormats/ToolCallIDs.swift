import BallastCore

/// Makes the ids of earlier tool calls legal and unique within one request.
///
/// Ids come from models of several providers and may repeat or be empty; a provider refuses the whole request for
/// one that does. A result belongs to the latest call with its id.
struct ToolCallIDs {
    private var used: Set<String> = []
    private var latest: [JSONString: String] = [:]

    mutating func wire(call id: String) -> String {
        var spelling = Self.legal(id)
        while !used.insert(spelling).inserted { spelling = Self.spelling(spelling + ".") }
        latest[JSONString(id)] = spelling
        return spelling
    }

    func wire(result id: String) -> String { latest[JSONString(id)] ?? Self.legal(id) }

    /// The narrowest rule among providers is 40 characters.
    private static func legal(_ id: String) -> String { WireName.isLegal(id, limit: 40) ? id : spelling(id) }

    private static func spelling(_ id: String) -> String {
        "call_" + Hex.encode(Digest.sha256(Array(id.utf8)).bytes.prefix(12))
    }
}
