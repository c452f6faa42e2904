/// Where a model is called, and how long and how large an answer may be.
package struct ModelEndpoint: Sendable {
    /// For messages to people: the host with its port.
    package let host: String
    let baseURL: String
    let key: Credential?
    let headers: [OutboundHeader]
    /// Asks for the answer as it is made. A server that ignores this is read all the same.
    let streams: Bool
    let idleTimeout: Int64
    let maxResponseBytes: Int

    /// - Parameters:
    ///   - baseURL: `https://api.openai.com/v1`, `https://api.anthropic.com` or a compatible server's.
    ///   - headers: sent with every call, after the format's own.
    ///   - idleTimeout: milliseconds an answer that has begun may pause.
    ///   - maxResponseBytes: of a whole answer, as sent.
    package init(
        baseURL: String, key: String? = nil, headers: [OutboundHeader] = [], streams: Bool = true,
        idleTimeout: Int64 = 60_000, maxResponseBytes: Int = 16 << 20
    ) throws(ModelEndpointError) {
        guard let address = BaseAddress(baseURL), !address.rest.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw ModelEndpointError()
        }
        var base = baseURL
        while base.hasSuffix("/") { base.removeLast() }
        self.baseURL = base
        host = address.authority
        self.key = key.map(Credential.init)
        self.headers = headers
        self.streams = streams
        self.idleTimeout = max(1, idleTimeout)
        self.maxResponseBytes = max(1, maxResponseBytes)
    }

    var redaction: Redaction { Redaction(headers.map(\.value) + (key.map { [$0] } ?? [])) }
}

/// The address of a model cannot be used. The address is not repeated, since it may hold a password.
package struct ModelEndpointError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String {
        "The base URL of a model is http:// or https:// with a host and perhaps a path,"
            + " such as https://api.openai.com/v1; without user, query or fragment."
    }
}
