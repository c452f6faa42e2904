package import BallastCore

/// Who is who: attributes of principals, and groups that approve and take over.
package struct People: Sendable, Hashable {
    private let principals: [String: [String: String]]
    private let groups: [String: [String]]

    package init(principals: [String: [String: String]] = [:], groups: [String: [String]] = [:]) {
        self.principals = principals
        self.groups = groups
    }

    /// What people.yaml says of a principal, such as `customer_id`; empty for one it does not know.
    package func attributes(of principal: Principal) -> [String: String] { principals[principal.name] ?? [:] }

    /// Groups that hold the principal, sorted.
    package func groups(of principal: Principal) -> [String] {
        groups.filter { $0.value.contains(principal.name) }.keys.sorted()
    }

    package func isMember(_ principal: Principal, of group: String) -> Bool {
        groups[group]?.contains(principal.name) ?? false
    }

    /// Members in the order of the file; empty for a group that is not there.
    package func members(of group: String) -> [Principal] { (groups[group] ?? []).map { Principal($0) } }

    package var groupNames: [String] { groups.keys.sorted() }
    package var names: [String] { principals.keys.sorted() }
    /// True for a group or a person.
    package func knows(_ name: String) -> Bool { groups[name] != nil || principals[name] != nil }
}
