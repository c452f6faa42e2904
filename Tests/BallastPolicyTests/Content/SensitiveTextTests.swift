import BallastPolicy
import Testing

@Suite("Secrets and personal data are found by their shape, and little else is (R21)")
struct SensitiveTextTests {
    private static let secrets: Set<SensitiveKind> = [.keys, .cards, .accounts]
    /// Put together here, so that no tool that looks for leaked keys stops at this file.
    private static func key(_ prefix: String, _ count: Int) -> String {
        prefix + String(repeating: "Ab3dEf9h", count: count / 8 + 1).prefix(count)
    }

    @Test(
        "keys and tokens",
        arguments: [
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXkt", "-----BEGIN PRIVATE KEY-----",
            key("AKIA", 0) + "IOSFODNN7EXAMPL3",
            key("ghp_", 36), key("github_pat_", 60), key("glpat-", 20), key("xoxb-", 40), key("AIza", 35),
            key("sk-ant-api03-", 40), key("sk-proj-", 40), key("sk-", 48), key("sk_live_", 24), key("npm_", 36),
            key("hf_", 34), "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN",
            "token=" + key("ghp_", 36) + ";",
            "https://x.example/?k=" + key("AIza", 35) + "&b=1", "user." + key("ghp_", 36),
        ])
    func keys(text: String) {
        #expect(SensitiveText.first(of: Self.secrets, in: "see: \(text) please") == .keys)
        #expect(SensitiveText.first(of: [.cards, .accounts], in: "see: \(text) please") == nil)
    }

    @Test(
        "cards with a right check digit",
        arguments: [
            "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444", "378282246310005",
            "3782 822463 10005", "6011111111111117", "3530111333300000", "30569309025904", "2223003122003222",
            "no.4111111111111111",
        ])
    func cards(text: String) { #expect(SensitiveText.first(of: Self.secrets, in: "card:\(text), thanks") == .cards) }

    @Test(
        "accounts with right check digits",
        arguments: [
            "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19",
            "FR1420041010050500013M02606",
            "NO9386011117947",
        ])
    func accounts(text: String) { #expect(SensitiveText.first(of: Self.secrets, in: "to \(text).") == .accounts) }

    @Test(
        "neither orders, dates, hashes, wrong check digits nor words about keys",
        arguments: [
            "4111111111111112", "order 1234567890123456", "1795000000000", "1795000000000000000",
            "2026-11-21T16:23:02Z",
            "DE89370400440532013001", "DE8937040044053201300", "ZZ89370400440532013000", "O-1001", "GB82 is a code",
            "d41d8cd98f00b204e9800998ecf8427e", "5f2b6c1e-4111-4111-8111-111111111111", "ghp_short", "sk-1234",
            "AKIA is a prefix",
            "-----BEGIN PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----", "a private key",
            "run_01jq6vq4x8e6v9r2m4k3h7t5zc",
            "eyJ is how tokens begin", "0000000000000000", "call 555 0100", "ana@example.com", "+1 555 010 0199",
        ])
    func innocent(text: String) { #expect(SensitiveText.first(of: Self.secrets, in: "about \(text) here") == nil) }

    @Test(
        "addresses and telephone numbers, where they are asked for",
        arguments: [
            "ana@example.com", "ana.maria+shop@mail.example.co", "+49 30 901820", "+1 (555) 010-0199", "+15550100199",
        ])
    func personal(text: String) {
        #expect(SensitiveText.first(of: [.personal], in: "write to \(text)!") == .personal)
        #expect(SensitiveText.first(of: Self.secrets, in: "write to \(text)!") == nil)
    }

    @Test(
        "signs that only look like them",
        arguments: ["1 + 1 = 2", "a@b", "@ana", "C++ 11", "+5", "2+2", "ana@localhost"])
    func impersonal(text: String) { #expect(SensitiveText.first(of: [.personal], in: "so \(text) it is") == nil) }

    @Test(
        "a long text of nothing but beginnings is passed over",
        arguments: ["xoxb-", "4111", "eyJa.", "+1 ", "-----BEGIN ", "DE89", "a@"])
    func beginnings(part: String) {
        let text = String(repeating: part, count: 40_000)
        _ = SensitiveText.first(of: Set(SensitiveKind.allCases), in: text)
    }
}
