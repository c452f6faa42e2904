package import BallastCore

/// One message of JSON-RPC 2.0 as MCP uses it: no batches, parameters by name only.
package enum JSONRPCMessage: Sendable, Hashable {
    case request(JSONRPCID, method: String, parameters: JSONObject)
    case notification(method: String, parameters: JSONObject)
    case result(JSONRPCID, JSONValue)
    /// Without an identifier when the peer could not read the request that it answers.
    case error(JSONRPCID?, JSONRPCError)
}

/// Why a text is no message, and which request it was about as far as that can be told.
package struct JSONRPCRejection: Error, Sendable, Hashable {
    package let id: JSONRPCID?
    package let error: JSONRPCError
}

// MARK: Reading

extension JSONRPCMessage {
    /// Reads one line.
    package init(parsing line: [UInt8]) throws(JSONRPCRejection) {
        let value: JSONValue
        do {
            value = try JSONReader.read(line)
        } catch {
            let id = TopLevelIDScan.id(in: line)
            throw JSONRPCRejection(id: id, error: JSONRPCError(.parseError, error.description))
        }
        try self.init(value)
    }

    package init(_ value: JSONValue) throws(JSONRPCRejection) {
        guard case .object(let object) = value else {
            throw .invalid(nil, "a message is a JSON object, not \(value.kindName); batches are not part of MCP")
        }
        let id = object["id"].flatMap(JSONRPCID.init)
        guard object["jsonrpc"]?.string == "2.0" else {
            throw .invalid(id, "the member \"jsonrpc\" must be \"2.0\"")
        }
        if let method = object["method"] {
            self = try .call(method: method, id: id, in: object)
        } else {
            self = try .answer(to: id, in: object)
        }
    }

    private static func call(method: JSONValue, id: JSONRPCID?, in object: JSONObject) throws(JSONRPCRejection) -> Self
    {
        guard let method = method.string else { throw .invalid(id, "the member \"method\" must be a string") }
        let parameters: JSONObject
        switch object["params"] {
        case nil: parameters = [:]
        case .object(let given)?: parameters = given
        case let other?: throw .invalid(id, "the member \"params\" must be an object, not \(other.kindName)")
        }
        guard object["id"] != nil else { return .notification(method: method, parameters: parameters) }
        guard let id else { throw .invalid(nil, "the member \"id\" must be a string or a 64-bit integer") }
        return .request(id, method: method, parameters: parameters)
    }

    private static func answer(to id: JSONRPCID?, in object: JSONObject) throws(JSONRPCRejection) -> Self {
        switch (object["result"], object["error"]) {
        case (let result?, nil):
            guard let id else { throw .invalid(nil, "a result needs the identifier of its request") }
            return .result(id, result)
        case (nil, let value?):
            guard let error = JSONRPCError(value) else { throw .invalid(id, "the member \"error\" is no error object") }
            return .error(id, error)
        case (nil, nil): throw .invalid(id, "a message needs a method, a result or an error")
        case (_?, _?): throw .invalid(id, "an answer has either a result or an error, not both")
        }
    }
}

extension JSONRPCRejection {
    fileprivate static func invalid(_ id: JSONRPCID?, _ message: String) -> Self {
        JSONRPCRejection(id: id, error: JSONRPCError(.invalidRequest, message))
    }
}

// MARK: Writing

extension JSONRPCMessage {
    /// The message as one line with its line feed. JSON text holds no raw line feed, so the line is whole.
    package var line: [UInt8] { JSONWriter.compact(.object(json)) + [UInt8(ascii: "\n")] }

    private var json: JSONObject {
        switch self {
        case .request(let id, let method, let parameters):
            ["jsonrpc": "2.0", "id": id.json, "method": JSONValue(method), "params": .object(parameters)]
        case .notification(let method, let parameters) where parameters.isEmpty:
            ["jsonrpc": "2.0", "method": JSONValue(method)]
        case .notification(let method, let parameters):
            ["jsonrpc": "2.0", "method": JSONValue(method), "params": .object(parameters)]
        case .result(let id, let result):
            ["jsonrpc": "2.0", "id": id.json, "result": result]
        case .error(let id, let error):
            ["jsonrpc": "2.0", "id": id?.json ?? .null, "error": error.json]
        }
    }
}
