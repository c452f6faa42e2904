package import BallastCore

/// The error member of an answer (JSON-RPC 2.0 section 5.1).
package struct JSONRPCError: Error, Sendable, Hashable, CustomStringConvertible {
    package var code: Code
    package var message: String
    package var data: JSONValue?

    package init(_ code: Code, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// nil when the value is not an error object; a missing message reads as empty.
    init?(_ value: JSONValue) {
        guard let number = value["code"]?.integer else { return nil }
        self.init(Code(number), value["message"]?.string ?? "", data: value["data"])
    }

    var json: JSONValue {
        var object: JSONObject = ["code": JSONValue(code.number), "message": JSONValue(message)]
        object["data"] = data
        return .object(object)
    }

    package var description: String { "\(message) (JSON-RPC \(code.number))" }
}

extension JSONRPCError {
    /// Codes of JSON-RPC 2.0 and of MCP; a peer may send any other number as well.
    package struct Code: Sendable, Hashable {
        package let number: Int64
        package init(_ number: Int64) { self.number = number }

        package static let parseError = Code(-32_700)
        package static let invalidRequest = Code(-32_600)
        package static let methodNotFound = Code(-32_601)
        package static let invalidParameters = Code(-32_602)
        package static let internalError = Code(-32_603)
        /// MCP 2026-07-28: a capability is needed that the request did not declare.
        package static let missingClientCapability = Code(-32_021)
        /// MCP 2026-07-28: the version of the request is not spoken here; the data names those that are.
        package static let unsupportedProtocolVersion = Code(-32_022)
    }
}
