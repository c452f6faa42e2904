import Yams

/// Reads YAML text into nodes with places. Nothing outside this folder knows the library that does it.
enum YAMLFile {
    /// Bytes of one file.
    static let maxBytes = 1 << 20

    /// The file's value; nil when it is empty or unreadable, with the reason in `list`.
    static func read(_ text: String, file: String, into list: DiagnosticList) -> YAMLNode? {
        let start = SourcePosition(file: file, line: 1, column: 1)
        guard text.utf8.count <= maxBytes else {
            list.add(start, "the file is larger than 1 MB", "split it into several files")
            return nil
        }
        if let place = YAMLLayout.tooDeep(text, file: file) {
            list.add(place, "values are nested too deeply here", "flatten them")
            return nil
        }
        do {
            guard let node = try Yams.compose(yaml: text) else { return nil }
            var conversion = YAMLConversion(file: file, list: list)
            return conversion.node(node)
        } catch let error as YamlError {
            YAMLAdvice(text: text, file: file).explain(error, into: list)
        } catch {
            list.add(start, "the file cannot be read as YAML: \(error)", "correct it")
        }
        return nil
    }
}

/// Copies the library's nodes into ours.
private struct YAMLConversion {
    let file: String
    let list: DiagnosticList
    /// The last place in the text. Values come in its order, so one that stands before it is an alias.
    private var last = (line: 0, column: 0)
    private var isComplete = true

    init(file: String, list: DiagnosticList) {
        self.file = file
        self.list = list
    }

    mutating func node(_ node: Node) -> YAMLNode {
        let mark = node.mark.map { (line: $0.line, column: $0.column) } ?? last
        let position = SourcePosition(file: file, line: mark.line, column: mark.column)
        guard isComplete, mark >= last else {
            refuseAlias(at: position)
            return YAMLNode(content: .scalar("", isPlain: true), position: position)
        }
        last = mark
        return YAMLNode(content: content(of: node), position: position)
    }

    /// An alias copies a value from elsewhere: a few lines could stand for billions of values, and no message could
    /// name one place.
    private mutating func refuseAlias(at position: SourcePosition) {
        if isComplete {
            list.add(position, "this value is used again by an alias (`*name`)", "write it out where it is used")
        }
        isComplete = false
    }

    private mutating func content(of node: Node) -> YAMLNode.Content {
        switch node {
        case .scalar(let scalar): return .scalar(scalar.string, isPlain: scalar.style == .plain || scalar.style == .any)
        case .sequence(let sequence):
            var elements: [YAMLNode] = []
            for element in sequence { elements.append(self.node(element)) }
            return .sequence(elements)
        case .mapping(let mapping):
            var entries: [YAMLEntry] = []
            for (key, value) in mapping { entries.append(entry(key, value)) }
            return .mapping(entries)
        case .alias: return .scalar("", isPlain: true)
        }
    }

    private mutating func entry(_ key: Node, _ value: Node) -> YAMLEntry {
        let place = self.node(key)
        if place.text == nil { list.add(place.position, "a key is a single word", "write `key: value`") }
        return YAMLEntry(key: place.text ?? "", position: place.position, value: self.node(value))
    }
}
