/// Who may reach the endpoint by way of a browser.
package struct MCPFaceAccess: Sendable {
    /// Origins that are allowed beside those of this machine, as `https://console.example`.
    private let origins: Set<String>
    /// The server listens on this machine only.
    private let isLoopback: Bool

    package init(isLoopback: Bool, origins: Set<String> = []) {
        self.isLoopback = isLoopback
        self.origins = Set(origins.map { $0.lowercased() })
    }

    /// A page from elsewhere must not reach a server that its visitor can reach.
    package func check(origin: String?, host: String?) throws(MCPFaceRejection) {
        if isLoopback, !Self.isLoopback(Self.name(host ?? "")) {
            throw .init(421, .invalidRequest, "this server answers for localhost and 127.0.0.1 only")
        }
        guard let origin else { return }
        guard isAllowed(origin) else {
            throw .init(403, .invalidRequest, "requests of pages from this origin are not taken")
        }
    }

    private func isAllowed(_ origin: String) -> Bool {
        let origin = origin.lowercased()
        if origins.contains(origin) { return true }
        guard let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return false }
        let authority = origin.dropFirst(scheme.count)
        return !authority.contains("/") && !authority.contains("@") && Self.isLoopback(Self.name(String(authority)))
    }

    /// The name or address of an authority without its port.
    private static func name(_ authority: String) -> Substring {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return authority[...end] }
        return authority.prefix { $0 != ":" }
    }

    /// 127.0.0.0/8 by its numbers, so that a name which only begins like one is not taken for it.
    package static func isLoopback(_ name: some StringProtocol) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(name.lowercased()) { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
