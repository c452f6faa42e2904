import BallastCore

/// What an effect sets, and to what: the same thing set to another value turns it over.
struct EffectSetting: Sendable, Hashable {
    let thing: String
    let value: String
    /// It is an argument that is named for what it says.
    var isPlain = false

    private static let opposites: [(String, String)] = [
        ("enable", "disable"), ("open", "close"), ("lock", "unlock"), ("add", "remove"), ("start", "stop"),
        ("activate", "deactivate"), ("subscribe", "unsubscribe"), ("archive", "unarchive"), ("mute", "unmute"),
        ("pause", "resume"), ("pin", "unpin"), ("assign", "unassign"), ("block", "unblock"), ("grant", "revoke"),
        ("show", "hide"), ("follow", "unfollow"), ("create", "delete"), ("publish", "unpublish"), ("tag", "untag"),
    ]

    private static let setters: Set<String> = [
        "set", "update", "change", "move", "assign", "mark", "switch", "toggle", "rename", "edit", "put", "patch",
        "write", "configure", "replace", "reschedule", "adjust", "modify", "save",
    ]

    /// Arguments that say what something shall be, and not what it is that is meant.
    private static let values: Set<String> = [
        "status", "state", "value", "level", "priority", "enabled", "active", "mode", "role", "permission", "owner",
        "assignee", "visibility", "severity", "stage", "phase",
    ]

    /// Each way of reading a call as a setting: its tool's verb, or one of its arguments, is the value.
    ///
    /// - Parameter text: The arguments, canonical.
    static func all(tool: String, _ text: String) -> [EffectSetting] {
        let words = tool.split { $0 == "_" || $0 == "-" || $0 == "." }.map { $0.lowercased() }
        var all: [EffectSetting] = []
        for (index, word) in words.enumerated() {
            guard let pair = opposites.first(where: { $0.0 == word || $0.1 == word }) else { continue }
            var stem = words
            stem[index] = pair.0
            all.append(EffectSetting(thing: stem.joined(separator: "_") + " " + text, value: word))
        }
        // What adds up, such as payments, is no state that one call takes back from another.
        guard words.contains(where: setters.contains), text.utf8.count <= 4_096,
            let arguments = try? JSONReader.read(Array(text.utf8))
        else { return all }
        let leaves = ArgumentDistance.leaves(arguments).sorted { $0.key < $1.key }
        guard (2...8).contains(leaves.count) else { return all }
        let written = leaves.map { "\($0.key)=\(JSONWriter.canonicalString($0.value))" }
        for (index, leaf) in leaves.enumerated() {
            var others = written
            let own = others.remove(at: index)
            let name = leaf.key.split(separator: ".").last.map { $0.lowercased() } ?? ""
            all.append(
                EffectSetting(
                    thing: "\(tool) \(leaf.key) " + others.joined(separator: ","), value: own,
                    isPlain: values.contains(name)))
        }
        return all
    }
}
