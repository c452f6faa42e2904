/// Words that add nothing to what is under way, such as "ok, thanks": nothing is thought over again for them.
enum Acknowledgement {
    private static let words: Set<String> = [
        "yes", "yep", "yeah", "ok", "okay", "k", "fine", "good", "great", "perfect", "sure", "thanks", "thank", "you",
        "thx", "please", "go", "ahead", "do", "it", "alright", "right", "correct", "cool", "understood", "waiting", "i",
        "wait", "will", "hello", "hi",
    ]
    private static let most = 6

    /// A short message of nothing but such words. A word that is not known here is taken for new.
    static func isOnly(_ text: String) -> Bool {
        let words = text.lowercased().split { !$0.isLetter && $0 != "'" }
        return !words.isEmpty && words.count <= most && words.allSatisfy { Acknowledgement.words.contains(String($0)) }
            && !text.contains { $0.isNumber }
    }
}
