/// Finds schemas that apply themselves, directly or through others, to one and the same value.
enum SchemaCycle {
    private enum State { case new, open, done }

    /// A node on such a cycle; nil when there is none. Depth first, with a stack of its own.
    static func find(in nodes: [SchemaNode]) -> Int? {
        let edges = nodes.map { $0.rules.flatMap(targetsOnSameValue) }
        var states = Array(repeating: State.new, count: nodes.count)
        for start in nodes.indices where states[start] == .new {
            var stack = [(node: start, nextEdge: 0)]
            states[start] = .open
            while let (node, edge) = stack.last {
                guard edge < edges[node].count else {
                    states[node] = .done
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].nextEdge += 1
                let target = edges[node][edge]
                if states[target] == .open { return target }
                if states[target] == .new {
                    states[target] = .open
                    stack.append((target, 0))
                }
            }
        }
        return nil
    }

    /// The schemas that a rule applies to the value itself rather than to something inside it.
    private static func targetsOnSameValue(_ rule: SchemaRule) -> [Int] {
        switch rule {
        case .reference(let node), .not(let node): [node]
        case .all(let nodes), .any(let nodes), .one(let nodes): nodes
        case .conditional(let rule): [rule.condition] + [rule.then, rule.otherwise].compactMap(\.self)
        case .dependentSchemas(let dependencies): dependencies.map(\.consequence)
        default: []
        }
    }
}
