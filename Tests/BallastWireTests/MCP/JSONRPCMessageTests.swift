import BallastCore
import BallastWire
import Testing

@Suite("A JSON-RPC message")
struct JSONRPCMessageTests {
    private func parse(_ text: String) throws(JSONRPCRejection) -> JSONRPCMessage {
        try JSONRPCMessage(parsing: Array(text.utf8))
    }

    private func rejection(_ text: String) -> JSONRPCRejection? {
        do {
            _ = try parse(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "reads and writes the same text",
        arguments: [
            #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":""}}"#,
            #"{"jsonrpc":"2.0","id":"1","method":"ping","params":{}}"#,
            #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            #"{"jsonrpc":"2.0","id":-9007199254740993,"result":{"amount":500.0,"big":12345678901234567890}}"#,
            #"{"jsonrpc":"2.0","id":"a","error":{"code":-32601,"message":"no","data":[1]}}"#,
            #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}"#,
        ])
    func roundTrip(text: String) throws {
        #expect(String(decoding: try parse(text).line, as: UTF8.self) == text + "\n")
    }

    @Test("keeps an identifier of text apart from one of digits")
    func identifiers() {
        #expect(JSONRPCID.integer(1) != JSONRPCID.string("1"))
        #expect(JSONRPCID.string("é") != JSONRPCID.string("e\u{301}"))
    }

    @Test(
        "is refused with the reason and the request that it names",
        arguments: [
            (#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, nil, "batches"),
            (#"{"id":5,"method":"ping"}"#, JSONRPCID.integer(5), "jsonrpc"),
            (#"{"jsonrpc":"2.0","id":5,"method":7}"#, .integer(5), "method"),
            (#"{"jsonrpc":"2.0","id":5,"method":"ping","params":[1]}"#, .integer(5), "params"),
            (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, nil, "id"),
            (#"{"jsonrpc":"2.0","id":1.0,"method":"ping"}"#, nil, "id"),
            (#"{"jsonrpc":"2.0","id":5}"#, .integer(5), "needs a method"),
            (#"{"jsonrpc":"2.0","id":5,"result":1,"error":{"code":1,"message":""}}"#, .integer(5), "not both"),
            (#"{"jsonrpc":"2.0","id":5,"error":"bad"}"#, .integer(5), "error object"),
            (#"{"jsonrpc":"2.0","result":1}"#, nil, "identifier"),
        ] as [(String, JSONRPCID?, String)])
    func refusals(text: String, id: JSONRPCID?, word: String) {
        let rejection = rejection(text)
        #expect(rejection?.id == id)
        #expect(rejection?.error.code == .invalidRequest)
        #expect(rejection?.error.message.contains(word) == true)
    }

    @Test(
        "that is no JSON still tells which request it was about",
        arguments: [
            (#"{"jsonrpc":"2.0","id":12,"result":{"x":NaN}}"#, JSONRPCID.integer(12)),
            (#"{"result":{"a":1,"a":2},"id":"b-3","jsonrpc":"2.0"}"#, .string("b-3")),
            (#"{"id": -4 , "result": {"id": 5"#, .integer(-4)),
            (#"{"result":{"id":5},"error":{"id":6"#, nil),
            (#"{"text":"id","id""#, nil),
            (#"Server listening: {"id":1}"#, .integer(1)),
            ("\u{1}\u{2}", nil),
        ] as [(String, JSONRPCID?)])
    func unreadable(text: String, id: JSONRPCID?) {
        let rejection = rejection(text)
        #expect(rejection?.error.code == .parseError)
        #expect(rejection?.id == id)
    }
}
