import Foundation

/// What is read of `gateway` in ballast.yaml.
extension DiagnosticList {
    func gateway(_ node: YAMLNode?) -> GatewaySettings {
        var settings = GatewaySettings()
        guard let node, let reader = MappingReader(node, .gateway, self) else { return settings }
        for bound in GatewayBound.allCases {
            if let value = value(of: bound, reader[bound.rawValue]) { settings.bounds[bound] = value }
        }
        for element in reader["origins"].map({ $0.elements ?? [$0] }) ?? [] {
            if let origin = origin(element) { settings.origins.insert(origin) }
        }
        return settings
    }

    private func value(of bound: GatewayBound, _ node: YAMLNode?) -> Int64? {
        guard let node else { return nil }
        let name = "`\(bound.rawValue)`"
        guard bound.isSpan else { return integer(node, name, in: bound.range) }
        guard let span = duration(node, name) else { return nil }
        guard bound.range.contains(span) else {
            let (least, most) = (bound.text(bound.range.lowerBound), bound.text(bound.range.upperBound))
            add(node.position, "\(name) is \(node.text ?? "") and may be from \(least) to \(most)", "write such a span")
            return nil
        }
        return span
    }

    /// A scheme, a name and perhaps a port, as browsers state it.
    private func origin(_ node: YAMLNode) -> String? {
        guard let text = text(node, "an origin") else { return nil }
        let origin = text.lowercased()
        guard let url = URL(string: origin), let host = url.host(), !host.isEmpty, let scheme = url.scheme,
            ["http", "https"].contains(scheme),
            origin == "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
        else {
            add(node.position, "`\(text)` is no origin", "write `https://NAME` or `https://NAME:PORT`, without a path")
            return nil
        }
        return origin
    }
}
