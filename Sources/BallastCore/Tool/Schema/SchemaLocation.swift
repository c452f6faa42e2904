/// A place in a value or schema: the names and positions that lead to it.
struct SchemaLocation: Sendable {
    enum Step: Sendable {
        case member(JSONString)
        case item(Int)
        /// The name of a member rather than its value.
        case nameOf(JSONString)
    }

    private(set) var steps: [Step] = []

    mutating func push(_ step: Step) { steps.append(step) }
    mutating func pop() { if !steps.isEmpty { steps.removeLast() } }

    /// RFC 6901; a member's name has the pointer of its object.
    var pointer: String {
        steps.reduce(into: "") { pointer, step in
            switch step {
            case .member(let name): pointer += "/" + Self.escaped(name.text)
            case .item(let index): pointer += "/\(index)"
            case .nameOf: break
            }
        }
    }

    /// For people: `order.lines[2].price`; `value` for the whole value.
    var path: String {
        let path = steps.reduce(into: "") { path, step in
            switch step {
            case .member(let name): path += (path.isEmpty ? "" : ".") + Self.shown(name)
            case .item(let index): path += "[\(index)]"
            case .nameOf(let name): path += (path.isEmpty ? "" : ".") + "(name \(SchemaWording.quoted(name.text)))"
            }
        }
        return path.isEmpty ? "value" : path
    }

    /// `name` as one step of a JSON Pointer.
    static func escaped(_ name: String) -> String {
        var escaped = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func shown(_ name: JSONString) -> String {
        let isPlain = !name.text.isEmpty && name.text.utf8.count <= 60 && name.text.unicodeScalars.allSatisfy(isPlain)
        return isPlain ? name.text : SchemaWording.quoted(name.text)
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        PatternClass.word.contains(scalar) || scalar == "-"
    }
}
