/// What can happen in a simulated world. A failing world is made smaller by taking things out of it.
package struct WorldShape: Sendable, Hashable, CustomStringConvertible {
    /// Runs that people start.
    package var runs = 3
    /// Processes on one store. With two, one may stand still for longer than its leases last, and none dies.
    package var nodes = 1
    package var crashes = true
    package var storeErrors = true
    package var halts = true
    package var changesDefinitions = true
    /// The clock leaps, as after a suspended machine.
    package var jumps = true
    package var subRuns = true
    /// Operators replace the policy while runs move.
    package var reloads = true
    /// Operators take back what runs did, several at once and again.
    package var rollbacks = true
    /// Agents that are driven elsewhere.
    package var outsiders = 1
    /// A shadow policy says something else of everything.
    package var hasShadow = false

    package init() {}

    /// Every fourth world has two processes. A halt closes the gate of one process at a time, so those worlds have none.
    /// Half of the worlds have no reloads: these refuse what other protections would have to.
    package init(seed: UInt64) {
        reloads = seed % 8 < 4
        outsiders = Int(seed / 8 % 3)
        guard seed % 4 == 3 else { return }
        nodes = 2
        (crashes, halts, jumps) = (false, false, false)
    }

    /// The same with one thing less, most telling first.
    var smaller: [WorldShape] {
        func without(_ change: (inout WorldShape) -> Void) -> WorldShape {
            var shape = self
            change(&shape)
            return shape
        }
        return [
            without { $0.outsiders = 0 }, without { $0.runs = 1 }, without { $0.runs = max(1, $0.runs - 1) },
            without { $0.subRuns = false },
            without { $0.halts = false }, without { $0.rollbacks = false }, without { $0.reloads = false },
            without { $0.changesDefinitions = false },
            without { $0.jumps = false },
            without { $0.hasShadow = false }, without { $0.storeErrors = false }, without { $0.crashes = false },
        ].filter { $0 != self }
    }

    package var description: String {
        let parts = [
            (crashes, "crashes"), (storeErrors, "store errors"), (halts, "halts"),
            (changesDefinitions, "changed definitions"), (jumps, "leaps of the clock"), (subRuns, "sub-runs"),
            (reloads, "reloads"), (rollbacks, "rollbacks"), (outsiders > 0, "outside agents"),
            (hasShadow, "a shadow policy"),
        ]
        let things = parts.filter(\.0).map(\.1)
        return "\(runs) \(runs == 1 ? "run" : "runs") on \(nodes) \(nodes == 1 ? "process" : "processes")"
            + (things.isEmpty ? "" : " with " + things.joined(separator: ", "))
    }
}
