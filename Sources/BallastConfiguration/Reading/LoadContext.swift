/// What one load works with: the files, the environment, and the list of complaints.
struct LoadContext {
    /// Absolute path of the configuration's folder.
    let folder: String
    let environment: [String: String]
    /// Reads a file that the configuration refers to, by absolute path.
    let readFile: (String) throws -> String
    let list: DiagnosticList

    /// A path of the configuration as an absolute one.
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }

    /// A secret: `${NAME}` of the environment, or `{ file: PATH }`. Anything else would be a secret in a file that is
    /// committed and copied.
    func secret(_ node: YAMLNode?, _ what: String) -> Secret? {
        guard let node else { return nil }
        if let file = node["file"] {
            return file.text.flatMap { content(of: $0, at: file.position) }.map { Secret($0) }
        }
        guard let name = node.text.flatMap(LoadContext.variable) else {
            list.add(
                node.position, "\(what) stands in the file itself", why: "files are committed, copied and shown",
                "write `${NAME}` for an environment variable, or `{ file: PATH }`")
            return nil
        }
        return variable(name, at: node.position).map { Secret($0) }
    }

    /// A text with variables that is shown in logs and errors; nothing secret belongs in it.
    func plainText(_ node: YAMLNode?, _ what: String) -> String? {
        guard let node, let text = list.text(node, what) else { return nil }
        return filled(text, what, at: node.position)
    }

    /// A text with variables anywhere in it; secret, as they may hold one.
    func secretText(_ node: YAMLNode?, _ what: String) -> Secret? {
        guard let node else { return nil }
        if node["file"] != nil { return secret(node, what) }
        return plainText(node, what).map { Secret($0) }
    }

    /// The text with `${NAME}` and `${NAME:-DEFAULT}` replaced.
    private func filled(_ text: String, _ what: String, at position: SourcePosition) -> String? {
        var (output, rest) = ("", text[...])
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                list.add(position, "`${` without `}` in \(what)", "write `${NAME}`")
                return nil
            }
            guard let value = value(of: rest[start.upperBound..<end], at: position) else { return nil }
            output += rest[..<start.lowerBound] + value
            rest = rest[rest.index(after: end)...]
        }
        return output + rest
    }

    private func value(of name: Substring, at position: SourcePosition) -> String? {
        guard let mark = name.firstRange(of: ":-") else { return variable(String(name), at: position) }
        let given = environment[String(name[..<mark.lowerBound])] ?? ""
        return given.isEmpty ? String(name[mark.upperBound...]) : given
    }

    /// The name in a text that is exactly `${NAME}`.
    static func variable(_ text: String) -> String? {
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
        let name = text.dropFirst(2).dropLast()
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy {
                ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || $0 == 95 || ($0 >= 97 && $0 <= 122)
            }
        return isName ? String(name) : nil
    }

    private func variable(_ name: String, at position: SourcePosition) -> String? {
        if let value = environment[name], !value.isEmpty { return value }
        list.add(
            position, "the environment variable `\(name)` is not set",
            "set it before starting, for example `export \(name)=…`")
        return nil
    }

    /// The content of a file without the line end at its end.
    func content(of path: String, at position: SourcePosition) -> String? {
        do {
            let text = try readFile(absolute(path))
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        } catch {
            list.add(
                position, "the file `\(path)` cannot be read", "put it beside the configuration, or correct the path")
            return nil
        }
    }

    /// A text in place, or the content of `{ file: PATH }`.
    func prose(_ node: YAMLNode?, _ what: String) -> String? {
        guard let node else { return nil }
        if let file = node["file"] { return file.text.flatMap { content(of: $0, at: file.position) } }
        return list.text(node, what)
    }
}
