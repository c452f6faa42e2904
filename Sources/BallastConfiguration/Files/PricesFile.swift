import BallastRuntime

/// Reads prices.yaml: US dollars per million tokens, by the provider's name of the model.
struct PricesFile {
    let list: DiagnosticList

    func read(_ node: YAMLNode) -> [String: ModelPrice] {
        guard let file = MappingReader(node, .prices, list) else { return [:] }
        var prices: [String: ModelPrice] = [:]
        for entry in list.entries(file["models"], "`models`", "gpt-5-mini: { input: 0.25, output: 2 }") {
            prices[entry.key] = price(entry.value)
        }
        return prices
    }

    func price(_ node: YAMLNode) -> ModelPrice? {
        guard let reader = MappingReader(node, .price, list) else { return nil }
        // Microdollars are the sixth decimal digit of a dollar.
        func amount(_ node: YAMLNode?) -> Int64? { list.decimal(node, "a price", digits: 6) }
        guard let input = amount(reader.required("input", "0.25")), let output = amount(reader.required("output", "2"))
        else { return nil }
        return ModelPrice(
            input: input, output: output, cacheRead: amount(reader["cache_read"]),
            cacheWrite: amount(reader["cache_write"]))
    }
}
