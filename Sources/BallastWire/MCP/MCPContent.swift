package import BallastCore

/// One block of a tool's result.
package enum MCPContent: Sendable, Hashable {
    case text(String)
    /// Image or audio: too large and too opaque for a text model, so only its kind and size are kept.
    case media(kind: String, mimeType: String, encodedBytes: Int)
    case link(uri: String, name: String)
    case resource(uri: String, text: String)
    case binaryResource(uri: String, mimeType: String, encodedBytes: Int)
    /// A kind of block that this revision does not know.
    case unknown(kind: String)

    package init(_ value: JSONValue) throws(MCPProtocolError) {
        switch value["type"]?.string {
        case "text"?: self = .text(try Self.text("text", of: value))
        case let kind? where kind == "image" || kind == "audio":
            let data = try Self.text("data", of: value)
            self = .media(kind: kind, mimeType: value["mimeType"]?.string ?? "", encodedBytes: data.utf8.count)
        case "resource_link"?:
            self = .link(uri: try Self.text("uri", of: value), name: value["name"]?.string ?? "")
        case "resource"?: try self.init(resource: value["resource"] ?? .null)
        case let kind?: self = .unknown(kind: String(kind.prefix(64)))
        case nil: throw MCPProtocolError("a block of the result has no type")
        }
    }

    /// The content of a resource, embedded or read.
    init(resource: JSONValue) throws(MCPProtocolError) {
        let uri = try Self.text("uri", of: resource)
        if let text = resource["text"]?.string {
            self = .resource(uri: uri, text: text)
        } else {
            let size = try Self.text("blob", of: resource).utf8.count
            self = .binaryResource(uri: uri, mimeType: resource["mimeType"]?.string ?? "", encodedBytes: size)
        }
    }

    private static func text(_ name: JSONString, of value: JSONValue) throws(MCPProtocolError) -> String {
        guard let text = value[name]?.string else {
            throw MCPProtocolError("a block of the result lacks the text \"\(name)\"")
        }
        return text
    }

    /// What a text model reads in place of the block.
    package var flattened: String {
        switch self {
        case .text(let text): text
        case .media(let kind, let mimeType, let size): "[\(kind) \(mimeType), \(size) bytes of base64, left out]"
        case .link(let uri, let name): name.isEmpty ? "[resource \(uri)]" : "[resource \(name) at \(uri)]"
        case .resource(_, let text): text
        case .binaryResource(let uri, let mimeType, let size):
            "[resource \(uri) \(mimeType), \(size) bytes of base64, left out]"
        case .unknown(let kind): "[content of the unknown type \(kind), left out]"
        }
    }
}
