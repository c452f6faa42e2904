import HTTPTypes

/// The key that a request presents, as `Authorization: Bearer` or `x-api-key`.
enum PresentedKey {
    static func text(_ headers: HTTPFields) -> String? {
        guard let authorization = headers[.authorization] else { return headers[.apiKey] }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
