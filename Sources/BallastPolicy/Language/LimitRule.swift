package import BallastCore

/// Whom a limit counts for.
package enum LimitScope: Sendable, Hashable, CustomStringConvertible {
    case tenant
    case principal
    case agent
    case conversation
    case run
    /// One action alone: nothing is added up.
    case action
    /// Each value of this argument, such as each order.
    case argument(FieldPath)

    package static let words = ["tenant", "principal", "agent", "conversation", "run", "action"]
    /// Those that add up over several actions.
    package static let lasting = words.filter { $0 != "action" }

    package init?(_ text: String) {
        switch text {
        case "tenant": self = .tenant
        case "principal": self = .principal
        case "agent": self = .agent
        case "conversation": self = .conversation
        case "run": self = .run
        case "action": self = .action
        default:
            guard let path = FieldPath(text) else { return nil }
            self = .argument(path)
        }
    }

    package var description: String {
        switch self {
        case .tenant: "tenant"
        case .principal: "principal"
        case .agent: "agent"
        case .conversation: "conversation"
        case .run: "run"
        case .action: "action"
        case .argument(let path): path.text
        }
    }
}

/// A cap on what several actions do together, reserved before each of them starts.
package struct LimitRule: Sendable, Hashable {
    package enum Measure: Sendable, Hashable {
        /// How many actions.
        case count
        /// The total of an argument: minor units of a money field, or an integer.
        case sum(FieldPath)
        /// How many elements an argument has: recipients, files. One value alone is one.
        case elements(FieldPath)
    }
    package enum Cap: Sendable, Hashable {
        case fixed(Quantity)
        /// Ground truth, fetched by the guard; in minor units where the measured argument is money.
        case reference(ValueReference)
    }

    package let measure: Measure
    package let cap: Cap
    package let scope: LimitScope
    package let window: LimitWindow
    /// What is beyond the cap stops and asks a reviewer, and is not denied.
    package let asks: Bool

    package init(measure: Measure, cap: Cap, per scope: LimitScope, every window: LimitWindow, asks: Bool = false) {
        self.measure = measure
        self.cap = cap
        self.scope = scope
        self.window = window
        self.asks = asks
    }

    /// The same for equal meaning after a reload, so that what was counted stays counted: `count/principal/hour`.
    package var name: String {
        let what =
            switch measure {
            case .count: "count"
            case .sum(let path): "sum.\(path)"
            case .elements(let path): "number_of.\(path)"
            }
        return "\(what)/\(scope)/\(window)" + (asks ? "/ask" : "")
    }
}

/// A cap on what one action may touch.
package struct MagnitudeRule: Sendable, Hashable {
    /// An argument, or a count that a safe tool answers.
    package let subject: ValueReference
    package let atMost: Quantity

    package init(subject: ValueReference, atMost: Quantity) {
        self.subject = subject
        self.atMost = atMost
    }
}

/// A rehearsal of the action by its own tool, which says how much the action would touch.
package struct DryRun: Sendable, Hashable {
    /// Arguments that replace those of the action and make the call change nothing; the operator's statement.
    package let with: [BoundArgument]
    /// The field of the answer that counts what would be touched.
    package let count: FieldPath
    package let atMost: Int64

    package init(with: [BoundArgument], count: FieldPath, atMost: Int64) {
        self.with = with
        self.count = count
        self.atMost = atMost
    }

    package func guardCall(tool: String, arguments: JSONValue) -> GuardCall? {
        guard var object = arguments.object else { return nil }
        guard let replaced = with.object(arguments: arguments)?.object else { return nil }
        for member in replaced.members { object[member.key] = member.value }
        return GuardCall(tool: tool, arguments: .object(object), isDryRun: true)
    }
}
