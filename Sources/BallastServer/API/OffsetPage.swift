import BallastCore

/// Pages of a list that is all in memory and short.
struct OffsetPage {
    /// Rows that are looked at.
    private static let farthest = 10_000

    private let cursor: PageCursor
    private let offset: Int
    private let limit: Int

    private init(_ call: APICall, list: [String]) throws(Problem) {
        cursor = PageCursor(secret: call.server.cursorSecret, list: list + [call.caller.tenant.name])
        limit = call.limit
        let start = try call.query["cursor"].flatMap { [cursor] (given) throws(Problem) in Int(try cursor.decode(given))
        }
        offset = min(max(0, start ?? 0), OffsetPage.farthest)
    }

    /// The page of rows that are all in memory.
    static func answer<Row>(
        _ rows: [Row], _ call: APICall, list: String, also: JSONObject = [:], document: (Row) -> JSONValue
    ) throws(Problem) -> APIAnswer {
        let (page, next) = try OffsetPage(call, list: [list]).page(rows)
        var body: JSONObject = [
            "data": .array(page.map(document)), "next_cursor": JSONValue(next), "has_more": .bool(next != nil),
        ]
        body.merge(also)
        return .json(.object(body))
    }

    private func page<Row>(_ rows: [Row]) -> (rows: [Row], next: String?) {
        let page = Array(rows.dropFirst(offset).prefix(limit))
        let hasMore = rows.count > offset + page.count && !page.isEmpty
        return (page, hasMore ? cursor.encode(String(offset + page.count)) : nil)
    }
}
