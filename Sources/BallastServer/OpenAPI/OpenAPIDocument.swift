import BallastCore
import HTTPTypes

/// The description of the API as OpenAPI 3.1, made from the table of operations.
enum OpenAPIDocument {
    static func make(_ operations: [APIOperation]) -> JSONValue {
        var paths: JSONObject = [:]
        for operation in operations {
            let key = JSONString(operation.path)
            var item = paths[key]?.object ?? JSONObject()
            item[JSONString(operation.method.rawValue.lowercased())] = describe(operation)
            paths[key] = .object(item)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Ballast control API", "version": JSONValue(BallastVersion.current),
                "description":
                    "Runs of AI agents, the decisions of people about them, and the switches that stop them.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]],
            "security": [["bearer": []], ["api_key": []]],
            "tags": .array(tags(operations).map { ["name": JSONValue($0)] }),
            "paths": .object(paths),
            "components": [
                "schemas": .object(OpenAPISchemas.components),
                "securitySchemes": [
                    "bearer": [
                        "type": "http", "scheme": "bearer", "description": "A Ballast key: blst_live_…",
                    ],
                    "api_key": ["type": "apiKey", "in": "header", "name": "x-api-key"],
                ],
            ],
        ]
    }

    private static func tags(_ operations: [APIOperation]) -> [String] {
        operations.reduce(into: [String]()) { if !$0.contains($1.tag) { $0.append($1.tag) } }
    }

    private static func describe(_ operation: APIOperation) -> JSONValue {
        var document: JSONObject = [
            "operationId": JSONValue(operation.id), "tags": [JSONValue(operation.tag)],
            "summary": JSONValue(operation.summary), "parameters": .array(parameters(operation)),
        ]
        if operation.isPublic { document["security"] = [] }
        if !operation.scopes.isEmpty {
            let names = operation.scopes.map(\.rawValue).sorted()
            document["description"] = JSONValue("Needs a key with one of the scopes: \(names.joined(separator: ", ")).")
        }
        if let body = operation.body {
            document["requestBody"] = [
                "required": .bool(!operation.isBodyOptional),
                "content": ["application/json": ["schema": Schema.ref(body)]],
            ]
        }
        document["responses"] = .object(responses(operation))
        return .object(document)
    }

    // MARK: Parameters

    private static func parameters(_ operation: APIOperation) -> [JSONValue] {
        var parameters = operation.parameters.map { name -> JSONValue in
            ["name": JSONValue(name), "in": "path", "required": true, "schema": pathSchema(name)]
        }
        parameters += operation.query.map { parameter -> JSONValue in
            [
                "name": JSONValue(parameter.name), "in": "query", "required": false,
                "description": JSONValue(parameter.description), "schema": parameter.schema,
            ]
        }
        if operation.method == .post {
            parameters.append(header("Idempotency-Key", "Carries the request out once, however often it is sent."))
        }
        if operation.id == "listRunEvents" {
            parameters.append(header("Last-Event-ID", "For a stream: the id of the last event that was received."))
        }
        return parameters
    }

    private static func header(_ name: String, _ description: String) -> JSONValue {
        [
            "name": JSONValue(name), "in": "header", "required": false, "description": JSONValue(description),
            "schema": ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-+\\--~]+$"],
        ]
    }

    private static func pathSchema(_ name: String) -> JSONValue {
        switch name {
        case "run_id": OpenAPISchemas.id("run")
        case "halt_id": OpenAPISchemas.id("halt")
        case "key_id": OpenAPISchemas.id("key")
        case "approval_id": OpenAPISchemas.scopedID("apr")
        case "effect_id": OpenAPISchemas.scopedID("eff")
        default: OpenAPISchemas.name
        }
    }

    // MARK: Answers

    private static func responses(_ operation: APIOperation) -> JSONObject {
        var responses: JSONObject = [:]
        for answer in operation.answers { responses[JSONString(String(answer.status))] = describe(answer) }
        for status in problems(operation).sorted() where responses[JSONString(String(status))] == nil {
            responses[JSONString(String(status))] = problem(status)
        }
        return responses
    }

    private static func describe(_ answer: APIOperation.Answer) -> JSONValue {
        var document: JSONObject = ["description": JSONValue(answer.description), "headers": .object(headers(answer))]
        if !answer.content.isEmpty {
            var content: JSONObject = [:]
            for (type, schema) in answer.content {
                content[JSONString(type)] = ["schema": schema.map(Schema.ref) ?? Schema.string]
            }
            document["content"] = .object(content)
        }
        return .object(document)
    }

    private static func headers(_ answer: APIOperation.Answer) -> JSONObject {
        var headers: JSONObject = ["X-Request-Id": ["required": true, "schema": Schema.string]]
        if answer.hasLocation { headers["Location"] = ["required": true, "schema": Schema.string] }
        return headers
    }

    /// Problems that follow from what an operation is.
    private static func problems(_ operation: APIOperation) -> Set<Int> {
        var statuses = Set(operation.problems).union([500, 503])
        if !operation.isPublic { statuses.insert(401) }
        if !operation.scopes.isEmpty { statuses.insert(403) }
        if !operation.query.isEmpty || !operation.parameters.isEmpty || operation.body != nil { statuses.insert(400) }
        if !operation.parameters.isEmpty { statuses.insert(404) }
        if operation.body != nil { statuses.formUnion([413, 415]) }
        if operation.method == .post { statuses.formUnion([409, 422]) }
        return statuses
    }

    private static func problem(_ status: Int) -> JSONValue {
        var headers: JSONObject = ["X-Request-Id": ["required": true, "schema": Schema.string]]
        if status == 401 { headers["WWW-Authenticate"] = ["required": true, "schema": Schema.string] }
        return [
            "description": JSONValue(HTTPResponse.Status(code: status).reasonPhrase), "headers": .object(headers),
            "content": ["application/problem+json": ["schema": Schema.ref("Problem")]],
        ]
    }
}
