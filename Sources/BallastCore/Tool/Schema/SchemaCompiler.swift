/// Turns the source of a schema into a flat list of nodes.
///
/// Schemas wait in a queue rather than on the stack, so nesting and chains of references cost no recursion. A place
/// of the source that several references name is compiled once.
struct SchemaCompiler {
    /// A schema of the source that is still to be compiled.
    private struct Job {
        let node: Int
        let value: JSONValue
        let place: SchemaPlaces.ID
        let depth: Int
    }

    let limits: JSONSchemaLimits
    let dialect: SchemaDialect
    let root: JSONValue
    /// `$id` of the root, without its empty fragment; references to it are local.
    let rootID: String?

    var nodes: [SchemaNode] = []
    private(set) var tracksEvaluation = false

    private var places = SchemaPlaces()
    private(set) var nodeOfPlace: [SchemaPlaces.ID: Int] = [:]
    private var queue: [Job] = []
    /// Nodes that stand for `$anchor` names, with the place that first used the name; the node refers on once the
    /// anchor is found.
    var anchors: [JSONString: (node: Int, place: SchemaPlaces.ID)] = [:]
    private var patterns: [JSONString: SchemaPattern] = [:]
    private var patternInstructionsLeft: Int
    /// Members by name of the large objects that references lead through, so that each look-up is quick.
    var largeObjects: [SchemaPlaces.ID: [JSONString: JSONValue]] = [:]

    init(_ root: JSONValue, _ limits: JSONSchemaLimits) throws(JSONSchemaError) {
        self.root = root
        self.limits = limits
        self.patternInstructionsLeft = limits.maxPatternInstructions
        let id = root["$id"]?.string
        self.rootID = id.map { $0.hasSuffix("#") ? String($0.dropLast()) : $0 }
        guard let name = root["$schema"] else {
            self.dialect = .draft2020
            return
        }
        guard let text = name.string else {
            throw .invalidKeyword("/$schema", "$schema must be a string, not \(SchemaWording.kind(of: name))")
        }
        guard let dialect = SchemaDialect(named: text) else { throw .unknownDialect(text) }
        self.dialect = dialect
    }

    mutating func run() throws(JSONSchemaError) {
        _ = try node(for: root, at: SchemaPlaces.root, depth: 1)
        var done = 0
        while done < queue.count {
            try compile(queue[done])
            done += 1
        }
        try requireAnchors()
        try refuseEndlessReferences()
    }

    // MARK: Nodes

    /// The node for the schema at `place`, which is compiled later when it is new.
    mutating func node(for value: JSONValue, at place: SchemaPlaces.ID, depth: Int) throws(JSONSchemaError) -> Int {
        if let known = nodeOfPlace[place] { return known }
        guard depth <= limits.maxDepth else { throw .tooDeep(pointer(place), limit: limits.maxDepth) }
        let node = try newNode(at: place)
        nodeOfPlace[place] = node
        queue.append(Job(node: node, value: value, place: place, depth: depth))
        return node
    }

    mutating func newNode(at place: SchemaPlaces.ID) throws(JSONSchemaError) -> Int {
        guard nodes.count < limits.maxSubschemas else {
            throw .tooLarge(pointer(place), "schemas in one", limit: limits.maxSubschemas)
        }
        nodes.append(SchemaNode())
        return nodes.count - 1
    }

    private mutating func compile(_ job: Job) throws(JSONSchemaError) {
        switch job.value {
        case .bool(let allowsAnything):
            nodes[job.node].rules = allowsAnything ? [] : [.nothing]
        case .object(let object):
            let source = SchemaSource(object: object, place: job.place, depth: job.depth)
            nodes[job.node].rules = try rules(of: source, node: job.node)
        default:
            throw .notASchema(pointer(job.place), job.value)
        }
    }

    private mutating func rules(of source: SchemaSource, node: Int) throws(JSONSchemaError) -> [SchemaRule] {
        if dialect == .draft7, source["$ref"] != nil {
            try compileDefinitions(of: source)
            return try referenceRules(of: source)
        }
        try noteIdentity(of: source, node: node)
        var rules = try valueRules(of: source)
        rules += try arrayRules(of: source)
        rules += try objectRules(of: source)
        rules += try referenceRules(of: source)
        rules += try combinationRules(of: source)
        // Last, because they ask what all other rules have looked at.
        let unevaluated = try unevaluatedRules(of: source)
        tracksEvaluation = tracksEvaluation || !unevaluated.isEmpty
        try compileDefinitions(of: source)
        return rules + unevaluated
    }

    /// Definitions are checked even when nothing refers to them, and may hold anchors.
    private mutating func compileDefinitions(of source: SchemaSource) throws(JSONSchemaError) {
        for keyword in ["$defs", "definitions"] {
            guard let definitions = source[JSONString(keyword)]?.object else { continue }
            for member in definitions.members where member.value.object != nil || member.value.bool != nil {
                let place = place(source.place, JSONString(keyword), member.key)
                _ = try self.node(for: member.value, at: place, depth: source.depth + 1)
            }
        }
    }

    // MARK: Places

    func pointer(_ place: SchemaPlaces.ID) -> String { places.pointer(place) }

    /// The pointer of a keyword of `source`, for messages.
    mutating func pointer(of keyword: JSONString, in source: SchemaSource) -> String {
        let place = place(source.place, keyword)
        return places.pointer(place)
    }

    mutating func place(_ parent: SchemaPlaces.ID, _ steps: JSONString...) -> SchemaPlaces.ID {
        steps.reduce(parent) { places.child($0, of: $1) }
    }

    // MARK: Patterns

    /// The compiled form of `source`; equal patterns are compiled once.
    mutating func pattern(_ source: String, at place: SchemaPlaces.ID) throws(JSONSchemaError) -> SchemaPattern {
        if let known = patterns[JSONString(source)] { return known }
        do throws(PatternError) {
            let pattern = try SchemaPattern(source, maxInstructions: min(10_000, patternInstructionsLeft))
            patternInstructionsLeft = max(0, patternInstructionsLeft - pattern.program.instructions.count)
            patterns[JSONString(source)] = pattern
            return pattern
        } catch {
            throw .unsupportedPattern(pointer(place), error)
        }
    }
}
