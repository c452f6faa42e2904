package import BallastCore

/// One action of a run that is over, as far as it tells where values come from.
package struct ObservedAct: Sendable, Hashable {
    package let tool: String
    package let arguments: JSONValue
    /// nil where the tool gave none, or none that is JSON.
    package let answer: JSONValue?
    package let isError: Bool
    /// A person agreed to exactly these arguments.
    package let isApproved: Bool
    /// Records may stand in the answer that nobody can read: it was cut, or is beyond the bounds of the reader.
    package private(set) var hidesRecords = false
    /// What earlier runs wrote of the answer.
    package private(set) var recalled: RecalledLabels?

    package init(tool: String, arguments: JSONValue, answer: JSONValue?, isError: Bool = false, isApproved: Bool) {
        self.tool = tool
        self.arguments = arguments
        self.answer = answer
        self.isError = isError
        self.isApproved = isApproved
    }

    /// Reads what is on record; nil when the arguments are not JSON, as such an act did nothing.
    package init?(
        tool: String, arguments: [UInt8], result: [UInt8]?, isError: Bool, isApproved: Bool,
        recalled: RecalledLabels? = nil
    ) {
        guard let arguments = try? JSONReader.read(arguments) else { return nil }
        let result = isError ? nil : result
        self.init(
            tool: tool, arguments: arguments, answer: result.flatMap { try? JSONReader.read($0) }, isError: isError,
            isApproved: isApproved)
        self.recalled = recalled
        guard answer == nil, let result else { return }
        let first = result.first { $0 > 32 }
        hidesRecords = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }
}

/// The records that tools answered with in one run: each by kind and id, by name, and with the values that it may lend.
///
/// Taken act by act, in time linear in the answers; looked up in time linear in the arguments and the principal's
/// words. Bounded: once something did not fit, nothing is grounded in records any more, as what is missing might make a
/// name ambiguous.
package struct RecordIndex: Sendable, Hashable {
    /// An id under its kind; ids of two kinds have nothing to do with each other.
    struct Key: Sendable, Hashable {
        let kind: String
        let id: String
    }

    /// A value that a record may lend: the member it stands in, and what it is there.
    struct Loan: Sendable, Hashable {
        let member: String
        let key: Key
    }

    struct Record: Sendable, Hashable {
        var names: Set<String> = []
        var loans: Set<Loan> = []
    }

    package struct Bounds: Sendable, Hashable {
        package var records = 20_000
        package var bytes = 64 << 20
        package var nodes = 1_000_000
        package var depth = 32
        package init() {}
    }

    private(set) var records: [Key: Record] = [:]
    /// Ids under each name of a kind: two are enough to know that the name is ambiguous.
    private(set) var ids: [String: [String: Set<String>]] = [:]
    /// Names of a kind in which a token occurs.
    private(set) var namesWith: [String: [String: Set<String>]] = [:]
    /// The most tokens that a name has.
    private(set) var longestName = 0
    /// Ids that a person agreed to.
    private(set) var endorsed: Set<Key> = []
    /// Records that an act of this run made or changed, to which nobody agreed: what they hold may be the attacker's.
    private(set) var doubtful: Set<Key> = []
    /// Records in which such an act wrote what only the principal was to read.
    private(set) var unread: Set<Key> = []
    /// Something did not fit.
    package private(set) var isFull = false
    private var bytes = 0
    private let bounds: Bounds
    private static let longestNameTokens = 24
    private static let longestID = 512

    package init(bounds: Bounds = Bounds()) { self.bounds = bounds }

    // MARK: Taking

    /// Takes the next act of the run.
    package mutating func take(_ act: ObservedAct, under policy: Policy) {
        guard !isFull else { return }
        let isWrite = policy.toolClass(of: act.tool) != .safe
        let flow = policy.rules(for: act.tool).flow
        let isDoubtful = isWrite && !act.isApproved
        let leaves = isWrite ? ArgumentLeaves(act.arguments, flow.types).leaves : []
        let hidesText = isDoubtful && leaves.contains { $0.type == .own && !$0.isEmpty }
        for leaf in leaves {
            guard case .record(let kind) = leaf.type, let id = RecordIndex.id(of: leaf.value) else { continue }
            let key = Key(kind: kind, id: id)
            if act.isApproved { endorsed.insert(key) }
            if isDoubtful { doubtful.insert(key) }
            if hidesText { unread.insert(key) }
            spend(id.utf8.count)
        }
        for record in act.recalled?.records ?? [] {
            let key = Key(kind: record.kind, id: record.id)
            if record.isDoubtful { doubtful.insert(key) }
            if record.isUnread { unread.insert(key) }
        }
        if act.hidesRecords, policy.records.values.contains(where: { $0.tools.contains(act.tool) }) { isFull = true }
        guard !act.isError, let answer = act.answer else { return }
        for kind in policy.records.values where kind.tools.contains(act.tool) {
            var nodes = bounds.nodes
            var found: [Key] = []
            walk(answer, kind, policy, depth: 0, &nodes, &found)
            guard isDoubtful else { continue }
            doubtful.formUnion(found)
            if hidesText { unread.formUnion(found) }
        }
    }

    private mutating func spend(_ count: Int) {
        bytes += count + 64
        if bytes > bounds.bytes { isFull = true }
    }

    /// Objects with the id of the kind; what stands inside such a record is part of it.
    private mutating func walk(
        _ value: JSONValue, _ kind: RecordKind, _ policy: Policy, depth: Int, _ nodes: inout Int, _ found: inout [Key]
    ) {
        nodes -= 1
        guard nodes > 0, depth < bounds.depth else {
            isFull = true
            return
        }
        guard !isFull else { return }
        switch value {
        case .array(let elements):
            for element in elements { walk(element, kind, policy, depth: depth + 1, &nodes, &found) }
        case .object(let object):
            if let key = take(object, kind) { return found.append(key) }
            for member in object.members { walk(member.value, kind, policy, depth: depth + 1, &nodes, &found) }
        default: return
        }
    }

    private mutating func take(_ object: JSONObject, _ kind: RecordKind) -> Key? {
        guard let id = object[kind.id].flatMap(RecordIndex.id) else { return nil }
        let names = kind.names.compactMap { object[$0]?.string }
        guard !names.isEmpty || kind.names.isEmpty else { return nil }
        let key = Key(kind: kind.name, id: id)
        if records[key] == nil {
            guard records.count < bounds.records else {
                isFull = true
                return key
            }
            spend(id.utf8.count)
        }
        for name in names { add(name, to: key) }
        for (member, lent) in kind.lends {
            guard let value = object[member] else { continue }
            var loans = (records[key]?.loans ?? []).filter { $0.member != member.text }
            for element in value.array ?? [value] {
                guard let id = RecordIndex.id(of: element) else { continue }
                loans.insert(Loan(member: member.text, key: Key(kind: lent, id: id)))
                spend(id.utf8.count)
            }
            records[key, default: Record()].loans = loans
        }
        if records[key] == nil { records[key] = Record() }
        return key
    }

    private mutating func add(_ name: String, to key: Key) {
        let tokens = SpokenWords.folded(String(name.prefix(1024)))
        let normal = tokens.joined(separator: " ")
        guard !tokens.isEmpty, tokens.count <= RecordIndex.longestNameTokens,
            records[key]?.names.contains(normal) != true
        else { return }
        spend(2 * normal.utf8.count)
        longestName = max(longestName, tokens.count)
        records[key, default: Record()].names.insert(normal)
        ids[key.kind, default: [:]][normal, default: []].insert(key.id)
        for token in tokens { namesWith[key.kind, default: [:]][token, default: []].insert(normal) }
    }

    /// A text or whole number as an id: domains of addresses in lower case, everything else as it stands.
    static func id(of value: JSONValue) -> String? {
        let text: String? =
            switch value {
            case .string(let text): text.text
            case .number(let number): number.integer.map { String($0) }
            default: nil
            }
        guard let text, !text.isEmpty, text.utf8.count <= longestID else { return nil }
        return normalID(text)
    }

    /// Only the letters of a domain are the same in upper and lower case; a trailing dot is another domain.
    static func normalID(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@"), text.utf8.allSatisfy({ $0 < 128 }) else { return text }
        return text[...at] + text[text.index(after: at)...].lowercased()
    }
}
