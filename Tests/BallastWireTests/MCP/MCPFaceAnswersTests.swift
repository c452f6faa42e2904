import BallastCore
import BallastWire
import Testing

@Suite("What the gateway answers, in either era")
struct MCPFaceAnswersTests {
    private let answers = MCPFaceAnswers(server: MCPImplementation(name: "ballast", version: "1"))

    private func request(_ era: MCPEra, _ method: String, _ parameters: String = "") throws -> MCPFaceRequest {
        let post: FacePost =
            era == .modern
            ? .modern("", method: method, [parameters, FacePost.meta].filter { !$0.isEmpty }.joined(separator: ","))
            : .legacy("", #"{"jsonrpc":"2.0","id":7,"method":"\#(method)","params":{\#(parameters)}}"#)
        guard case .request(let request) = try post.read().get() else { throw JSONRPCError(.internalError, "") }
        return request
    }

    private func text(_ message: JSONRPCMessage) -> String { String(decoding: message.text, as: UTF8.self) }

    @Test("a modern result says its type and its server, a legacy one neither")
    func envelope() throws {
        let result: JSONObject = ["content": [], "isError": false]
        #expect(
            text(answers.result(result, to: try request(.modern, "tools/list")))
                == #"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","content":[],"isError":false,"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"ballast","version":"1"}}}}"#
        )
        #expect(
            text(answers.result(result, to: try request(.legacy, "tools/list")))
                == #"{"jsonrpc":"2.0","id":7,"result":{"content":[],"isError":false}}"#)
    }

    @Test("an older version is echoed when it is spoken, and otherwise the newest of them offered")
    func negotiation() throws {
        for (asked, agreed) in [
            ("2025-11-25", "2025-11-25"), ("2024-11-05", "2024-11-05"), ("2020-01-01", "2025-11-25"),
            ("2026-07-28", "2025-11-25"),
        ] {
            let opening = try request(.legacy, "initialize", #""protocolVersion":"\#(asked)""#)
            let result = answers.initialization(opening, .init(resources: false, prompts: true))
            #expect(result["protocolVersion"] == JSONValue(agreed))
            #expect(result["capabilities"]?.object?.keys == ["tools", "prompts"])
        }
        let discovery = answers.discovery(.init(resources: true, prompts: false))
        #expect(discovery["supportedVersions"]?[0] == "2026-07-28")
        #expect(discovery["cacheScope"] == "private")
        #expect(discovery["capabilities"]?.object?.keys == ["tools", "resources"])
    }

    @Test("pages hold every entry once, in one order, whatever comes and goes between them")
    func pages() throws {
        let names = ["b", "a", "é", "c", "A"]
        let list = MCPFaceList("tools", names.map { ($0, JSONValue($0)) }, pageSize: 2)
        var (seen, cursor): ([String], JSONValue) = ([], "")
        repeat {
            let page = try list.page(["cursor": cursor])
            seen += (page["tools"]?.array ?? []).compactMap(\.string)
            cursor = page["nextCursor"] ?? .null
        } while !cursor.isNull
        #expect(seen == ["A", "a", "b", "c", "é"])
        let first = try list.page([:])
        let fewer = MCPFaceList("tools", [("b", "b"), ("c", "c")], pageSize: 2)
        #expect(try fewer.page(["cursor": first["nextCursor"] ?? .null])["tools"] == ["b", "c"])
        for bad: JSONValue in ["no such cursor", 7, "dG9vbHM", ["a"], "cHJvbXB0cy9h"] {
            #expect(throws: JSONRPCError.self, "\(bad)") { try list.page(["cursor": bad]) }
        }
    }

    @Test("a tool is shown without hidden characters and without headers of another hop")
    func tool() {
        let definition = ToolDefinition(
            name: "desk__pay", provider: "desk", description: "Pays.\u{202E}\u{200B} Now.\u{E0041}",
            inputSchema: [
                "type": "object", "properties": ["region": ["type": "string", "x-mcp-header": "Region"]],
            ], outputSchema: ["type": "array"])
        let modern = MCPFaceTool.entry(definition.shown, .modern)
        #expect(modern["description"] == "Pays. Now.")
        #expect(modern["inputSchema"]?["properties"]?["region"] == ["type": "string"])
        #expect(modern["outputSchema"] == ["type": "array"])
        #expect(MCPFaceTool.entry(definition.shown, .legacy)["outputSchema"] == nil)
    }

    @Test("a structured result that is no object is told as text to a legacy client")
    func structured() {
        let legacy = answers.call(content: [], structured: [1], isError: false, era: .legacy)
        #expect(legacy["structuredContent"] == nil)
        #expect(legacy["content"]?[0]?["text"] == "[1]")
        let modern = answers.call(content: [], structured: [1], isError: false, era: .modern)
        #expect(modern["structuredContent"] == [1])
    }

    @Test("a message of a stream is one event on one line")
    func event() {
        let message = MCPFaceAnswers.progress(
            .string("tok"), JSONNumber(3), total: JSONNumber(10), message: "line\nend")
        #expect(
            String(decoding: message.event, as: UTF8.self)
                == "event: message\ndata: "
                + #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"tok","progress":3,"total":10,"message":"line\nend"}}"#
                + "\n\n")
    }

    @Test("codes of another hop or era are not handed on")
    func codes() {
        func handed(_ code: Int64, _ era: MCPEra) -> Int64 {
            JSONRPCError(.init(code), "x", data: ["why": 1]).handedOn(to: era).code.number
        }
        #expect(handed(-32_002, .modern) == -32_602)
        #expect(handed(-32_002, .legacy) == -32_002)
        #expect(handed(-32_042, .modern) == -32_603)
        #expect(handed(-32_022, .legacy) == -32_603)
        #expect(handed(-32_050, .modern) == -32_050)
    }

    @Test("a listener hears first what it will be told of, under its own identifier")
    func subscription() throws {
        let listening = try request(.modern, "subscriptions/listen", #""notifications":{"toolsListChanged":true}"#)
        #expect(
            text(MCPFaceAnswers.acknowledgement(listening))
                == #"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":7},"notifications":{"toolsListChanged":true}}}"#
        )
    }
}

@Suite("An approval that is asked at the client")
struct MCPApprovalFormTests {
    private func form(_ arguments: JSONValue) -> String {
        MCPApprovalForm(reviews: [
            [
                "tool": "issue_refund", "server": "desk", "arguments": arguments, "reasons": "It pays.",
                "money": ["amount": "12.50 USD"], "irreversible": true,
            ]
        ]).parameters["message"]?.string ?? ""
    }

    @Test("shows the tool and every argument as it is")
    func exact() {
        let message = form(["order_id": "O-1", "lines": [1, .null], "note": "say \"yes\""])
        #expect(message.contains("issue_refund of desk"))
        #expect(message.contains("\"order_id\": \"O-1\""))
        #expect(message.contains("\"note\": \"say \\\"yes\\\"\""))
        #expect(message.contains("amount: 12.50 USD"))
        #expect(message.contains("It cannot be undone."))
    }

    @Test("spells hidden characters out, and says what it cuts and how much")
    func hidden() {
        let message = form(["to": "ana\u{202E}\u{200B}@x", "body": JSONValue(String(repeating: "a", count: 5_000))])
        #expect(message.contains("ana\\u202e\\u200b@x"))
        #expect(message.contains("… (cut; 5000 characters in all)"))
        #expect(!message.unicodeScalars.contains("\u{202E}"))
        let many = form(.array((0..<5_000).map { JSONValue("element \($0)") }))
        #expect(many.utf8.count < 14_000)
        #expect(many.contains("more here)"))
    }

    @Test("of several actions shows each exactly, by number, and takes an answer for all or for each")
    func several() throws {
        let form = MCPApprovalForm(reviews: [
            ["tool": "pay", "server": "desk", "arguments": ["amount": 1], "reasons": "It pays."],
            ["tool": "mail", "server": "post", "arguments": ["to": "ana@\u{202E}x"], "irreversible": true],
        ]).parameters
        let message = try #require(form["message"]?.string)
        #expect(message.hasPrefix("Approve these 2 actions?"))
        #expect(message.contains("\n\n1. pay of desk\nArguments, exactly: {\n  \"amount\": 1\n}"))
        #expect(
            message.contains("\n\n2. mail of post\nArguments, exactly: {\n  \"to\": \"ana@\\u202ex\"\n}\nIt cannot be"))
        let names = form["requestedSchema"]?["properties"]?.object?.members.map(\.key.text)
        #expect(names == ["approve", "action_1", "action_2", "reason"])
        func yes(_ content: JSONValue, _ action: String = "accept") -> [Bool] {
            MCPApprovalForm.verdicts(["action": JSONValue(action), "content": content], of: 2).map { $0 == .approve }
        }
        #expect(yes(["approve": true]) == [true, true])
        #expect(yes(["approve": true, "action_2": "no"]) == [true, false])
        #expect(yes(["approve": false, "action_2": "yes"]) == [false, true])
        #expect(yes(["action_1": "yes"]) == [true, false], "what is not answered is a no")
        #expect(yes(["approve": true, "action_1": true, "action_3": "no"]) == [false, true])
        #expect(yes(["approve": true, "action_1": "yes"], "decline") == [false, false])
        #expect(yes(.null) == [false, false])
        let words = MCPApprovalForm.verdicts(
            ["action": "accept", "content": ["approve": true, "action_1": "no", "reason": "too much"]], of: 2)
        #expect(words == [.reject(reason: "too much"), .approve])
    }

    @Test(
        "is given by a plain yes and by nothing else",
        arguments: [
            (#"{"action":"accept","content":{"approve":true}}"#, true),
            (#"{"action":"accept","content":{"approve":"true"}}"#, false),
            (#"{"action":"accept","content":{"approve":1}}"#, false),
            (#"{"action":"accept","content":{"approve":false,"reason":"too much"}}"#, false),
            (#"{"action":"accept"}"#, false), (#"{"action":"decline"}"#, false),
            (#"{"action":"decline","content":{"approve":true}}"#, false), (#"{"action":"cancel"}"#, false),
            (#"{"approve":true}"#, false), ("null", false),
        ])
    func verdicts(text: String, isYes: Bool) throws {
        #expect((MCPApprovalForm.verdict(try JSONReader.read(text)) == .approve) == isYes)
    }
}

@Suite("The state that a client sends back with its answers")
struct MCPRequestStateTests {
    private let states = MCPRequestState { text in Digest.lengthPrefixed(domain: "test", [text]).bytes }
    private let end = Timestamp(milliseconds: 1_000)

    private func call(_ arguments: String = #"{"a":1,"b":2}"#, principal: String = "ana") -> MCPRequestState.Call {
        MCPRequestState.Call(
            principal: principal, key: "k", method: "tools/call", name: "pay", arguments: Array(arguments.utf8))
    }

    @Test("opens for the same call of the same principal until it ends")
    func same() throws {
        let state = states.make((5, 9), for: call(), until: end)
        let opened = try states.open(state, for: call(#"{ "b": 2, "a": 1 }"#), at: Timestamp(milliseconds: 999))
        #expect(opened == (5, 9))
        #expect(throws: MCPRequestState.Refusal.expired) { try states.open(state, for: call(), at: end) }
    }

    @Test("opens for no other call, no other principal, and no other text")
    func foreign() throws {
        let state = states.make((5, 9), for: call(), until: end)
        let now = Timestamp(milliseconds: 0)
        #expect(throws: MCPRequestState.Refusal.foreign) { try states.open(state, for: call(#"{"a":1}"#), at: now) }
        #expect(throws: MCPRequestState.Refusal.foreign) {
            try states.open(state, for: call(principal: "bruno"), at: now)
        }
        for index in state.indices {
            var changed = state
            changed.replaceSubrange(index...index, with: state[index] == "A" ? "B" : "A")
            #expect(throws: MCPRequestState.Refusal.foreign) { try states.open(changed, for: call(), at: now) }
        }
        for text in ["", "AAAA", state + "A", state + "=", "é"] {
            #expect(throws: MCPRequestState.Refusal.foreign) { try states.open(text, for: call(), at: now) }
        }
    }
}

@Suite("Who reaches the gateway by way of a browser")
struct MCPFaceAccessTests {
    private func status(origin: String?, host: String?, isLoopback: Bool = true) -> Int {
        let access = MCPFaceAccess(isLoopback: isLoopback, origins: ["https://console.example"])
        do throws(MCPFaceRejection) {
            try access.check(origin: origin, host: host)
            return 200
        } catch {
            return error.status
        }
    }

    @Test("is not a page from elsewhere, whatever it calls itself")
    func origins() {
        let host = "127.0.0.1:7340"
        for origin in [nil, "http://localhost:3000", "https://127.0.0.1", "http://[::1]:8", "https://Console.example"] {
            #expect(status(origin: origin, host: host) == 200, "\(origin ?? "none")")
        }
        for origin in [
            "http://evil.example", "null", "", "http://127.0.0.1.evil.example", "http://localhost@evil.example",
            "http://localhost.evil.example", "file://localhost", "http://localhost/x", "http://console.example",
        ] {
            #expect(status(origin: origin, host: host) == 403, "\(origin)")
        }
    }

    @Test("is not one that a name of its own brought to this machine")
    func hosts() {
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1:7340", "127.9.9.9", "[::1]:7340"] {
            #expect(status(origin: nil, host: host) == 200, "\(host)")
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil", "127.0.0"] {
            #expect(status(origin: nil, host: host) == 421, "\(host)")
            #expect(status(origin: nil, host: host, isLoopback: false) == 200)
        }
    }
}
