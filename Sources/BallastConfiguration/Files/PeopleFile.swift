import BallastPolicy

/// Reads people.yaml.
struct PeopleFile {
    let list: DiagnosticList

    func read(_ node: YAMLNode) -> People {
        guard let file = MappingReader(node, .people, list) else { return People() }
        var principals: [String: [String: String]] = [:]
        for entry in list.entries(file["principals"], "`principals`", "customer:ana: { customer_id: C-7 }") {
            principals[entry.key] = attributes(entry)
        }
        var groups: [String: [String]] = [:]
        for entry in list.entries(file["groups"], "`groups`", "finance: [reviewer:rui]") {
            groups[entry.key] = members(entry, known: principals.keys)
        }
        return People(principals: principals, groups: groups)
    }

    private func attributes(_ entry: YAMLEntry) -> [String: String] {
        guard !entry.value.isEmpty else { return [:] }
        var attributes: [String: String] = [:]
        for attribute in list.entries(entry.value, "`\(entry.key)`", "{ customer_id: C-7 }") {
            attributes[attribute.key] = list.text(attribute.value, "`\(attribute.key)`")
        }
        return attributes
    }

    private func members(_ entry: YAMLEntry, known: some Sequence<String>) -> [String] {
        let known = Set(known)
        return list.names(entry.value, "the group `\(entry.key)`").map { name, position in
            if !known.contains(name) {
                let nearest = NearestWord.of(name, among: known).map { "did you mean `\($0)`?" }
                list.add(
                    position, "`\(name)` is not among the principals",
                    nearest ?? "add a line `\(name): {}` under `principals`")
            }
            return name
        }
    }
}
