/// What is in a room: a slot for each call, and what the driver has not taken of it yet.
extension GatewayRoom {
    struct Slot {
        /// In the order in which they came.
        let number: UInt64
        let key: Key
        let arrival: Arrival
        var waiters: [UInt64: GatewayListener] = [:]
        /// In the order in which they came.
        var listeners: [GatewayListener] {
            waiters.count < 2
                ? Array(waiters.values) : waiters.sorted { $0.key < $1.key }.map(\.value)
        }
        var canConfirm: Bool
        var canAsk: Bool
        var approval: GatewayApproval?
        /// What callers are answered; nil while the call is open.
        var end: GatewayEnd?
        /// The end is not the last word: it is in doubt, and may be known later.
        var isProvisional = false
        var endedAt: Int64 = 0
    }

    struct State {
        var slots: [String: Slot] = [:]
        var byKey: [Key: String] = [:]
        /// Calls not taken yet, in their order.
        var arrivals: [String] = []
        var landings: [Landing] = []
        var cancelled: [String] = []
        var questions: [Int: CheckedContinuation<ToolReply, Never>] = [:]
        var lastNumber: UInt64 = 0
        /// A driver takes what comes in.
        var isServed = false
        /// Monotonic milliseconds.
        var lastUse: Int64 = 0
        var wakeAt: Int64?
        var isRaised = false
        var sleeper: CheckedContinuation<Void, Never>?
        var shouldRest = false
        /// The desk has given the room up: whoever still holds it asks the desk for another.
        var isClosed = false
    }
}

extension GatewayRoom.State {
    func open(_ isMeant: (String, GatewayRoom.Slot) -> Bool) -> [String] {
        slots.filter { id, slot in (slot.end == nil || slot.isProvisional) && isMeant(id, slot) }
            .sorted { $0.value.number < $1.value.number }.map(\.key)
    }

    /// Calls without an answer.
    func openCount(atMost most: Int) -> Int {
        slots.count < most ? slots.count : slots.values.count { $0.end == nil }
    }

    mutating func remove(_ callID: String) {
        guard let slot = slots.removeValue(forKey: callID) else { return }
        if byKey[slot.key] == callID { byKey[slot.key] = nil }
    }

    mutating func forgetOldEnds(_ now: Int64, keptFor span: Int64) {
        for (callID, slot) in slots where slot.end != nil && now - slot.endedAt > span { remove(callID) }
        let ended = slots.filter { $0.value.end != nil }
        guard ended.count > GatewayRoom.kept else { return }
        for (callID, _) in ended.sorted(by: { $0.value.endedAt < $1.value.endedAt }).prefix(
            ended.count - GatewayRoom.kept)
        {
            remove(callID)
        }
    }
}
