import BallastConfiguration
import BallastInstallation
import BallastRuntime
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
        gateway.bounds = [.idle: 60_000, .callsOfRun: 8]
        var options = RuntimeOptions()
        options.take(gateway)
        #expect(options.gatewayIdle == 60_000 && options.gatewayCalls == 8)
        #expect(options.gatewayResults == RuntimeOptions().gatewayResults)
    }

    @Test("each standard is within the bounds of its key, and every key sets something")
    func standards() {
        let standard = MCPPace().values.merging(RuntimeOptions().gatewayValues) { $1 }
        #expect(Set(standard.keys) == Set(GatewayBound.allCases))
        for (bound, value) in standard { #expect(bound.range.contains(value), "\(bound.rawValue)") }
    }
}
