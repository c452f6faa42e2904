import BallastCore
import BallastRuntime
import BallastWire

/// The tools of one server as agents see them.
struct ToolCatalogue: Sendable {
    private(set) var definitions: [ToolDefinition] = []
    /// Why tools that the server lists are not offered, for the operator.
    private(set) var rejections: [String]
    private var byRemoteName: [String: ToolDefinition] = [:]
    /// Arguments that go into headers as well, by the names that the server knows.
    private var headers: [String: [MCPParameterHeader]] = [:]

    /// - Parameters:
    ///   - isPrefixed: name the tools `provider__tool`, so that two servers may have tools of one name.
    ///   - facilities: what else the server offers; a tool of the same name comes first.
    init(_ listing: MCPToolListing, provider: String, isPrefixed: Bool, facilities: [ToolFacility] = []) {
        rejections = listing.rejections
        var names: Set<String> = []
        for tool in listing.tools {
            do throws(MCPProtocolError) {
                let wanted = try MCPParameterHeader.all(in: tool.inputSchema)
                if !wanted.isEmpty { headers[tool.name] = wanted }
            } catch {
                rejections.append("\(tool.name) cannot be called: \(error)")
                continue
            }
            let name = Self.name(tool.name, provider: provider, isPrefixed: isPrefixed)
            guard Self.isCallable(name) else {
                rejections.append("\(name) is not 1 to 64 letters, digits, hyphens and underscores, as models need it")
                continue
            }
            guard names.insert(name).inserted else {
                rejections.append("\(tool.name) would be named \(name), like another tool")
                continue
            }
            add(ToolDefinition(tool, name: name, provider: provider))
        }
        for facility in facilities {
            let name = Self.name(facility.bareName, provider: provider, isPrefixed: isPrefixed)
            guard Self.isCallable(name), names.insert(name).inserted else {
                rejections.append("\(facility.rawValue) would be named \(name), like a tool")
                continue
            }
            add(ToolDefinition(facility, name: name, provider: provider))
        }
    }

    /// The headers by which a call of this tool repeats its arguments.
    func headers(of remoteName: String) -> [MCPParameterHeader] { headers[remoteName] ?? [] }

    private mutating func add(_ definition: ToolDefinition) {
        definitions.append(definition)
        byRemoteName[definition.remoteName] = definition
    }

    subscript(remoteName: String) -> ToolDefinition? { byRemoteName[remoteName] }

    /// Models allow no dot in a name, MCP does.
    private static func name(_ remoteName: String, provider: String, isPrefixed: Bool) -> String {
        let plain = String(remoteName.map { $0 == "." ? "_" : $0 })
        return isPrefixed ? "\(provider)__\(plain)" : plain
    }

    private static func isCallable(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    || scalar == "_" || scalar == "-"
            }
    }
}

extension ToolDefinition {
    fileprivate init(_ tool: MCPTool, name: String, provider: String) {
        self.init(
            name: name, remoteName: tool.name, provider: provider, description: tool.description,
            inputSchema: tool.inputSchema, outputSchema: tool.outputSchema, annotations: tool.annotations)
    }
}

extension ToolCatalogue {
    /// Why a call of `judged` must not be sent: what was judged is no longer what the server offers.
    func refusal(of judged: ToolDefinition) -> ToolFailure? {
        guard let offered = self[judged.remoteName] else {
            return ToolFailure(code: .refused, message: "the server no longer offers the tool \(judged.remoteName)")
        }
        guard offered == judged || offered.hash == judged.hash else {
            return ToolFailure(
                code: .refused,
                message: "the server changed the definition of \(judged.remoteName) after the call was judged")
        }
        return nil
    }
}
