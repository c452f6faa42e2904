import BallastCore

/// What two programs could read differently in the same arguments, though both read JSON: the guard judges one reading
/// and the tool would act on the other, so it is refused.
enum ArgumentReading {
    /// What is ambiguous in the arguments themselves; nil when every reader takes them alike.
    static func complaint(about value: JSONValue) -> String? {
        switch value {
        case .object(let object):
            return twins(among: object.members) ?? object.members.lazy.compactMap { complaint(about: $0.value) }.first
        case .array(let elements): return elements.lazy.compactMap(complaint).first
        case .number(let number): return complaint(about: number)
        default: return nil
        }
    }

    /// A name that looks and compares like a declared one and has other bytes.
    static func complaint(about arguments: JSONValue, declared schema: JSONValue) -> String? {
        let names = (arguments.object?.keys ?? []).filter(hasForms)
        guard !names.isEmpty else { return nil }
        let declared = schema["properties"]?.object?.keys ?? []
        guard let name = names.first(where: { name in declared.contains { $0 != name && $0.text == name.text } }) else {
            return nil
        }
        return "the name \"\(name.text)\" is spelled with other characters than the declared one"
    }

    /// Two names that are equal to a reader who normalises text.
    private static func twins(among members: [JSONMember]) -> String? {
        guard members.count > 1, members.contains(where: { hasForms($0.key) }) else { return nil }
        var seen: Set<String> = []
        let twin = members.first { !seen.insert($0.key.text).inserted }
        return twin.map {
            "two names are the same text \"\($0.key.text)\" in different characters, and readers disagree on which one "
                + "counts"
        }
    }

    /// Only text beyond ASCII has several spellings.
    private static func hasForms(_ name: JSONString) -> Bool { name.text.utf8.contains { $0 >= 128 } }

    /// Most readers take a number beyond the range of a double as infinite, or as zero.
    private static func complaint(about number: JSONNumber) -> String? {
        let source = number.source
        guard source.utf8.count > 300 || source.utf8.contains(where: { $0 | 32 == UInt8(ascii: "e") }) else {
            return nil
        }
        return number.double == nil ? "the number \(source.prefix(40)) is larger than programs can hold" : nil
    }
}
