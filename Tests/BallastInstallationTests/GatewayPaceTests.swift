import BallastConfiguration
import BallastInstallation
import BallastServer
import Testing

@Suite("What the configuration says of the gateway is what the gateway does")
struct GatewayPaceTests {
    @Test("what is set holds, and everything else is as it was")
    func set() {
        var gateway = GatewaySettings()
        gateway.bounds = [.wait: 300_000, .gather: 200, .callsOfKey: 64, .bodyBytes: 1_048_576]
        gateway.origins = ["https://console.example"]
        let pace = MCPPace(gateway)
        #expect(pace.wait == 300_000 && pace.gather == 200 && pace.callsOfKey == 64 && pace.body == 1 << 20)
        #expect(pace.origins == gateway.origins)
        let standard = MCPPace()
        #expect(pace.question == standard.question && pace.heartbeat == standard.heartbeat)
        #expect(MCPPace(GatewaySettings()).values == standard.values)
    }

    @Test("each standard is within the bounds of its key, and every key but that of runs is one of the server's")
    func standards() {
        let standard = MCPPace().values
        #expect(Set(standard.keys) == Set(GatewayBound.allCases).subtracting([.idle]))
        for (bound, value) in standard { #expect(bound.range.contains(value), "\(bound.rawValue)") }
    }
}
