import BallastClients
import BallastRuntime
import Testing

@Suite("The gate of an attempt opens once or never")
struct SendGateTests {
    @Test("and not after it was sealed")
    func sealed() {
        let probe = PermitProbe()
        let gate = SendGate(probe.permit)
        #expect(gate.seal() == .waiting)
        #expect(!gate.open())
        #expect(gate.seal() == .sealed)
        #expect(probe.claims == 0)
        #expect(probe.releases == 0)
    }

    @Test("and stays known as sent, with its permit given back once")
    func opened() {
        let probe = PermitProbe()
        let gate = SendGate(probe.permit)
        #expect(gate.open())
        #expect(!gate.open())
        #expect(gate.seal() == .written)
        gate.endWriting()
        #expect(gate.seal() == .written)
        #expect(probe.claims == 1)
        #expect(probe.releases == 1)
    }

    @Test("and asks for leave no second time after a refusal")
    func refused() {
        let probe = PermitProbe(refusal: .halted)
        let gate = SendGate(probe.permit)
        #expect(!gate.open())
        #expect(!gate.open())
        #expect(gate.seal() == .refused(.halted))
        #expect(probe.claims == 1)
        #expect(probe.releases == 0)
    }
}
