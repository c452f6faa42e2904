import BallastConfiguration
import BallastCore
import BallastRuntime
import Testing

@Suite("An agent's file says which model drafts the contracts of its runs (R06)")
struct ContractDraftFileTests {
    private func agent(_ text: String) -> [String: String] { ["agents/support.yaml": text] }
    private static let sound = """
        model: small
        tools: [lookup_order, issue_refund]
        policy: support
        contract_drafted_by: small
        escalation: [{ to: leads, within: 30m }]
        """

    @Test("by its name in ballast.yaml, and it is part of what the agent is")
    func names() throws {
        let drafting = try #require(try Files.load(agent(Self.sound)).agents["support"])
        #expect(drafting.definition.contractDraftedBy == "small")
        let plain = Self.sound.replacing("contract_drafted_by: small\n", with: "")
        let other = try #require(try Files.load(agent(plain)).agents["support"])
        #expect(other.definition.contractDraftedBy == nil)
        #expect(other.reference != drafting.reference)
    }

    @Test("a model that is not there, an agent that is driven elsewhere, and one without a model are refused")
    func refused() {
        func complaint(_ text: String) -> String? { Files.complaints(agent(text)).first }
        #expect(
            complaint(Self.sound.replacing("_by: small", with: "_by: smal"))
                == "agents/support.yaml:4:22: there is no model `smal` in ballast.yaml. Did you mean `small`?")
        #expect(
            complaint(Self.sound + "\ngateway: true")
                == "agents/support.yaml:4:22: no contract is drafted for an agent with `gateway`. It is driven "
                + "elsewhere, and nobody here is asked about a draft. Remove `contract_drafted_by`; whoever begins its "
                + "runs gives a contract.")
        #expect(
            complaint(Self.sound.replacing("model: small\n", with: "playbooks: [refund]\n"))
                == "agents/support.yaml:4:22: no contract is drafted for an agent that proposes nothing by a model. "
                + "A draft bounds what a model proposes. Remove `contract_drafted_by`, or name a `model`.")
    }
}
