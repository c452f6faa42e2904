import BallastCore
import Foundation
import GRDB
import Testing

/// How many refunds to play; the acceptance run uses 200.
private let refunds = Int(ProcessInfo.processInfo.environment["BALLAST_KILL_REFUNDS"] ?? "24") ?? 24
/// The longest the desk sleeps on either side of its work, in milliseconds.
private let longestDelay = ProcessInfo.processInfo.environment["BALLAST_KILL_DELAY"] ?? "200"
/// Milliseconds between two approvals: the slower people are, the more kills there are for each refund.
private let pace = Int(ProcessInfo.processInfo.environment["BALLAST_KILL_PACE"] ?? "100") ?? 100

@Suite("A server that is killed at random neither doubles nor loses an effect", .serialized)
struct KillTests {
    @Test("every refund is in the desk's books exactly once (R58, R59)", .timeLimit(.minutes(30)))
    func killedAtRandom() async throws {
        // The desk forgets what idempotency keys are for: nothing but the server keeps a refund from being doubled.
        let options = ["--delay-before", longestDelay, "--delay-after", longestDelay, "--jitter", "--ignore-key"]
        let installation = try Installation(port: 18_000 + Int.random(in: 0..<900), deskOptions: options)
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
        let account = await KillAccount(installation, runs: play.started, kills: play.kills)
        installation.stop()

        let books = try refundsInTheBooks(installation)
        let doubled = books.count { $0 > 1 }
        print(
            "refunds=\(books.count) of \(refunds) doubled=\(doubled) lost=\(refunds - books.count) \(account.figures)")
        for line in account.unfinished { print("unfinished: \(line)") }
        #expect(books.count == refunds, "\(installation.log.suffix(2000))")
        #expect(doubled == 0)
        #expect(account.unfinished.isEmpty)
        #expect(account.kills >= 3)
        #expect(account.killsInMidCall * 100 >= account.kills * 15)
        #expect(account.assumed.isEmpty, "an outcome that a kill cut off was not put in doubt")
        #expect(account.foundOut == account.doubts)
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

    /// How often each order was refunded that was at all.
    private func refundsInTheBooks(_ installation: Installation) throws -> [Int] {
        try installation.desk { db in
            try Int.fetchAll(
                db,
                sql: "SELECT count(*) FROM refunds WHERE CAST(substr(order_id, 3) AS INTEGER) >= 5000 GROUP BY order_id"
            )
        }
    }
}

/// The people and the killer of one play.
private actor Play {
    let installation: Installation
    let ana: String
    private var runs: [String?] = Array(repeating: nil, count: refunds)
    /// The moments at which the server was gone.
    private(set) var kills: [Timestamp] = []
    private var isOver = false

    init(installation: Installation, ana: String) {
        self.installation = installation
        self.ana = ana
    }

    var started: [String] { runs.compactMap(\.self) }

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

    /// One approval at a time, so that the refunds are spread over many lives of the server.
    func approveAll() async {
        while !isOver {
            let waiting = await installation.request("GET", "/api/v1/approvals?status=pending&limit=1")
            for approval in waiting?.body["data"]?.array ?? [] {
                guard let id = approval["approval_id"]?.string else { continue }
                _ = await installation.request("POST", "/api/v1/approvals/\(id)/decision", ["decision": "approve"])
            }
            try? await Task.sleep(for: .milliseconds(pace))
        }
    }

    /// Kills, every other time the desk too, and restarts until nearly all runs have ended, then lets the rest come to their end in peace.
    func killAtRandom() async throws {
        let end = Date().addingTimeInterval(Double(refunds) * 3 + 60)
        var ended = 0
        while Date() < end, ended < refunds {
            if ended < refunds - max(1, refunds / 20) {
                try await Task.sleep(for: .milliseconds(Int.random(in: 50..<600)))
                installation.kill(withTools: Bool.random())
                kills.append(Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)))
                try installation.start()
                _ = await installation.ready()
            } else {
                try await Task.sleep(for: .milliseconds(100))
            }
            ended = await countEnded() ?? ended
        }
        isOver = true
    }

    private func countEnded() async -> Int? {
        var count = 0
        var path: String? = "/api/v1/runs?status=succeeded&limit=100"
        while let next = path {
            guard let page = await installation.request("GET", next)?.body, let runs = page["data"]?.array else {
                return nil
            }
            count += runs.count
            path = page["next_cursor"]?.string.map { "/api/v1/runs?status=succeeded&limit=100&cursor=\($0)" }
        }
        return count
    }
}
