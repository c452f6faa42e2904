import BallastTesting
import Foundation
import Testing

@Suite("Every order of two workers, a halt, an approval and a crash keeps the protocol's promises")
struct ProtocolModelTests {
    /// With it, the halt and the key are explored together too: ten times the states.
    private static let isThorough = ProcessInfo.processInfo.environment["PROTOCOL_THOROUGH"] != nil
    private static func smaller(_ tool: ProtocolTool) -> ProtocolBounds {
        isThorough ? ProtocolBounds() : ProtocolBounds(hasHalt: false, hasCrash: tool == .never)
    }
    /// What counts when a protection is taken out: harm, not the lemma that nothing is sent while in doubt.
    private static let harms = Set(ProtocolFault.allCases).subtracting([.sentInDoubt])

    @Test("no state is wrong and every state can reach an end", arguments: ProtocolTool.allCases)
    func everyState(tool: ProtocolTool) {
        // The halt treats both kinds alike, and with the states of a key it is dear.
        let hasHalt = tool == .never || ProtocolModelTests.isThorough
        let bounds = ProtocolBounds(hasHalt: hasHalt)
        let exploration = ProtocolExploration(ProtocolModel(tool: tool, bounds: bounds), limit: 5_000_000)
        print("protocol, \(tool.rawValue): \(exploration.states) states, \(exploration.transitions) transitions")
        #expect(!exploration.isIncomplete)
        #expect(exploration.counterexample == nil, "\(exploration.counterexample.map { "\($0)" } ?? "")")
        #expect(exploration.states > 50_000, "the model lost most of its world")
    }

    @Test(
        "without a protection there is a way to harm, and the shortest is found",
        arguments: [
            (Protection.sendBy, ProtocolTool.never, ProtocolFault.notDoneButDone),
            (.permit, .never, .sentAfterHalt),
            (.drain, .never, .sentAfterHalt),
            (.epoch, .never, .judgedBeforeHalt),
            (.epochsBeforeHalts, .never, .sentAfterHalt),
            (.consumption, .never, .approvalTwice),
            (.landsWithin, .never, .notDoneButDone),
            (.landsFromAsking, .never, .notDoneButDone),
            (.foreignDoubt, .never, .twice),
            (.foreignWait, .never, .notDoneButDone),
            (.foreignOnRecord, .never, .notDoneButDone),
            (.keyWindow, .byKey, .twice),
        ])
    func removals(protection: Protection, tool: ProtocolTool, fault: ProtocolFault) throws {
        let model = ProtocolModel(tool: tool, without: [protection], faults: ProtocolModelTests.harms)
        let found = try #require(ProtocolExploration(model).counterexample, "nothing misses: \(protection.rawValue)")
        print("without \"\(protection.rawValue)\": \(found)")
        #expect(found.fault == fault)
    }

    /// What each of these prevents, another one prevents as well:
    ///
    /// - fence: an owner that was taken over is also out of sequence once the new one appended; before that, what it
    ///   appends is true, and its lease lets it send nothing.
    /// - sequence: only the owner of the current fence appends, so nobody can have appended in between.
    /// - a foreign effect of a tool with keys may be sent again anyway; too late for its key, the window stops it.
    @Test(
        "one protection may stand in for another",
        arguments: [
            (Protection.fence, ProtocolTool.never), (.sequence, .never), (.foreignDoubt, .byKey),
        ])
    func covered(protection: Protection, tool: ProtocolTool) {
        let model = ProtocolModel(
            tool: tool, without: [protection], bounds: ProtocolModelTests.smaller(tool),
            faults: ProtocolModelTests.harms)
        let exploration = ProtocolExploration(model, limit: 5_000_000)
        #expect(!exploration.isIncomplete)
        #expect(exploration.counterexample == nil, "\(exploration.counterexample.map { "\($0)" } ?? "")")
    }

    @Test("without fence and sequence together, two owners use one approval")
    func neitherFenceNorSequence() throws {
        let model = ProtocolModel(
            tool: .never, without: [.fence, .sequence], faults: ProtocolModelTests.harms)
        #expect(try #require(ProtocolExploration(model).counterexample).fault == .approvalTwice)
    }

    @Test("a pause between check and write that outlasts the margins does harm, unless the tool knows the key")
    func residualWindow() throws {
        let never = ProtocolModel(tool: .never, pausesAreBounded: false, faults: [.twice])
        let harm = try #require(ProtocolExploration(never).counterexample)
        print("the residual window: \(harm)")
        let byKey = ProtocolModel(
            tool: .byKey, pausesAreBounded: false, isKeyKeptForever: true,
            bounds: ProtocolModelTests.smaller(.byKey), faults: [.twice])
        let exploration = ProtocolExploration(byKey, limit: 5_000_000)
        #expect(!exploration.isIncomplete)
        #expect(exploration.counterexample == nil, "\(exploration.counterexample.map { "\($0)" } ?? "")")
    }

    @Test("the same model gives the same numbers and the same trace")
    func isDeterministic() {
        let model = ProtocolModel(tool: .never, without: [.epoch])
        let (first, second) = (ProtocolExploration(model), ProtocolExploration(model))
        #expect(first.states == second.states)
        #expect(first.counterexample?.steps == second.counterexample?.steps)
    }
}
