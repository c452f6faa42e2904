/// Why a schema cannot be used, and where in the schema.
package struct JSONSchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of rule was broken; stable, for programs.
    package enum Code: String, Sendable, CaseIterable {
        case endlessReference = "endless_reference"
        case invalidKeyword = "invalid_keyword"
        case notASchema = "not_a_schema"
        case remoteReference = "remote_reference"
        case tooDeep = "too_deep"
        case tooLarge = "too_large"
        case unknownDialect = "unknown_dialect"
        case unresolvedReference = "unresolved_reference"
        case unsupportedKeyword = "unsupported_keyword"
        case unsupportedPattern = "unsupported_pattern"
    }

    package let code: Code
    /// JSON Pointer (RFC 6901) of the place in the schema; empty for its root.
    package let pointer: String
    /// What happened, why it is refused and what to do, for people.
    package let message: String

    package var description: String { "unusable JSON Schema at \"\(pointer)\": \(message)" }
}

/// The wording of every schema error, in one place.
extension JSONSchemaError {
    static func endlessReference(_ pointer: String) -> JSONSchemaError {
        JSONSchemaError(
            code: .endlessReference, pointer: pointer,
            message: "this schema applies itself to the same value without end; let it refer to itself only through "
                + "properties or items")
    }

    static func invalidKeyword(_ pointer: String, _ rule: String) -> JSONSchemaError {
        JSONSchemaError(code: .invalidKeyword, pointer: pointer, message: rule)
    }

    static func notASchema(_ pointer: String, _ value: JSONValue) -> JSONSchemaError {
        JSONSchemaError(
            code: .notASchema, pointer: pointer,
            message: "a schema is an object, true or false; this is \(SchemaWording.kind(of: value))")
    }

    static func remoteReference(_ pointer: String, _ reference: String) -> JSONSchemaError {
        JSONSchemaError(
            code: .remoteReference, pointer: pointer,
            message:
                "the reference \(SchemaWording.quoted(reference)) leaves this schema, and nothing is ever fetched; "
                + "copy the schema into $defs")
    }

    static func tooDeep(_ pointer: String, limit: Int) -> JSONSchemaError {
        JSONSchemaError(
            code: .tooDeep, pointer: pointer, message: "more than \(limit) schemas are nested; move some to $defs")
    }

    static func tooLarge(_ pointer: String, _ what: String, limit: Int) -> JSONSchemaError {
        JSONSchemaError(
            code: .tooLarge, pointer: pointer, message: "more than \(limit) \(what); make the schema smaller")
    }

    static func unknownDialect(_ dialect: String) -> JSONSchemaError {
        JSONSchemaError(
            code: .unknownDialect, pointer: "/$schema",
            message: "the dialect \(SchemaWording.quoted(dialect)) is not supported; use \(SchemaDialect.names)")
    }

    static func unresolvedReference(_ pointer: String, _ reference: String) -> JSONSchemaError {
        JSONSchemaError(
            code: .unresolvedReference, pointer: pointer,
            message: "the reference \(SchemaWording.quoted(reference)) names nothing in this schema; correct it or add "
                + "the definition")
    }

    static func unsupportedKeyword(_ pointer: String, _ advice: String) -> JSONSchemaError {
        JSONSchemaError(
            code: .unsupportedKeyword, pointer: pointer,
            message: "this keyword changes what is valid and is not supported; \(advice)")
    }

    static func unsupportedPattern(_ pointer: String, _ error: PatternError) -> JSONSchemaError {
        JSONSchemaError(code: .unsupportedPattern, pointer: pointer, message: "the pattern is refused: \(error)")
    }
}
