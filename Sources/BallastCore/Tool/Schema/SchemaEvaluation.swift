/// Which parts of a value the rules of one schema have looked at, for `unevaluatedProperties` and
/// `unevaluatedItems`; members and items by position.
struct SchemaEvaluation {
    private(set) var members: Set<Int> = []
    private(set) var items: Set<Int> = []

    mutating func insert(member: Int) { members.insert(member) }
    mutating func insert(item: Int) { items.insert(item) }

    mutating func formUnion(_ other: SchemaEvaluation) {
        members.formUnion(other.members)
        items.formUnion(other.items)
    }

    var count: Int { members.count + items.count }
}
