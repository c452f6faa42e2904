import BallastConfiguration
import BallastCore
import Testing

@Suite("Waits, bounds and origins of the gateway are configuration")
struct GatewayFileTests {
    @Test("what ballast.yaml sets is taken, and what it does not say stays")
    func settings() throws {
        let configuration = try Files.load([
            "ballast.yaml": """
            models: { small: { api: openai, base_url: "http://127.0.0.1:1/v1", model: m } }
            gateway:
              wait: 5m
              gather: 200ms
              calls_of_key: 64
              body_bytes: 1048576
              origins: ["https://Console.example", "http://10.0.0.7:8080"]
            """
        ])
        let gateway = configuration.server.gateway
        #expect(gateway.bounds == [.wait: 300_000, .gather: 200, .callsOfKey: 64, .bodyBytes: 1_048_576])
        #expect(gateway.origins == ["https://console.example", "http://10.0.0.7:8080"])
    }

    @Test("what is no such value is refused with its place, its range and what to write")
    func wrong() {
        let text = """
            models: { small: { api: openai, base_url: "http://127.0.0.1:1/v1", model: m } }
            gateway:
              wait: 2h
              gather: 0ms
              calls_of_key: 0
              patience: 5m
              origins: [console.example, "https://console.example/path"]
            """
        #expect(
            Files.complaints(["ballast.yaml": text]) == [
                "ballast.yaml:3:9: `wait` is 2h and may be from 1s to 1h. Write such a span.",
                "ballast.yaml:4:11: `gather` is a span of time, and here stands `0ms`. "
                    + "Write a whole number and a unit: `500ms`, `30s`, `5m`, `24h`, `7d`.",
                "ballast.yaml:5:17: `calls_of_key` is a whole number from 1 to 100000, and here stands `0`. "
                    + "Write a number such as 1.",
                "ballast.yaml:6:3: unknown key `patience` in `gateway`. It would be ignored. "
                    + "Use one of wait, gather, question, idle, session, heartbeat, watch, results_kept, stream_after, sessions, "
                    + "sessions_of_caller, calls_of_run, calls_of_session, calls_of_key, listeners_of_key, body_bytes, origins.",
                "ballast.yaml:7:13: `console.example` is no origin. "
                    + "Write `https://NAME` or `https://NAME:PORT`, without a path.",
                "ballast.yaml:7:30: `https://console.example/path` is no origin. "
                    + "Write `https://NAME` or `https://NAME:PORT`, without a path.",
            ])
    }
}
