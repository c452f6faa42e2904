/// Every reachable state of a model, breadth first, so that the first fault found has a shortest trace.
package struct ProtocolExploration: Sendable {
    /// A pair of mirror images counts once.
    package private(set) var states = 0
    package private(set) var transitions = 0
    package private(set) var counterexample: ProtocolCounterexample?
    /// The bound was reached before the end.
    package private(set) var isIncomplete = false

    private var found: [ProtocolState] = []
    private var parents: [Int32] = []
    private var steps: [ProtocolStep] = []
    private var sources: [Int32] = []
    private var targets: [Int32] = []

    package init(_ model: ProtocolModel, limit: Int = 2_000_000) {
        var places: [StateKey: Int32] = [:]
        enter(ProtocolState(), from: -1, by: nil, &places)
        var next = 0
        while next < found.count, counterexample == nil {
            guard found.count < limit else {
                isIncomplete = true
                break
            }
            for move in model.moves(from: found[next]) {
                transitions += 1
                if let fault = model.fault(in: move.state) {
                    counterexample = ProtocolCounterexample(fault: fault, steps: trace(to: next) + [move.step])
                    break
                }
                let place = enter(move.state, from: Int32(next), by: move.step, &places)
                sources.append(Int32(next))
                targets.append(place)
            }
            next += 1
        }
        states = found.count
        if counterexample == nil, !isIncomplete, model.faults.contains(.stuck), let stuck = firstStuck(model) {
            counterexample = ProtocolCounterexample(fault: .stuck, steps: trace(to: stuck))
        }
        (found, parents, steps, sources, targets) = ([], [], [], [], [])
    }

    @discardableResult
    private mutating func enter(
        _ state: ProtocolState, from parent: Int32, by step: ProtocolStep?, _ places: inout [StateKey: Int32]
    ) -> Int32 {
        let key = StateKey(state)
        if let place = places[key] { return place }
        let place = Int32(truncatingIfNeeded: found.count)
        places[key] = place
        found.append(state)
        parents.append(parent)
        steps.append(step ?? ProtocolStep(actor: .time, event: .expire))
        return place
    }

    private func trace(to place: Int) -> [ProtocolStep] {
        var (trace, at): ([ProtocolStep], Int) = ([], place)
        while at > 0 {
            trace.append(steps[at])
            at = Int(parents[at])
        }
        return trace.reversed()
    }

    /// The first state from which no end can be reached, found by walking back from all ends.
    private func firstStuck(_ model: ProtocolModel) -> Int? {
        var counts = [Int32](repeating: 0, count: found.count + 1)
        for target in targets { counts[Int(target) + 1] += 1 }
        for index in found.indices { counts[index + 1] += counts[index] }
        var fill = counts
        var before = [Int32](repeating: 0, count: targets.count)
        for index in targets.indices {
            let target = Int(targets[index])
            before[Int(fill[target])] = sources[index]
            fill[target] += 1
        }
        var reaches = found.map { model.isEnd($0) }
        var open = reaches.indices.filter { reaches[$0] }
        while let place = open.popLast() {
            for index in counts[place]..<counts[place + 1] {
                let source = Int(before[Int(index)])
                if !reaches[source] {
                    reaches[source] = true
                    open.append(source)
                }
            }
        }
        return reaches.firstIndex(of: false)
    }
}

/// The shortest way from the beginning to a fault.
package struct ProtocolCounterexample: Sendable, CustomStringConvertible {
    package let fault: ProtocolFault
    package let steps: [ProtocolStep]

    package var description: String {
        let lines = steps.enumerated().map { "  \($0.offset + 1). \($0.element)" }
        return (["\(fault.rawValue), after \(steps.count) steps:"] + lines).joined(separator: "\n")
    }
}
