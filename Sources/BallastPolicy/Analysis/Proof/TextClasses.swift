import BallastCore

/// Sorts all texts into classes that the tests of one fact cannot tell apart, with an example of each class.
///
/// A text that equals no constant is told by the longest prefix and the longest suffix that it has of those asked
/// for, and by the domain that it is an address at. Every combination is a class; one without an example may be empty
/// (nobody looked for long), so a proof counts it and a counterexample does not.
struct TextClasses {
    /// What tests can tell of a text that equals no constant.
    struct Shape: Hashable {
        /// The longest prefix and suffix; empty for none.
        let prefix: String
        let suffix: String
        /// nil for what is no address.
        let domain: String?

        func truth(of test: ValueTest) -> Truth {
            switch test {
            case .exists(let wanted): .of(wanted)
            case .equals, .isIn: test.hasText ? .no : .unknown
            case .isNotIn: test.hasText ? .yes : .unknown
            case .compares: .unknown
            case .hasPrefix(let text): .of(prefix.utf8.starts(with: text.utf8))
            case .hasSuffix(let text): .of(suffix.utf8.reversed().starts(with: text.utf8.reversed()))
            case .domainIn(let patterns): domain.map { at in .of(patterns.contains { $0.matches(at) }) } ?? .unknown
            case .domainNotIn(let patterns): domain.map { at in .of(!patterns.contains { $0.matches(at) }) } ?? .unknown
            }
        }
    }

    enum Member: Hashable {
        case example(String)
        case shape(Shape)
    }

    private(set) var members: [Member] = []
    /// Classes without an example.
    var unwitnessed: Int { members.count { if case .shape = $0 { true } else { false } } }

    private let constants: Set<JSONString>
    private let prefixes: [String]
    private let suffixes: [String]
    private let domains: [String]
    private let patterns: [DomainPattern]
    private static let letters = "q7xzwkvjyo0b9mnac1d2e3f4g5h6i8lprstu".map { String($0) }
    /// More classes than this are not told apart.
    private static let most = 4000

    /// - Parameters:
    ///   - hints: Texts that make a good example where their class allows.
    ///   - examples: How many examples each class should have, where it has so many members.
    init(_ tests: some Sequence<ValueTest>, constants more: [String] = [], hints: [String] = [], examples: Int = 1) {
        var (constants, prefixes, suffixes) = (Set(more.map { JSONString($0) }), Set<JSONString>(), Set<JSONString>())
        var patterns: Set<DomainPattern> = []
        for test in tests {
            switch test {
            case .equals(let value): if let text = value.string { constants.insert(JSONString(text)) }
            case .isIn(let values), .isNotIn(let values):
                for text in values.compactMap(\.string) { constants.insert(JSONString(text)) }
            case .hasPrefix(let text): prefixes.insert(JSONString(text))
            case .hasSuffix(let text): suffixes.insert(JSONString(text))
            case .domainIn(let some), .domainNotIn(let some): patterns.formUnion(some)
            case .exists, .compares: break
            }
        }
        self.constants = constants
        self.prefixes = prefixes.subtracting([""]).sorted().map(\.text)
        self.suffixes = suffixes.subtracting([""]).sorted().map(\.text)
        self.patterns = patterns.sorted { $0.description < $1.description }
        domains = TextClasses.domainClasses(self.patterns)
        build(hints: hints, examples: examples)
    }

    /// True when there are too many classes to tell apart.
    var isTooMany: Bool { (prefixes.count + 1) * (suffixes.count + 1) * (domains.count + 1) > TextClasses.most }

    /// One domain for each class of domains: each exact one, one under each wildcard, and one that no pattern knows.
    private static func domainClasses(_ patterns: [DomainPattern]) -> [String] {
        guard !patterns.isEmpty else { return [] }
        let under = patterns.flatMap { pattern in ["q7.", "x9."].map { $0 + pattern.domain } }
        // There are more of these endings than patterns, so no pattern knows one of them.
        let endings = ["example", "test"] + (0...patterns.count).map { "zq\($0)" }
        let known = Set(patterns.map { $0.domain.split(separator: ".").last.map { String($0) } ?? "" })
        let other = endings.filter { !known.contains($0) }.prefix(1).map { "elsewhere." + $0 }
        let all = (patterns.map(\.domain) + under + other).filter { $0.contains(".") }
        var (seen, found): (Set<[Bool]>, [String]) = ([], [])
        for domain in all where seen.insert(patterns.map { $0.matches(domain) }).inserted { found.append(domain) }
        return found
    }

    // MARK: Classes

    private mutating func build(hints: [String], examples: Int) {
        var seen: [Shape: Int] = [:]
        for hint in hints where !constants.contains(JSONString(hint)) {
            let shape = shape(of: hint)
            guard seen[shape] == nil else { continue }
            members.append(.example(hint))
            seen[shape] = 1
        }
        guard !isTooMany else { return members += constants.sorted().map { .example($0.text) } }
        for shape in shapes() {
            var count = seen[shape] ?? 0
            for text in candidates(shape) where count < examples {
                guard !constants.contains(JSONString(text)), self.shape(of: text) == shape,
                    !members.contains(.example(text))
                else { continue }
                members.append(.example(text))
                count += 1
            }
            if count == 0 { members.append(.shape(shape)) }
        }
        members += constants.sorted().map { .example($0.text) }
    }

    private func shapes() -> [Shape] {
        let (starts, ends) = ([""] + prefixes, [""] + suffixes)
        let places: [String?] = domains.map { $0 } + [nil]
        return starts.flatMap { start in
            ends.flatMap { end in places.map { Shape(prefix: start, suffix: end, domain: $0) } }
        }.filter { canBe($0) }
    }

    /// False only for what no text can be: an address has one `@`, and what follows it is the domain.
    private func canBe(_ shape: Shape) -> Bool {
        guard let domain = shape.domain else { return true }
        return canStart(shape.prefix, domain) && canEnd(shape.suffix, domain)
    }

    private func canStart(_ prefix: String, _ domain: String) -> Bool {
        let parts = prefix.split(separator: "@", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return prefix.isEmpty || MailAddress(prefix + "@a.b") != nil
        case 2:
            let start = parts[1].lowercased()
            return patterns.allSatisfy { pattern in
                pattern.includesSubdomains || !pattern.matches(domain) || (pattern.domain + ".").hasPrefix(start)
            }
        default: return false
        }
    }

    private func canEnd(_ suffix: String, _ domain: String) -> Bool {
        let parts = suffix.split(separator: "@", omittingEmptySubsequences: false)
        if parts.count > 2 { return false }
        if parts.count == 2 { return domainClass(of: "a@" + parts[1]) == domain }
        let lower = suffix.lowercased()
        let end = lower.hasSuffix(".") ? String(lower.dropLast()) : lower
        return patterns.allSatisfy { pattern in
            let whole = pattern.includesSubdomains ? "." + pattern.domain : pattern.domain
            if !pattern.matches(domain) { return !pattern.includesSubdomains || !end.hasSuffix(whole) }
            return whole.hasSuffix(end) || (pattern.includesSubdomains && end.hasSuffix(whole))
        }
    }

    private func shape(of text: String) -> Shape {
        let start = prefixes.filter { text.utf8.starts(with: $0.utf8) }.max { $0.utf8.count < $1.utf8.count }
        let end = suffixes.filter { text.utf8.reversed().starts(with: $0.utf8.reversed()) }
            .max { $0.utf8.count < $1.utf8.count }
        return Shape(prefix: start ?? "", suffix: end ?? "", domain: domainClass(of: text))
    }

    private func domainClass(of text: String) -> String? {
        guard !patterns.isEmpty, let address = MailAddress(text) else { return nil }
        let vector = patterns.map { $0.matches(address.domain) }
        return domains.first { domain in patterns.map { $0.matches(domain) } == vector }
    }

    // MARK: Examples

    private func candidates(_ shape: Shape) -> [String] {
        guard let domain = shape.domain else { return plain(shape) }
        let letters = TextClasses.letters.prefix(12)
        let locals = [shape.prefix + "ana", shape.prefix] + letters.map { shape.prefix + $0 + "1" }
        let upper = domain.prefix(1).uppercased() + domain.dropFirst()
        let last = domain.dropLast() + domain.suffix(1).uppercased()
        var places = [domain, upper, domain.uppercased(), String(last), domain + "."]
        let tail = shape.suffix.split(separator: "@", omittingEmptySubsequences: false).last.map { String($0) } ?? ""
        places += ["", "q7.", "q"].map { $0 + tail } + ["q." + tail + ".test"]
        places += ["x9." + domain, "q7x." + domain]
        return locals.flatMap { local in places.map { "\(local)@\($0)" } }
            + [shape.prefix + domain, shape.prefix + shape.suffix, "ana" + shape.suffix]
    }

    private func plain(_ shape: Shape) -> [String] {
        let base = shape.prefix.isEmpty && shape.suffix.isEmpty ? ["something", "anything", "thing"] : []
        return base
            + TextClasses.letters.flatMap { letter in
                [shape.prefix + letter + shape.suffix, shape.prefix + letter + "7" + letter + shape.suffix]
            } + [shape.prefix + " " + shape.suffix, shape.prefix + " q " + shape.suffix]
            + TextClasses.letters.flatMap { letter in
                TextClasses.letters.map { shape.prefix + letter + "-" + $0 + shape.suffix }
            }
    }
}

extension ValueTest {
    /// Whether a text can be compared with what the test names.
    fileprivate var hasText: Bool {
        switch self {
        case .equals(let value): value.string != nil
        case .isIn(let values), .isNotIn(let values): values.contains { $0.string != nil }
        default: false
        }
    }
}
