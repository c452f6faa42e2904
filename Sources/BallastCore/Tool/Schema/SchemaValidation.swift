/// One check of one value, with its bounds.
struct SchemaValidation {
    let nodes: [SchemaNode]
    let limits: JSONSchemaLimits
    let tracksEvaluation: Bool

    var location = SchemaLocation()
    private(set) var violations: [JSONSchemaViolation] = []
    var work: Int
    private var depth = 0
    /// Why the check gave up; then nothing counts as valid any more.
    private var failure: String?
    /// Above zero while only the answer counts and nobody reads the violations.
    private var probes = 0

    init(_ schema: JSONSchema) {
        self.nodes = schema.nodes
        self.limits = schema.limits
        self.tracksEvaluation = schema.tracksEvaluation
        self.work = schema.limits.maxWork
    }

    mutating func run(_ value: JSONValue) -> [JSONSchemaViolation] {
        var evaluation = SchemaEvaluation()
        _ = check(0, value, &evaluation)
        guard let failure else { return violations }
        return violations.prefix(limits.maxViolations - 1)
            + [JSONSchemaViolation(pointer: "", keyword: "limit", message: "value: \(failure)")]
    }

    // MARK: Applying schemas

    /// Whether `value`, at the current location, keeps all rules of a schema.
    ///
    /// Recursion is bounded by `limits.maxRecursion`, time by `limits.maxWork`.
    mutating func check(_ node: Int, _ value: JSONValue, _ evaluation: inout SchemaEvaluation) -> Bool {
        guard charge(1) else { return false }
        guard depth < limits.maxRecursion else {
            return giveUp("too deeply nested to be checked; send a flatter value")
        }
        depth += 1
        defer { depth -= 1 }
        var isValid = true
        for rule in nodes[node].rules where !apply(rule, value, &evaluation) {
            isValid = false
            if isDone { break }
        }
        return isValid && failure == nil
    }

    /// Whether a part of the value keeps a schema; what its rules look at is of no concern here.
    mutating func check(_ node: Int, _ value: JSONValue, at step: SchemaLocation.Step) -> Bool {
        location.push(step)
        defer { location.pop() }
        var evaluation = SchemaEvaluation()
        return check(node, value, &evaluation)
    }

    /// Whether `value` keeps a schema, without reporting why not.
    mutating func probe(_ node: Int, _ value: JSONValue, _ evaluation: inout SchemaEvaluation) -> Bool {
        probes += 1
        defer { probes -= 1 }
        var inner = SchemaEvaluation()
        guard check(node, value, &inner) else { return false }
        merge(inner, into: &evaluation)
        return true
    }

    /// Like `check`, for a schema that another applies to the same value.
    mutating func checkInPlace(_ node: Int, _ value: JSONValue, _ evaluation: inout SchemaEvaluation) -> Bool {
        var inner = SchemaEvaluation()
        guard check(node, value, &inner) else { return false }
        merge(inner, into: &evaluation)
        return true
    }

    /// The violations of a schema, without reporting them.
    mutating func trial(_ node: Int, _ value: JSONValue) -> [JSONSchemaViolation] {
        let reported = violations
        violations = []
        defer { violations = reported }
        var evaluation = SchemaEvaluation()
        _ = check(node, value, &evaluation)
        return violations
    }

    mutating func merge(_ inner: SchemaEvaluation, into evaluation: inout SchemaEvaluation) {
        guard tracksEvaluation, charge(inner.count) else { return }
        evaluation.formUnion(inner)
    }

    private mutating func apply(_ rule: SchemaRule, _ value: JSONValue, _ evaluation: inout SchemaEvaluation) -> Bool {
        switch rule {
        case .nothing:
            return violate("false", "nothing is allowed here, got \(SchemaWording.found(value)); leave it out")
        case .type(let types): return checkType(value, types)
        case .values(let values): return checkValues(value, values)
        case .range(let range): return checkRange(value, range)
        case .length(let counts): return checkLength(value, counts)
        case .pattern(let pattern): return checkPattern(value, pattern)
        case .format(let format): return checkFormat(value, format)
        case .reference(let node): return checkInPlace(node, value, &evaluation)
        case .all, .any, .one, .not, .conditional: return applyCombination(rule, value, &evaluation)
        default: break
        }
        switch value {
        case .array(let elements): return applyToArray(rule, elements, &evaluation)
        case .object(let object): return applyToObject(rule, object, &evaluation)
        default: return true
        }
    }

    // MARK: Bounds and reports

    /// Whether there is no point in going on.
    var isDone: Bool { probes > 0 || failure != nil || violations.count >= limits.maxViolations }

    /// Takes `cost` from the work that is left; false when there is none.
    mutating func charge(_ cost: Int) -> Bool {
        work -= min(cost, work)
        return work > 0 ? failure == nil : giveUp("too large to be checked against this schema; send less at once")
    }

    mutating func giveUp(_ reason: String) -> Bool {
        failure = failure ?? reason
        return false
    }

    /// Reports that `keyword` is broken at the current location; always false.
    mutating func violate(_ keyword: String, _ rule: @autoclosure () -> String) -> Bool {
        guard !isDone else { return false }
        violations.append(
            JSONSchemaViolation(
                pointer: location.pointer, keyword: keyword, message: "\(location.path): \(rule())"))
        return false
    }

    /// Reports violations that a trial has found; always false.
    mutating func report(_ found: [JSONSchemaViolation]) -> Bool {
        guard !isDone else { return false }
        violations += found.prefix(limits.maxViolations - violations.count)
        return false
    }
}
