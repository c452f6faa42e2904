import BallastCore
import BallastRuntime
import Synchronization

/// Requests for decisions of one run that wait at the same time for the person at one client: they are asked as one
/// question. One call carries it; the others follow, and are told what becomes of them as their actions end.
final class SharedQuestions: Sendable {
    /// Whom is asked about what: calls of one run, over one key, for one principal, in one session.
    struct Place: Sendable, Hashable {
        let run: RunID
        let key: String
        let principal: Principal
        let session: String?
    }

    private struct Member {
        let call: OpenCall
        let approval: GatewayApproval
    }

    private enum Lead {
        case nobody
        /// It gathers, or its question is with the client.
        case call(ObjectIdentifier)
        /// Its request ended with the question; another one brings the answer.
        case kept(until: Int64)
    }

    private struct Room {
        var members: [Member] = []
        var lead = Lead.nobody
        /// In the question that is with the client.
        var asked: Set<ApprovalID> = []

        /// Makes the first call lead whose request is not asked about; answers it.
        mutating func promote() -> OpenCall? {
            (lead, asked) = (.nobody, [])
            guard let next = members.first else { return nil }
            lead = .call(ObjectIdentifier(next.call))
            return next.call
        }
    }

    private let rooms = Mutex<[Place: Room]>([:])

    /// Actions that one question is about at most: a list that nobody reads to its end is no question.
    static let most = 8
    private static let mostPlaces = 1_024

    /// A call waits for a decision. True when it is to ask, in a moment, for all that wait by then.
    func join(_ place: Place, _ call: OpenCall, _ approval: GatewayApproval, now: Int64) -> Bool {
        rooms.withLock { rooms in
            var room = rooms[place] ?? Room()
            defer { rooms[place] = room }
            room.members.removeAll { $0.call === call }
            room.members.append(Member(call: call, approval: approval))
            switch room.lead {
            case .call(let lead): return lead == ObjectIdentifier(call)
            case .kept(let until) where until > now: return false
            case .kept, .nobody:
                (room.lead, room.asked) = (.call(ObjectIdentifier(call)), [])
                return true
            }
        }
    }

    /// What the leading call asks about: each request once, the oldest first.
    func take(_ place: Place, _ call: OpenCall) -> [GatewayApproval] {
        rooms.withLock { rooms in
            guard var room = rooms[place], case .call(let lead) = room.lead, lead == ObjectIdentifier(call) else {
                return []
            }
            var found: [ApprovalID: GatewayApproval] = [:]
            for member in room.members { found[member.approval.id] = member.approval }
            // The call that asks is answered by what it asks.
            let own = room.members.first { $0.call === call }?.approval.id
            let others = found.values.filter { $0.id != own }.sorted { $0.id.ordinal < $1.id.ordinal }
            let chosen = (found[own ?? ApprovalID(run: place.run, ordinal: 0)].map { [$0] } ?? []) + others
            let asked = chosen.prefix(SharedQuestions.most).sorted { $0.id.ordinal < $1.id.ordinal }
            room.asked = Set(asked.map(\.id))
            rooms[place] = room
            return asked
        }
    }

    /// The call's request ends with the question, which stays with the client until then.
    func keep(_ place: Place, _ call: OpenCall, until: Int64, now: Int64) {
        rooms.withLock { rooms in
            guard var room = rooms[place] else { return }
            room.members.removeAll { $0.call === call }
            room.lead = .kept(until: until)
            rooms[place] = room
            // Clients that never come back leave nothing behind for ever.
            guard rooms.count > SharedQuestions.mostPlaces else { return }
            rooms = rooms.filter { _, room in
                if case .kept(let end) = room.lead { end > now || !room.members.isEmpty } else { true }
            }
        }
    }

    /// The question was answered: what it was not about is asked next.
    func answered(_ place: Place) {
        let next = rooms.withLock { rooms -> OpenCall? in
            guard var room = rooms[place] else { return nil }
            let asked = room.asked
            room.members.removeAll { asked.contains($0.approval.id) }
            let next = room.promote()
            rooms[place] = room.members.isEmpty ? nil : room
            return next
        }
        next?.post(.lead)
    }

    /// The call waits no longer. Where it carried the question, another one does.
    func leave(_ place: Place, _ call: OpenCall) {
        let next = rooms.withLock { rooms -> OpenCall? in
            guard var room = rooms[place] else { return nil }
            room.members.removeAll { $0.call === call }
            var next: OpenCall?
            if case .call(let lead) = room.lead, lead == ObjectIdentifier(call) { next = room.promote() }
            if case .kept = room.lead { rooms[place] = room } else { rooms[place] = room.members.isEmpty ? nil : room }
            return next
        }
        next?.post(.lead)
    }
}
