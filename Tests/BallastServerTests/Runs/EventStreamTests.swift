import BallastCore
import BallastRuntime
import HTTPTypes
import Testing

@Suite("The events of a run")
struct EventStreamTests {
    private let stream: HTTPFields = [.accept: "text/event-stream"]

    private struct Frame: Equatable {
        var (id, name, data): (String?, String?, String)

        static func == (a: Frame, b: Frame) -> Bool { a.id == b.id && a.name == b.name && a.data == b.data }
    }

    /// The frames of an answer; comments are left out.
    private func events(_ answer: Requests.Answer) throws -> [Frame] {
        let frames = answer.text.split(separator: "\n\n").filter { !$0.hasPrefix(":") }
        return frames.map { frame in
            let lines = frame.split(separator: "\n")
            func field(_ name: String) -> String? {
                lines.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
            }
            return Frame(id: field("id"), name: field("event"), data: field("data") ?? "")
        }
    }

    @Test("are streamed from the first to the last, each with its sequence, type and JSON")
    func replay() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("look")
        try await stage.serve { (api) async throws in
            let answer = try await api.get("/api/v1/runs/\(run)/events", headers: stream)
            #expect(answer.headers[.contentType] == "text/event-stream")
            let events = try events(answer)
            #expect(events.map(\.id) == (1...events.count).map { String($0) })
            #expect(events.first?.name == "run_created")
            #expect(events.last?.name == "run_finished")
            for event in events {
                let document = try JSONReader.read(event.data)
                #expect(document["type"]?.string == event.name)
                #expect(document["sequence"]?.integer.map { String($0) } == event.id)
                #expect(document["summary"]?.string?.isEmpty == false)
            }
        }
    }

    @Test("go on after the last one that was seen, and end for good at the end")
    func resumption() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("look")
        let seen = try #require(HTTPField.Name("last-event-id"))
        try await stage.serve { (api) async throws in
            let all = try events(try await api.get("/api/v1/runs/\(run)/events", headers: stream))
            for place in all.indices {
                var headers = stream
                headers[seen] = all[place].id
                let answer = try await api.get("/api/v1/runs/\(run)/events", headers: headers)
                if place == all.count - 1 {
                    #expect(answer.status == 204)
                } else {
                    #expect(try events(answer) == Array(all[(place + 1)...]))
                }
            }
        }
    }

    @Test("that come while somebody follows are the same as those of the journal afterwards")
    func following() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":3}")
        let rita = Principal("reviewer:rita")
        try await stage.serve { (api) async throws in
            async let following = api.get("/api/v1/runs/\(run)/events", headers: stream)
            while !stage.runtime.feed.hasSubscribers(run) { await Task.yield() }
            let scope = TenantScope(.default)
            let approval = try #require(try await stage.store.approvals(status: .pending, limit: 1, scope: scope).first)
            _ = try await stage.runtime.decide(approval.id, .approve, by: rita, scope: scope)
            let live = try events(try await following).filter { $0.name != "text_delta" }
            let replayed = try events(try await api.get("/api/v1/runs/\(run)/events", headers: stream))
            #expect(live == replayed)
        }
    }

    @Test("are also to be had as pages of JSON")
    func pages() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("look")
        let check = AnswerCheck()
        try await stage.serve { (api) async throws in
            let whole = try await api.get("/api/v1/runs/\(run)/events")
            #expect(try check.violations(of: whole, to: "listRunEvents") == [])
            let all = whole.body["data"]?.array ?? []
            #expect(all.count > 4)
            var (seen, cursor) = ([JSONValue](), "")
            repeat {
                let page = try await api.get(
                    "/api/v1/runs/\(run)/events?limit=2" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
                seen += page.body["data"]?.array ?? []
                cursor = page.body["next_cursor"]?.string ?? ""
            } while !cursor.isEmpty
            #expect(seen == all)
            let later = try await api.get("/api/v1/runs/\(run)/events?after=3")
            #expect(later.body["data"]?.array == Array(all.dropFirst(3)))
        }
    }
}
