import BallastCore
import BallastRuntime
import BallastWire
import HTTPTypes

/// Who speaks to the gateway, for whom, and as which agent.
struct MCPCaller: Sendable {
    let caller: Caller
    let principal: Principal
    let agent: String

    var scope: TenantScope { caller.scope }
    var keyName: String { caller.key?.description ?? "" }

    /// - Parameter deployment: what is configured now.
    init(_ caller: Caller, _ headers: HTTPFields, _ deployment: Deployment) throws(MCPFaceRejection) {
        self.caller = caller
        if let name = try MCPCaller.text("X-Ballast-On-Behalf-Of", headers), name != caller.principal.name {
            guard caller.may(.actOnBehalfOf) else {
                throw .refused(403, "this key may not act for others: it lacks the scope act:on-behalf-of")
            }
            guard name != Principal.ballast.name, !name.hasPrefix("tool:") else {
                throw .refused(400, "X-Ballast-On-Behalf-Of names a part of Ballast, not a principal")
            }
            principal = Principal(name)
        } else {
            principal = caller.principal
        }
        agent = try MCPCaller.agent(try MCPCaller.text("X-Ballast-Agent", headers), deployment)
    }

    /// The agent that the header names; without one, the only agent that is driven elsewhere, or the only one at all.
    private static func agent(_ name: String?, _ deployment: Deployment) throws(MCPFaceRejection) -> String {
        let names = deployment.agents.keys.sorted()
        if let name {
            guard deployment.agents[name] != nil else {
                throw .refused(400, "there is no agent \(name); X-Ballast-Agent takes \(list(names))")
            }
            return name
        }
        let outside = names.filter { deployment.agents[$0]?.definition.isGateway == true }
        let candidates = outside.isEmpty ? names : outside
        guard candidates.count == 1, let only = candidates.first else {
            throw .refused(
                400,
                names.isEmpty
                    ? "no agent is configured, so nothing may be called"
                    : "say in X-Ballast-Agent which agent this is: \(list(candidates))")
        }
        return only
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and others" : "")
    }

    // MARK: The run

    /// Which run a request belongs to: the one that the caller names, else the one of its conversation or session, else
    /// the one of its program and words.
    func binding(
        _ headers: HTTPFields, session: MCPSession?, clientName: String?, words: String?, contract: JSONValue? = nil
    ) throws(MCPFaceRejection) -> GatewayBinding {
        let stated = try MCPCaller.words(headers) ?? words ?? session?.words
        let given = (contract ?? session?.contract).map { GivenContract($0, isAsserted: caller.may(.taskAssert)) }
        let name: String
        if let run = try MCPCaller.text("X-Ballast-Run", headers) {
            name = MCPCaller.runName(run, key: keyName)
        } else if let conversation = try MCPCaller.text("X-Ballast-Conversation", headers) {
            name = "\(keyName)/conversation/\(conversation)"
        } else if let session {
            name = "\(keyName)/session/\(session.id)"
        } else {
            let mark = Digest.lengthPrefixed(
                domain: "ballast.gateway-client.v1",
                [
                    Array((clientName ?? "").utf8), Array((stated ?? "").utf8),
                    given.map { JSONWriter.canonical($0.json) } ?? [],
                ])
            name = "\(keyName)/client/\(mark)"
        }
        return GatewayBinding(
            tenant: caller.tenant, principal: principal, startedBy: caller.principal, agent: agent,
            name: name, words: stated, isAsserted: stated != nil && caller.may(.taskAssert), contract: given)
    }

    /// How a run that its caller names is bound: a name belongs to the key that used it.
    static func runName(_ run: String, key: String) -> String { "\(key)/run/\(run)" }

    private static let longestWords = 32 << 10
    private static let longestText = 256

    static func words(_ headers: HTTPFields) throws(MCPFaceRejection) -> String? {
        guard let name = HTTPField.Name("X-Ballast-Task"), let value = headers[name] else { return nil }
        guard let words = PercentText.decode(value[...], plusIsSpace: false), words.utf8.count <= longestWords else {
            throw .refused(400, "X-Ballast-Task is the words in UTF-8, percent-encoded, at most \(longestWords) bytes")
        }
        return words.isEmpty ? nil : words
    }

    private static func text(_ name: String, _ headers: HTTPFields) throws(MCPFaceRejection) -> String? {
        guard let field = HTTPField.Name(name), let value = headers[field] else { return nil }
        guard (1...longestText).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .refused(400, "\(name) takes 1 to \(longestText) visible characters without spaces")
        }
        return value
    }
}

extension MCPFaceRejection {
    /// A request that JSON-RPC has nothing against and the gateway does not take.
    static func refused(_ status: Int, _ message: String, id: JSONRPCID? = nil) -> MCPFaceRejection {
        MCPFaceRejection(
            status: status, id: id,
            error: JSONRPCError(status == 400 ? .invalidParameters : .invalidRequest, message))
    }
}
