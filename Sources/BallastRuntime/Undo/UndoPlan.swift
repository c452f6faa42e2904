import BallastCore
import BallastPolicy

/// Why nothing takes an effect back.
enum UndoObstacle: String, Sendable, Hashable, CaseIterable {
    case notDeclared = "undo.none"
    case noAgent = "undo.agent"
    case noTool = "undo.tool"
    case unclassified = "undo.unclassified"
    case unknownValue = "undo.value"
}

/// How an effect is taken back, from what the policy states of its tool.
enum UndoPlan {
    case call(tool: String, arguments: JSONValue, label: Label, usesResult: Bool)
    case inDoubt
    case impossible(UndoObstacle, String)

    /// The way of an effect that its run left settled or in doubt.
    static func of(
        _ done: DoneEffect, _ deployment: Deployment, open: (BodyReference) -> [UInt8]?
    ) -> UndoPlan {
        if done.state.isOpen { return .inDoubt }
        return call(
            for: done.effect, tool: done.tool, agent: done.agent, arguments: open(done.arguments),
            label: done.label, result: done.result.flatMap(open), resultLabel: done.resultLabel, deployment)
    }

    /// The call that takes an effect back that happened.
    static func call(
        for effect: EffectID, tool: String, agent: String, arguments: [UInt8]?, label: Label, result: [UInt8]?,
        resultLabel: Label, _ deployment: Deployment
    ) -> UndoPlan {
        guard let policy = deployment.agents[agent]?.policy else {
            return .impossible(.noAgent, "the agent \(agent) is not configured any more")
        }
        if let obstacle = obstacle(to: tool, policy, deployment) { return .impossible(obstacle.0, obstacle.1) }
        guard let undo = policy.rules(for: tool).undo else {
            return .impossible(.notDeclared, "nothing is declared that takes \(tool) back")
        }
        let own = arguments.flatMap { try? JSONReader.read($0) } ?? .null
        let answer = result.flatMap { try? JSONReader.read($0) }
        guard let bound = undo.with.object(arguments: own, result: answer, idempotencyKey: effect.description) else {
            return .impossible(.unknownValue, unknown(in: undo, own, answer, tool))
        }
        var joined = Label([.configuration])
        if undo.takesArguments { joined = joined.joined(with: label) }
        if undo.takesResult { joined = joined.joined(with: resultLabel) }
        return .call(tool: undo.tool, arguments: bound, label: joined, usesResult: undo.takesResult)
    }

    /// Why no effect of this tool can be taken back, whatever it does.
    static func obstacle(to tool: String, _ policy: Policy, _ deployment: Deployment) -> (UndoObstacle, String)? {
        guard let undo = policy.rules(for: tool).undo else {
            return (.notDeclared, "nothing is declared that takes \(tool) back")
        }
        if policy.toolClass(of: undo.tool) == nil {
            return (.unclassified, "\(undo.tool) stands in no class, so it never runs")
        }
        guard deployment.catalog[undo.tool] != nil else {
            return (.noTool, "\(undo.tool) is not offered at the moment")
        }
        return nil
    }

    private static func unknown(in undo: Undo, _ own: JSONValue, _ answer: JSONValue?, _ tool: String) -> String {
        for bound in undo.with {
            switch bound.source {
            case .result(let path) where answer.flatMap({ path.value(in: $0) }) == nil:
                return "what \(tool) answered does not say \(path), which \(undo.tool) needs"
            case .argument(let path) where path.value(in: own) == nil:
                return "\(tool) was called without \(path), which \(undo.tool) needs"
            default: continue
            }
        }
        return "what \(undo.tool) needs is not known"
    }
}

extension Undo {
    var takesResult: Bool { with.contains { if case .result = $0.source { true } else { false } } }
    var takesArguments: Bool { with.contains { if case .argument = $0.source { true } else { false } } }

    /// What it will be called with, as far as that is known before the effect: values of the result stand by name.
    func preview(arguments: JSONValue, effect: EffectID) -> JSONValue {
        var preview = JSONObject()
        for bound in with {
            preview[JSONString(bound.name)] =
                switch bound.source {
                case .argument(let path): path.value(in: arguments) ?? .null
                case .result(let path): JSONValue("$result.\(path)")
                case .idempotencyKey: JSONValue(effect.description)
                case .literal(let value): value
                }
        }
        return .object(preview)
    }
}

extension RollbackStep {
    init(_ done: DoneEffect, _ plan: UndoPlan, seal: (String) -> BodyReference) {
        self.init(
            effect: done.effect, tool: done.tool, agent: done.agent, arguments: done.arguments, label: done.label,
            way: plan.way(since: done.at, result: done.result, seal: seal))
    }
}

extension UndoPlan {
    /// As the journal has it.
    func way(since moment: Timestamp, result: BodyReference?, seal: (String) -> BodyReference) -> RollbackStep.Way {
        switch self {
        case .call(let tool, let arguments, let label, let usesResult):
            .call(
                UndoCall(
                    tool: tool, arguments: seal(JSONWriter.canonicalString(arguments)), label: label,
                    result: usesResult ? result : nil))
        case .inDoubt: .inDoubt(since: moment)
        case .impossible(let obstacle, let why): .impossible(code: obstacle.rawValue, why: seal(why))
        }
    }
}
