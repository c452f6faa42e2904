import BallastCore
import Foundation
import GRDB
import Testing

/// How many refunds to play; the acceptance run uses 200.
private let refunds = Int(ProcessInfo.processInfo.environment["BALLAST_KILL_REFUNDS"] ?? "8") ?? 8
/// The longest the desk sleeps on either side of its work, in milliseconds; the acceptance run uses 200.
private let longestDelay = ProcessInfo.processInfo.environment["BALLAST_KILL_DELAY"] ?? "60"

@Suite("A server that is killed at random neither doubles nor loses an effect", .serialized)
struct KillTests {
    @Test("every refund is in the desk's books exactly once (R58, R59)", .timeLimit(.minutes(30)))
    func killedAtRandom() async throws {
        let jitter = ["--delay-before", longestDelay, "--delay-after", longestDelay, "--jitter"]
        let installation = try Installation(port: 18_000 + Int.random(in: 0..<900), deskOptions: jitter)
        try installation.start()
        try #require(await installation.ready(), "\(installation.log)")
        try seedOrders(installation)
        let ana = try #require(
            await installation.request(
                "POST", "/api/v1/keys", ["name": "ana", "principal": "customer:ana", "scopes": ["run"]])?.body["key"]?
                .string)

        let play = Play(installation: installation, ana: ana)
        async let starting: Void = play.startAll()
        async let approving: Void = play.approveAll()
        try await play.killAtRandom()
        _ = await (starting, approving)
        installation.stop()

        let books = try installation.desk { db in
            try Row.fetchAll(
                db, sql: "SELECT order_id, count(*) AS n FROM refunds WHERE order_id LIKE 'O-5%' GROUP BY order_id")
        }
        let doubled = books.filter { ($0["n"] as Int? ?? 0) > 1 }.count
        let doubts = await play.doubts
        print(
            "refunds=\(books.count) of \(refunds) doubled=\(doubled) lost=\(refunds - books.count) kills=\(installation.kills) in_doubt_on_the_way=\(doubts)"
        )
        for line in await play.unfinished { print("unfinished: \(line)") }
        #expect(books.count == refunds, "\(installation.log.suffix(2000))")
        #expect(doubled == 0)
    }

    private func seedOrders(_ installation: Installation) throws {
        try installation.desk { db in
            for index in 0..<refunds {
                try db.execute(
                    sql: """
                        INSERT INTO orders (id, customer_id, status, item, currency, total_cents, placed_on)
                        VALUES (?, 'C-7', 'delivered', 'Test', 'USD', 5000, '2026-10-01')
                        """, arguments: ["O-\(5000 + index)"])
            }
        }
    }
}

/// The people and the killer of one play.
private actor Play {
    let installation: Installation
    let ana: String
    private var runs: [String?] = Array(repeating: nil, count: refunds)
    private var ended: Set<String> = []
    private(set) var doubts = 0
    /// Where each run stands that did not end, for the message.
    private(set) var unfinished: [String] = []
    private var isOver = false

    init(installation: Installation, ana: String) {
        self.installation = installation
        self.ana = ana
    }

    /// Starts every run; a start whose answer was lost is looked for in the list before it is made again.
    func startAll() async {
        for index in 0..<refunds {
            var attempt = 0
            while runs[index] == nil, !isOver {
                let words = "refund $10 for order O-\(5000 + index)"
                let answer = await installation.request(
                    "POST", "/api/v1/runs", ["agent": "refunder", "input": JSONValue(words)], key: ana,
                    idempotencyKey: "start-\(index)-\(attempt)")
                runs[index] = answer?.body["run_id"]?.string
                // The server died between making the run and answering: its key stays taken for a while.
                if answer?.status == 409 {
                    runs[index] = await run(for: words)
                    attempt += 1
                }
                if runs[index] == nil { try? await Task.sleep(for: .milliseconds(50)) }
            }
        }
    }

    private func run(for words: String) async -> String? {
        var list: (status: Int, body: JSONValue)?
        while list?.status != 200, !isOver {
            list = await installation.request("GET", "/api/v1/runs?limit=100", key: ana)
        }
        return list?.body["data"]?.array?.first { $0["task"]?.string == words }?["run_id"]?.string
    }

    func approveAll() async {
        while !isOver {
            let waiting = await installation.request("GET", "/api/v1/approvals?status=pending&limit=100")
            for approval in waiting?.body["data"]?.array ?? [] {
                guard let id = approval["approval_id"]?.string else { continue }
                _ = await installation.request("POST", "/api/v1/approvals/\(id)/decision", ["decision": "approve"])
            }
            try? await Task.sleep(for: .milliseconds(30))
        }
    }

    /// Kills and restarts until nearly all runs have ended, then lets the rest come to their end in peace.
    func killAtRandom() async throws {
        let end = Date().addingTimeInterval(Double(refunds) * 6 + 120)
        while Date() < end {
            await countEnded()
            if ended.count == refunds { break }
            if ended.count < refunds - max(1, refunds / 20), installation.kills < max(5, refunds) {
                try await Task.sleep(for: .milliseconds(Int.random(in: 300..<1500)))
                installation.kill()
                try installation.start()
                _ = await installation.ready()
            } else {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        await countDoubts()
        isOver = true
    }

    private func countEnded() async {
        for run in runs.compactMap(\.self) where !ended.contains(run) {
            let answer = await installation.request("GET", "/api/v1/runs/\(run)")
            if answer?.body["status"]?.string == "succeeded" { ended.insert(run) }
        }
    }

    private func countDoubts() async {
        for run in runs.compactMap(\.self) {
            let answer = await installation.request("GET", "/api/v1/runs/\(run)/events?limit=100")
            let types = (answer?.body["data"]?.array ?? []).compactMap { $0["type"]?.string }
            doubts += types.count { $0 == "effect_in_doubt" }
            if !ended.contains(run) { unfinished.append("\(run): \(types.joined(separator: " "))") }
        }
    }
}
