import BallastCore
import BallastServer
import Foundation
import HTTPTypes
import Testing

@Suite("The API describes itself")
struct OpenAPITests {
    @Test("as the reference in the documentation says")
    func golden() throws {
        try Golden.check(JSONWriter.pretty(APIServer.document) + "\n", at: "Docs/reference/openapi.json")
    }

    @Test("with one operation id each, every status with its content, and keys where they are needed")
    func shape() throws {
        let document = APIServer.document
        #expect(document["openapi"]?.string == "3.1.0")
        var ids: Set<String> = []
        for operation in OpenAPITests.operations(document) {
            let id = try #require(operation["operationId"]?.string)
            #expect(ids.insert(id).inserted)
            for (status, answer) in operation["responses"]?.object?.members.map({ ($0.key.text, $0.value) }) ?? [] {
                #expect(answer["content"] != nil || status == "204", "\(id) \(status)")
                if status.hasPrefix("4") { #expect(answer["content"]?["application/problem+json"] != nil) }
            }
            let isPublic = operation["security"]?.array?.isEmpty == true
            #expect(isPublic || operation["responses"]?["401"] != nil)
        }
        #expect(ids.count >= 24)
    }

    @Test("with every schema that it names")
    func references() throws {
        let document = APIServer.document
        let text = String(decoding: JSONWriter.compact(document), as: UTF8.self)
        let named = Set(text.matches(of: /#\/components\/schemas\/(\w+)/).map { String($0.output.1) })
        let known = Set(document["components"]?["schemas"]?.object?.keys.map(\.text) ?? [])
        #expect(named.subtracting(known).isEmpty)
        #expect(known.subtracting(named).isEmpty)
    }

    @Test("at /openapi.json, without a key")
    func served() async throws {
        try await ServerStage().serve { (api) async throws in
            let answer = try await api.with(key: nil).get("/openapi.json")
            #expect(answer.status == 200)
            #expect(answer.body == APIServer.document)
        }
    }

    static func operations(_ document: JSONValue) -> [JSONValue] {
        (document["paths"]?.object?.members ?? []).flatMap { $0.value.object?.members.map(\.value) ?? [] }
    }
}

/// Files of the repository that a test keeps equal to what the program makes; `RECORD_SNAPSHOTS=1` writes them anew.
enum Golden {
    static func check(_ text: String, at path: String, _ location: SourceLocation = #_sourceLocation) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent(path)
        if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let kept = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        #expect(kept == text, "\(path) differs; RECORD_SNAPSHOTS=1 writes it anew", sourceLocation: location)
    }
}

/// Checks answers against what the document says of them.
struct AnswerCheck {
    private let document = APIServer.document

    /// What is wrong with the answer of an operation; empty when it is as described.
    func violations(of answer: Requests.Answer, to id: String) throws -> [String] {
        let operation = OpenAPITests.operations(document).first { $0["operationId"]?.string == id }
        let response = operation?["responses"]?[JSONString(String(answer.status))]
        guard let response else { return ["\(id) answered \(answer.status), which is not described"] }
        let type = answer.headers[.contentType] ?? ""
        guard let schema = response["content"]?[JSONString(type)]?["schema"] else {
            return answer.text.isEmpty ? [] : ["\(id) answered \(type), which is not described"]
        }
        var bundle = schema.object ?? JSONObject()
        bundle["components"] = document["components"]
        return try JSONSchema(compiling: .object(bundle)).validate(answer.body).map(\.message)
    }
}
