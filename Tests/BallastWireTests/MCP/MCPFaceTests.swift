import BallastCore
import BallastWire
import Testing

/// One POST and what is made of it.
struct FacePost: Sendable, CustomTestStringConvertible {
    let what: String
    let body: String
    var head = MCPFaceHead()
    /// `request era`, `notification era`, `answer`, or status and code of a rejection.
    let outcome: String

    var testDescription: String { what }

    static let meta =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#

    /// A modern request with the headers that fit it.
    static func modern(
        _ what: String, method: String = "tools/list", _ parameters: String = meta, headers: [String: [String]] = [:],
        outcome: String = "request modern"
    ) -> FacePost {
        let head = MCPFaceHead(
            protocolVersions: headers["version"] ?? ["2026-07-28"], methods: headers["method"] ?? [method],
            names: headers["name"] ?? [])
        return FacePost(
            what: what, body: #"{"jsonrpc":"2.0","id":7,"method":"\#(method)","params":{\#(parameters)}}"#, head: head,
            outcome: outcome)
    }

    static func legacy(
        _ what: String, _ body: String = #"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#,
        versions: [String] = ["2025-11-25"], outcome: String = "request legacy"
    ) -> FacePost {
        FacePost(what: what, body: body, head: MCPFaceHead(protocolVersions: versions, session: "s"), outcome: outcome)
    }

    static func media(_ what: String, accept: String?, type: String? = "application/json", outcome: String) -> FacePost
    {
        FacePost(
            what: what, body: #"{"jsonrpc":"2.0","id":7,"method":"ping"}"#,
            head: MCPFaceHead(session: "s", accept: accept, contentType: type), outcome: outcome)
    }

    func read() -> Result<MCPFaceMessage, MCPFaceRejection> {
        do throws(MCPFaceRejection) {
            return .success(try MCPFaceMessage(Array(body.utf8), head))
        } catch {
            return .failure(error)
        }
    }
}

@Suite("A POST to the gateway")
struct MCPFaceTests {
    private static let call = #""name":"pay","arguments":{"n":1},"# + FacePost.meta
    private static let future = FacePost.meta.replacing("2026-07-28", with: "2099-01-01")

    private static let media: [FacePost] = [
        .media("both kinds of answer", accept: "application/json, text/event-stream", outcome: "request legacy"),
        .media("any kind of answer", accept: "*/*", outcome: "request legacy"),
        .media("no kind stated", accept: nil, outcome: "request legacy"),
        .media("groups", accept: "text/*;q=0.5, Application/*", outcome: "request legacy"),
        .media("only HTML", accept: "text/html", outcome: "406 -32600"),
        .media("only JSON", accept: "application/json", outcome: "406 -32600"),
        .media("no streams", accept: "application/json, text/event-stream;q=0", outcome: "406 -32600"),
        .media("a charset", accept: nil, type: "application/json; charset=utf-8", outcome: "request legacy"),
        .media("text", accept: nil, type: "text/plain", outcome: "415 -32600"),
        .media("nothing stated", accept: nil, type: nil, outcome: "415 -32600"),
    ]

    private static let shape: [FacePost] = [
        .legacy("no JSON", "{nope", outcome: "400 -32700"),
        .legacy("nothing", "", outcome: "400 -32700"),
        .legacy("a batch", #"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, outcome: "400 -32600"),
        .legacy("another JSON-RPC", #"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, outcome: "400 -32600"),
        .legacy("null as identifier", #"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, outcome: "400 -32600"),
        .legacy("a fraction as identifier", #"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, outcome: "400 -32600"),
        .legacy(
            "parameters by place", #"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#, outcome: "400 -32600"),
        .legacy("a member twice", #"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, outcome: "400 -32700"),
        .legacy(
            "parameters twice", #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"arguments":{}},"params":{}}"#,
            outcome: "400 -32700"),
        .legacy("an answer to nothing", #"{"jsonrpc":"2.0","error":{"code":1,"message":""}}"#, outcome: "400 -32600"),
    ]

    private static let older: [FacePost] = [
        .legacy("a request"),
        .legacy("the oldest version", versions: ["2024-11-05"]),
        .legacy("no version", versions: []),
        .legacy("an unknown version", versions: ["1999-01-01"], outcome: "400 -32600"),
        .legacy("two versions", versions: ["2025-11-25", "2025-06-18"], outcome: "400 -32600"),
        .legacy(
            "initialize under a modern header", #"{"jsonrpc":"2.0","id":0,"method":"initialize"}"#,
            versions: ["2026-07-28"]),
        .legacy("initialize", #"{"jsonrpc":"2.0","id":0,"method":"initialize"}"#, versions: []),
        .legacy(
            "a notification", #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, outcome: "notification legacy"
        ),
        .legacy("an answer", #"{"jsonrpc":"2.0","id":"b-1","result":{"action":"decline"}}"#, outcome: "answer"),
        .legacy(
            "an error as answer", #"{"jsonrpc":"2.0","id":"b-1","error":{"code":-1,"message":"no"}}"#, outcome: "answer"
        ),
        .legacy(
            "an answer of a modern client", #"{"jsonrpc":"2.0","id":"b-1","result":{}}"#, versions: ["2026-07-28"],
            outcome: "400 -32600"),
    ]

    private static let newer: [FacePost] = [
        .modern("a request"),
        .modern("a call", method: "tools/call", call, headers: ["name": ["pay"]]),
        .modern("an unknown method", method: "no/such"),
        .modern("a legacy header", headers: ["version": ["2025-11-25"]], outcome: "400 -32020"),
        .modern("no version header", headers: ["version": []], outcome: "400 -32020"),
        .modern("two version headers", headers: ["version": ["2026-07-28", "2026-07-28"]], outcome: "400 -32020"),
        .modern("no method header", headers: ["method": []], outcome: "400 -32020"),
        .modern("another method header", headers: ["method": ["tools/call"]], outcome: "400 -32020"),
        .modern("a method header in capitals", headers: ["method": ["Tools/List"]], outcome: "400 -32020"),
        .modern("two method headers", headers: ["method": ["tools/list", "tools/call"]], outcome: "400 -32020"),
        .modern("no name header", method: "tools/call", call, outcome: "400 -32020"),
        .modern("another name header", method: "tools/call", call, headers: ["name": ["look"]], outcome: "400 -32020"),
        .modern(
            "two name headers", method: "tools/call", call, headers: ["name": ["pay", "pay"]], outcome: "400 -32020"),
        .modern("a name header in Base64", method: "tools/call", call, headers: ["name": ["=?base64?cGF5?="]]),
        .modern(
            "a name header in broken Base64", method: "tools/call", call, headers: ["name": ["=?base64?cGF5?"]],
            outcome: "400 -32020"),
        .modern(
            "a name header in Base64 of no text", method: "tools/call", call, headers: ["name": ["=?base64?/w==?="]],
            outcome: "400 -32020"),
        .modern("a call without a name", method: "tools/call", headers: ["name": ["pay"]], outcome: "400 -32602"),
        .modern(
            "a resource by its address", method: "resources/read", #""uri":"desk://ä","# + FacePost.meta,
            headers: ["name": ["=?base64?ZGVzazovL8Ok?="]]),
        .modern("no _meta", "", outcome: "400 -32602"),
        .modern("an empty _meta", #""_meta":{}"#, outcome: "400 -32602"),
        .modern(
            "no capabilities", #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#,
            outcome: "400 -32602"),
        .modern("a version of the future", future, headers: ["version": ["2099-01-01"]], outcome: "400 -32022"),
        .modern(
            "a version of the future under a header of today", future, outcome: "400 -32020"),
        .modern(
            "the wrong method before the wrong version", future,
            headers: ["version": ["2099-01-01"], "method": ["x"]], outcome: "400 -32020"),
        FacePost(
            what: "a discovery without headers and _meta",
            body: #"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#, outcome: "400 -32602"),
    ]

    @Test(
        "is read as what it is, or refused with the status and code of its era",
        arguments: media + shape + older + newer)
    func reading(post: FacePost) {
        switch post.read() {
        case .success(.request(let request)): #expect("request \(request.era.rawValue)" == post.outcome)
        case .success(.notification(_, _, let era)): #expect("notification \(era.rawValue)" == post.outcome)
        case .success(.answer): #expect("answer" == post.outcome)
        case .failure(let rejection):
            #expect("\(rejection.status) \(rejection.error.code.number)" == post.outcome, "\(rejection.error)")
            let body = try? JSONReader.read(rejection.body)
            #expect(body?["error"]?["code"]?.integer == rejection.error.code.number)
            #expect(body?["id"] != nil, "an error without an identifier says null")
        }
    }

    private func request(_ post: FacePost) throws -> MCPFaceRequest {
        guard case .request(let request) = try post.read().get() else { throw JSONRPCError(.internalError, "") }
        return request
    }

    @Test("names the versions that are spoken when it asks for another")
    func versions() {
        let post = FacePost.modern("", MCPFaceTests.future, headers: ["version": ["2099-01-01"]])
        guard case .failure(let rejection) = post.read() else { return #expect(Bool(false)) }
        #expect(rejection.id == .integer(7))
        #expect(rejection.error.data?["requested"] == "2099-01-01")
        #expect(rejection.error.data?["supported"]?.array?.first == "2026-07-28")
    }

    @Test("gives its identifier back with the same JSON type", arguments: ["7", #""7""#, #""é""#, "-1"])
    func identifiers(text: String) throws {
        let request = try request(.legacy("", #"{"jsonrpc":"2.0","id":\#(text),"method":"ping"}"#))
        let answer = MCPFaceAnswers(server: MCPImplementation(name: "g", version: "1")).result([:], to: request)
        #expect(String(decoding: answer.text, as: UTF8.self) == #"{"jsonrpc":"2.0","id":\#(text),"result":{}}"#)
    }

    @Test(
        "hands the arguments of a call on as the bytes that they are",
        arguments: [
            #"{"n":1}"#, #"{ "n" : 1.0 }"#, #"{"n":1,"n":2}"#, #"{"n":1e400}"#, #"{"t":"\ud800"}"#, "[1]", "7", #""x""#,
            #"{"a":"}{\"],"}"#, String(repeating: "[", count: 300) + String(repeating: "]", count: 300),
            #"{"é":1,"é":2}"#,
        ])
    func arguments(text: String) throws {
        for body in [
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":\#(text)}}"#,
            #"{"params":{"arguments":\#(text),"name":"pay"},"method":"tools/call","id":1,"jsonrpc":"2.0"}"#,
            #"{"x":{"params":[{}]},"params" : {"\u0061rguments" :\#(text) , "name":"pay"},"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
        ] {
            let request = try request(.legacy("", body))
            let bytes = try #require(request.arguments)
            #expect(String(decoding: bytes, as: UTF8.self).filter { $0 != " " } == text.filter { $0 != " " })
            #expect(request.name == "pay")
        }
    }

    @Test("has no arguments where it gives none, and null is none to read")
    func noArguments() throws {
        let request = try request(.legacy("", #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#))
        #expect(request.arguments == nil)
    }

    @Test("whose arguments are broken beyond their content is no JSON")
    func brokenArguments() {
        for text in [#"{"n":}"#, "{a:1}", "{\"n\":1", "tru", "{\"a\":\"\u{1}\"}"] {
            let body = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":\#(text)}}"#
            guard case .failure(let rejection) = FacePost.legacy("", body).read() else {
                Issue.record("\(text) was taken")
                continue
            }
            #expect(rejection.status == 400)
            #expect(rejection.error.code == .parseError)
        }
    }

    @Test("tells what its client can be asked")
    func client() {
        func client(_ capabilities: JSONObject) -> [Bool] {
            let client = MCPFaceClient(capabilities: capabilities)
            return [client.answersForms, client.opensAddresses]
        }
        #expect(client([:]) == [false, false])
        #expect(client(["elicitation": [:]]) == [true, false])
        #expect(client(["elicitation": ["form": [:]]]) == [true, false])
        #expect(client(["elicitation": ["url": [:]]]) == [false, true])
        #expect(client(["elicitation": ["form": [:], "url": [:]]]) == [true, true])
        #expect(client(["elicitation": true]) == [false, false])
    }

    @Test("asks only for what its era has")
    func operations() throws {
        for method in ["initialize", "ping"] {
            #expect(try request(.modern("", method: method)).operation == nil, "\(method)")
        }
        #expect(try request(.legacy("", #"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen"}"#)).operation == nil)
        #expect(JSONRPCError(.methodNotFound, "").status(.modern) == 404)
        #expect(JSONRPCError(.methodNotFound, "").status(.legacy) == 200)
        #expect(JSONRPCError(.invalidParameters, "").status(.modern) == 400)
        #expect(JSONRPCError(.init(-32_050), "").status(.modern) == 200)
    }
}
