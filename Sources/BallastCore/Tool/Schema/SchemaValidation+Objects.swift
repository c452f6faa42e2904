/// Rules about objects and their members.
extension SchemaValidation {
    mutating func applyToObject(
        _ rule: SchemaRule, _ object: JSONObject, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        switch rule {
        case .memberCount(let counts): return checkCount(object.count, counts, "member")
        case .required(let names): return checkRequired(object, names)
        case .members(let members): return checkMembers(object, members, &evaluation)
        case .memberNames(let node): return checkNames(object, node)
        case .dependentRequired(let dependencies): return checkDependencies(object, dependencies)
        case .dependentSchemas(let dependencies): return checkDependencies(object, dependencies, &evaluation)
        case .unevaluatedMembers(let node): return checkUnevaluated(object, node, &evaluation)
        default: return true
        }
    }

    /// Whether the object has a member of this name; pays for looking.
    private mutating func has(_ name: JSONString, _ object: JSONObject) -> Bool {
        charge(object.count / 8) && object[name] != nil
    }

    private mutating func checkRequired(_ object: JSONObject, _ names: [JSONString]) -> Bool {
        var isValid = true
        for name in names where !has(name, object) {
            isValid = violateMissing(name, keyword: "required", "required, but missing")
            if isDone { break }
        }
        return isValid
    }

    /// Reports a missing member at its object, worded with the member's path.
    private mutating func violateMissing(_ name: JSONString, keyword: String, _ rule: String) -> Bool {
        let pointer = location.pointer
        location.push(.member(name))
        defer { location.pop() }
        return report([
            JSONSchemaViolation(pointer: pointer, keyword: keyword, message: "\(location.path): \(rule)")
        ])
    }

    private mutating func checkMembers(
        _ object: JSONObject, _ members: SchemaMembers, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        var isValid = true
        for (index, member) in object.members.enumerated() {
            guard let isMemberValid = checkMember(member, members) else { continue }
            if tracksEvaluation { evaluation.insert(member: index) }
            isValid = isValid && isMemberValid
            if !isValid, isDone { break }
        }
        return isValid
    }

    /// Whether a member keeps every schema that takes it; nil when none does.
    private mutating func checkMember(_ member: JSONMember, _ members: SchemaMembers) -> Bool? {
        var isValid: Bool?
        if let node = members.named[member.key] {
            isValid = check(node, member.value, at: .member(member.key))
        }
        for (pattern, node) in members.patterns {
            guard let isMatch = pattern.matches(member.key.text, work: &work) else { return charge(1) }
            guard isMatch else { continue }
            let isPatternValid = check(node, member.value, at: .member(member.key))
            isValid = (isValid ?? true) && isPatternValid
        }
        guard isValid == nil, let node = members.additional else { return isValid }
        guard nodes[node].allowsNothing else { return check(node, member.value, at: .member(member.key)) }
        return violateUnknown(member, "additionalProperties", known: members.order)
    }

    private mutating func violateUnknown(_ member: JSONMember, _ keyword: String, known: [JSONString]) -> Bool {
        location.push(.member(member.key))
        defer { location.pop() }
        let names = SchemaWording.list(known.prefix(40).map(\.text))
        return violate(
            keyword, "unknown member; " + (known.isEmpty ? "leave it out" : "leave it out or use one of \(names)"))
    }

    private mutating func checkNames(_ object: JSONObject, _ node: Int) -> Bool {
        var isValid = true
        for member in object.members where !check(node, .string(member.key), at: .nameOf(member.key)) {
            isValid = false
            if isDone { break }
        }
        return isValid
    }

    private mutating func checkDependencies(
        _ object: JSONObject, _ dependencies: [SchemaDependency<[JSONString]>]
    ) -> Bool {
        var isValid = true
        for dependency in dependencies where has(dependency.member, object) {
            for name in dependency.consequence where !has(name, object) {
                let cause = SchemaWording.quoted(dependency.member.text)
                let rule = "required when \(cause) is given, but missing"
                isValid = violateMissing(name, keyword: "dependentRequired", rule)
                if isDone { return false }
            }
        }
        return isValid
    }

    private mutating func checkDependencies(
        _ object: JSONObject, _ dependencies: [SchemaDependency<Int>], _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        var isValid = true
        for dependency in dependencies where has(dependency.member, object) {
            if !checkInPlace(dependency.consequence, .object(object), &evaluation) { isValid = false }
            if !isValid, isDone { break }
        }
        return isValid
    }

    private mutating func checkUnevaluated(
        _ object: JSONObject, _ node: Int, _ evaluation: inout SchemaEvaluation
    ) -> Bool {
        var isValid = true
        for (index, member) in object.members.enumerated() where !evaluation.members.contains(index) {
            let isMemberValid =
                nodes[node].allowsNothing
                ? violateUnknown(member, "unevaluatedProperties", known: [])
                : check(node, member.value, at: .member(member.key))
            if !isMemberValid { isValid = false }
            evaluation.insert(member: index)
            if !isValid, isDone { break }
        }
        return isValid
    }
}
