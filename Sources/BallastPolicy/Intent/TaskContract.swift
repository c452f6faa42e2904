package import BallastCore

/// What one run may do at all, stated before it began: by the caller, with the agent, or drafted from the principal's words
/// and confirmed. It only takes away: classes, rules and limits hold beside it.
package struct TaskContract: Sendable, Hashable {
    /// A tool that the run may use, how often, and with which arguments.
    package struct Permit: Sendable, Hashable {
        package let tool: String
        package let maxCount: Int?
        /// Values that these arguments must have, every element of a list.
        package let values: [FieldPath: [JSONValue]]

        package init(tool: String, maxCount: Int? = nil, values: [FieldPath: [JSONValue]] = [:]) {
            self.tool = tool
            self.maxCount = maxCount
            self.values = values
        }
    }

    package let permits: [Permit]
    /// Ids and destinations that count as named by the principal.
    package let targets: Set<String>
    /// The most that an argument may be: an amount of money where the policy declares one, otherwise a whole number.
    package let bounds: [FieldPath: Quantity]
    /// The first moment at which nothing is permitted any more.
    package let expires: Timestamp?

    package init(
        permits: [Permit], targets: Set<String> = [], bounds: [FieldPath: Quantity] = [:], expires: Timestamp? = nil
    ) {
        self.permits = permits
        self.targets = targets
        self.bounds = bounds
        self.expires = expires
    }
}

/// A contract with who stated it. All contracts of a run bound it; only some of them say what it is for.
package struct StatedContract: Sendable, Hashable {
    package enum Standing: Sendable, Hashable, CaseIterable {
        /// By a caller that may vouch for the principal's words: it licenses what it names, whatever the words are.
        case principal
        /// By the operator, with the agent: it licenses what it names in runs that nobody's words are known of.
        case configuration
        /// By anybody else: it licenses nothing.
        case claimed
    }

    package let contract: TaskContract
    package let standing: Standing

    package init(_ contract: TaskContract, _ standing: Standing) {
        self.contract = contract
        self.standing = standing
    }

    /// A contract as a journal has it; nil when it cannot be read.
    package init?(bytes: [UInt8], label: Label) {
        guard let json = try? JSONReader.read(bytes), let contract = try? TaskContract(json: json) else { return nil }
        let standing: Standing =
            label.sources == [.principal] ? .principal : label.sources == [.configuration] ? .configuration : .claimed
        self.init(contract, standing)
    }

    /// What an agent is bound by that works for this run in a run of its own. Counted permits stay here, as two runs
    /// would use them twice.
    package static func inherited(_ json: JSONValue) -> JSONValue {
        guard var contract = json.object, let tools = contract["tools"]?.array else { return json }
        contract["tools"] = .array(tools.filter { $0["max_count"] == nil })
        return .object(contract)
    }
}

/// What is wrong with a contract that somebody sent.
package struct TaskContractError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

extension TaskContract {
    private static let keys = ["tools", "targets", "bounds", "expires"]
    private static let mostEntries = 200

    /// Reads `{tools: [{name, max_count, where}], targets, bounds, expires}`. What is not known is refused: a contract that is
    /// half understood promises a bound that is not there.
    package init(json: JSONValue) throws(TaskContractError) {
        let object = try TaskContract.object(json, "a contract", keys: TaskContract.keys)
        guard let tools = object["tools"]?.array, tools.count <= TaskContract.mostEntries else {
            throw TaskContractError(description: "`tools` is a list of up to \(TaskContract.mostEntries) tools")
        }
        var permits: [Permit] = []
        for tool in tools { permits.append(try TaskContract.permit(tool)) }
        var targets: Set<String> = []
        for target in try TaskContract.list(object["targets"], "targets") {
            guard let id = RecordIndex.id(of: target) else {
                throw TaskContractError(description: "each of `targets` is a text or a whole number")
            }
            targets.insert(id)
        }
        var bounds: [FieldPath: Quantity] = [:]
        for member in try TaskContract.members(object["bounds"], "bounds") {
            bounds[try TaskContract.path(member.key.text)] = try TaskContract.bound(member.value)
        }
        var expires: Timestamp?
        if let value = object["expires"] {
            guard let moment = value.string.flatMap(MomentText.timestamp) else {
                throw TaskContractError(description: "`expires` is a moment such as 2027-03-01T12:00:00Z")
            }
            expires = moment
        }
        self.init(permits: permits, targets: targets, bounds: bounds, expires: expires)
    }

    private static func permit(_ json: JSONValue) throws(TaskContractError) -> Permit {
        if let name = json.string { return Permit(tool: name) }
        let object = try object(json, "an entry of `tools`", keys: ["name", "max_count", "where"])
        guard let name = object["name"]?.string else {
            throw TaskContractError(description: "an entry of `tools` has a `name`")
        }
        var count: Int?
        if let value = object["max_count"] {
            guard let number = value.integer, (0...1_000_000).contains(number) else {
                throw TaskContractError(description: "`max_count` of \(name) is a whole number from 0 on")
            }
            count = Int(number)
        }
        var values: [FieldPath: [JSONValue]] = [:]
        for member in try members(object["where"], "where") {
            values[try path(member.key.text)] = member.value.array ?? [member.value]
        }
        return Permit(tool: name, maxCount: count, values: values)
    }

    private static func bound(_ json: JSONValue) throws(TaskContractError) -> Quantity {
        let value = json["at_most"] ?? json
        if let money = value.string.flatMap({ Money($0) }) { return .money(money) }
        if let number = value.integer { return .integer(number) }
        throw TaskContractError(description: "a bound is a whole number, or money such as \"50.00 USD\"")
    }

    private static func path(_ text: String) throws(TaskContractError) -> FieldPath {
        guard let path = FieldPath(text) else { throw TaskContractError(description: "`\(text)` is no argument") }
        return path
    }

    private static func object(
        _ json: JSONValue, _ what: String, keys: [String]
    ) throws(TaskContractError) -> JSONObject {
        guard let object = json.object else { throw TaskContractError(description: "\(what) is an object") }
        for key in object.keys where !keys.contains(key.text) {
            throw TaskContractError(description: "\(what) has \(keys.joined(separator: ", ")), and not `\(key)`")
        }
        return object
    }

    private static func list(_ json: JSONValue?, _ what: String) throws(TaskContractError) -> [JSONValue] {
        guard let json else { return [] }
        guard let list = json.array, list.count <= mostEntries else {
            throw TaskContractError(description: "`\(what)` is a list of up to \(mostEntries) entries")
        }
        return list
    }

    private static func members(_ json: JSONValue?, _ what: String) throws(TaskContractError) -> [JSONMember] {
        guard let json else { return [] }
        guard let object = json.object, object.count <= mostEntries else {
            throw TaskContractError(description: "`\(what)` is an object of up to \(mostEntries) members")
        }
        return object.members
    }
}

extension TaskContract {
    /// What it names that is not there: such a permit is never used, and such a bound never holds anything.
    ///
    /// - Parameters:
    ///   - schemas: The arguments of tools, by name; what is not in it is not looked at.
    ///   - isKnown: Whether there is such a tool at all.
    package func complaint(
        against schemas: [String: JSONValue], isKnown: (String) -> Bool
    ) -> TaskContractError? {
        for permit in permits {
            guard isKnown(permit.tool) else {
                return TaskContractError(description: "there is no tool \(ShownText.text(permit.tool, longest: 128))")
            }
            guard let schema = schemas[permit.tool] else { continue }
            for path in permit.values.keys.sorted() {
                guard case .absent(let known) = SchemaField.look(up: path, in: schema) else { continue }
                return TaskContractError(
                    description: "`where` names \(path), and \(permit.tool) has "
                        + "\(known.isEmpty ? "no arguments" : Wording.list(known.sorted(), last: "and"))")
            }
        }
        for path in bounds.keys.sorted() {
            let schemas = permits.map { schemas[$0.tool] }
            let isAbsent =
                !schemas.isEmpty
                && schemas.allSatisfy { schema in
                    guard let schema, case .absent = SchemaField.look(up: path, in: schema) else { return false }
                    return true
                }
            guard isAbsent else { continue }
            return TaskContractError(description: "`bounds` names \(path), which no tool of the contract takes")
        }
        return nil
    }
}

extension TaskContract {
    /// Why an action is outside; nil when it is inside.
    ///
    /// - Parameter uses: How often the tool was used in the run, this action not counted.
    func complaint(about facts: PolicyFacts, rules: ToolRules, uses: Int) -> (sentence: String, remedy: String)? {
        if let expires, expires <= facts.now {
            return ("The contract of this task ended at \(expires.rfc3339).", "a new contract is given")
        }
        let permits = permits.filter { $0.tool == facts.tool }
        guard !permits.isEmpty else {
            return (
                "\(facts.tool) is not in the contract of this task.",
                "it is one of \(Wording.list(Set(self.permits.map(\.tool)).sorted(), last: "or"))"
            )
        }
        let count = permits.contains { $0.maxCount == nil } ? nil : permits.compactMap(\.maxCount).reduce(0, +)
        if let count, uses >= count {
            return ("The contract of this task has \(facts.tool) \(count) times, and that is used up.", "nothing more")
        }
        guard permits.contains(where: { $0.allows(facts.arguments) }) else {
            return (
                "The contract of this task has \(facts.tool) with other arguments.",
                "its arguments are as in the contract"
            )
        }
        for (path, bound) in bounds.sorted(by: { $0.key < $1.key }) where path.value(in: facts.arguments) != nil {
            let test = ValueTest.compares(.atMost, bound)
            let holds = test.evaluate(
                path.value(in: facts.arguments), money: rules.money(at: path), quantifier: .every)
            guard holds != .yes else { continue }
            return ("\(path) is not known to be at most \(bound), as the contract says.", "\(path) is at most \(bound)")
        }
        return nil
    }
}

extension TaskContract.Permit {
    fileprivate func allows(_ arguments: JSONValue) -> Bool {
        values.allSatisfy { path, values in
            guard let value = path.value(in: arguments) else { return false }
            return ValueTest.isIn(values).evaluate(value, quantifier: .every) == .yes
        }
    }
}
