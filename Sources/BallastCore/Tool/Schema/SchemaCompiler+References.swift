/// `$ref`, anchors, and the refusal of references that leave the schema or never end.
extension SchemaCompiler {
    mutating func referenceRules(of source: SchemaSource) throws(JSONSchemaError) -> [SchemaRule] {
        for keyword in ["$dynamicRef", "$recursiveRef"] as [JSONString] where source[keyword] != nil {
            throw .unsupportedKeyword(pointer(of: keyword, in: source), "refer to one schema with $ref")
        }
        guard let value = source["$ref"] else { return [] }
        let place = place(source.place, "$ref")
        guard let reference = value.string else {
            throw .invalidKeyword(pointer(place), "$ref must be a string, not \(SchemaWording.kind(of: value))")
        }
        return [.reference(try target(of: reference, at: place))]
    }

    /// The node that `reference` names; only fragments of this schema are ever looked at.
    private mutating func target(of reference: String, at place: SchemaPlaces.ID) throws(JSONSchemaError) -> Int {
        guard let fragment = localFragment(of: reference) else { throw .remoteReference(pointer(place), reference) }
        guard let decoded = SchemaPlaces.percentDecoded(fragment) else {
            throw .unresolvedReference(pointer(place), reference)
        }
        if decoded.isEmpty { return 0 }
        guard decoded.utf8.first == UInt8(ascii: "/") else { return try anchor(JSONString(decoded), usedAt: place) }
        guard let (value, target) = find(decoded) else { throw .unresolvedReference(pointer(place), reference) }
        // A referenced schema starts counting anew: the limit is on what is nested in it.
        return try node(for: value, at: target, depth: 1)
    }

    private func localFragment(of reference: String) -> Substring? {
        let hash = UInt8(ascii: "#")
        if reference.utf8.first == hash { return Substring(reference.utf8.dropFirst()) }
        guard let rootID, !rootID.isEmpty, reference.utf8.starts(with: rootID.utf8) else { return nil }
        let rest = reference.utf8.dropFirst(rootID.utf8.count)
        return rest.isEmpty ? "" : rest.first == hash ? Substring(rest.dropFirst()) : nil
    }

    /// The value that a JSON Pointer names, with its place.
    private mutating func find(_ jsonPointer: String) -> (JSONValue, SchemaPlaces.ID)? {
        var value = root
        var target = SchemaPlaces.root
        for step in SchemaPlaces.steps(of: jsonPointer) {
            guard let child = child(step, of: value, at: target) else { return nil }
            value = child
            target = place(target, step)
        }
        return (value, target)
    }

    private mutating func child(_ step: JSONString, of value: JSONValue, at place: SchemaPlaces.ID) -> JSONValue? {
        guard let object = value.object else { return SchemaPlaces.index(step.text).flatMap { value[$0] } }
        guard object.count > 16 else { return object[step] }
        if let known = largeObjects[place] { return known[step] }
        let members = Dictionary(object.members.map { ($0.key, $0.value) }) { first, _ in first }
        largeObjects[place] = members
        return members[step]
    }

    /// The node that stands for an anchor, whether it has been seen yet or not.
    private mutating func anchor(_ name: JSONString, usedAt place: SchemaPlaces.ID) throws(JSONSchemaError) -> Int {
        if let known = anchors[name] { return known.node }
        let node = try newNode(at: place)
        anchors[name] = (node, place)
        return node
    }

    /// Notes the anchors of a schema; refuses a schema that starts a document of its own.
    mutating func noteIdentity(of source: SchemaSource, node: Int) throws(JSONSchemaError) {
        for keyword in ["$anchor", "$dynamicAnchor"] as [JSONString] {
            guard let value = source[keyword] else { continue }
            try define(value.string, at: place(source.place, keyword), node: node)
        }
        guard let id = source["$id"], node != 0 else { return }
        let place = place(source.place, "$id")
        guard dialect == .draft7, let text = id.string, text.hasPrefix("#") else {
            throw .unsupportedKeyword(pointer(place), "remove the nested $id and refer to the schema by its place")
        }
        try define(String(text.dropFirst()), at: place, node: node)
    }

    private mutating func define(_ name: String?, at place: SchemaPlaces.ID, node: Int) throws(JSONSchemaError) {
        guard let name, !name.isEmpty else { throw .invalidKeyword(pointer(place), "an anchor must be a name") }
        let anchor = try anchor(JSONString(name), usedAt: place)
        guard nodes[anchor].rules.isEmpty else {
            throw .invalidKeyword(pointer(place), "the anchor \(SchemaWording.quoted(name)) is defined twice")
        }
        nodes[anchor].rules = [.reference(node)]
    }

    func requireAnchors() throws(JSONSchemaError) {
        let missing = anchors.filter { nodes[$0.value.node].rules.isEmpty }
        guard let (name, use) = missing.min(by: { $0.key < $1.key }) else { return }
        throw .unresolvedReference(pointer(use.place), "#" + name.text)
    }

    /// Refuses schemas that lead back to themselves on the same value: checking against them would never end.
    func refuseEndlessReferences() throws(JSONSchemaError) {
        guard let node = SchemaCycle.find(in: nodes) else { return }
        let place = nodeOfPlace.first { $0.value == node }?.key ?? SchemaPlaces.root
        throw .endlessReference(pointer(place))
    }
}
