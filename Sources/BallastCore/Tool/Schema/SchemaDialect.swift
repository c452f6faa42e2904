/// The versions of JSON Schema that are understood.
enum SchemaDialect: Sendable {
    /// The current version, and the one meant when a schema names none.
    case draft2020
    /// What many tool servers still declare: `items` may be an array, `dependencies`, a `$ref` hides its neighbours.
    case draft7

    static let names = "https://json-schema.org/draft/2020-12/schema, or http://json-schema.org/draft-07/schema#"

    /// The dialect that `$schema` names; nil for one that is not supported.
    init?(named name: String) {
        let isFragmentEmpty = name.hasSuffix("#")
        switch isFragmentEmpty ? String(name.dropLast()) : name {
        case "https://json-schema.org/draft/2020-12/schema": self = .draft2020
        case "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft-07/schema": self = .draft7
        default: return nil
        }
    }
}
