import BallastCore
import BallastRuntime

/// What happened in a run, as its detectors see it.
struct Trace: Sendable {
    enum Entry: Sendable {
        case words(String)
        case reply(String, [Call])
    }

    struct Call: Sendable {
        let tool: String
        let arguments: JSONValue
        let answer: String
        var isError = false
        var isEffect = false
    }

    let kind: String
    var entries: [Entry] = []
    /// Where the loop begins, and how many replies one walk of it takes; nil in a good trace.
    var loop: (start: Int, period: Int)?

    init(_ kind: String) { self.kind = kind }

    mutating func say(_ words: String) { entries.append(.words(words)) }

    mutating func read(_ tool: String, _ arguments: JSONValue, _ answer: JSONValue, text: String = "") {
        add(text, Call(tool: tool, arguments: arguments, answer: JSONWriter.canonicalString(answer)))
    }

    mutating func read(_ tool: String, _ arguments: JSONValue, words: String, text: String = "") {
        add(text, Call(tool: tool, arguments: arguments, answer: words))
    }

    mutating func fail(_ tool: String, _ arguments: JSONValue, _ error: String, text: String = "") {
        add(text, Call(tool: tool, arguments: arguments, answer: error, isError: true))
    }

    mutating func act(_ tool: String, _ arguments: JSONValue, _ answer: JSONValue = ["ok": true], text: String = "") {
        add(
            text,
            Call(tool: tool, arguments: arguments, answer: JSONWriter.canonicalString(answer), isEffect: true))
    }

    mutating func add(_ text: String, _ calls: Call...) { entries.append(.reply(text, calls)) }

    /// The entry after which the detector raises its alarm, and the alarm; nil when it never does.
    func alarm(_ rule: ConfusionRule = ConfusionRule()) -> (entry: Int, confusion: Confusion)? {
        var detector = ConfusionDetector(rule)
        for (index, entry) in entries.enumerated() {
            switch entry {
            case .words(let words): detector.hear(words)
            case .reply(let text, let calls):
                detector.read(text, step: index)
                detector.add(
                    calls.map {
                        TracedCall(
                            step: index, tool: $0.tool, arguments: JSONWriter.canonical($0.arguments),
                            answer: $0.answer,
                            isError: $0.isError, isEffect: $0.isEffect)
                    })
                if let found = detector.finding() { return (index, found) }
            }
        }
        return nil
    }
}

/// Chance that is the same each time.
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func roll(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { roll(1...100) <= percent }
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[roll(0...(elements.count - 1))]
    }
    mutating func id(_ prefix: String) -> String { "\(prefix)-\(roll(1_000...99_999))" }
    mutating func ids(_ prefix: String, _ count: Int) -> [String] { (0..<count).map { _ in id(prefix) } }
    mutating func name() -> String { pick(Dice.names) }
    mutating func word() -> String { pick(Dice.words) }
    mutating func address() -> String { "\(name().lowercased()).\(word())@example.com" }
    private static let names = ["Ana", "Bruno", "Carla", "Dmitri", "Elif", "Farid", "Grace", "Hiro", "Ines", "Jonas"]
    private static let words = [
        "invoice", "contract", "delivery", "refund", "meeting", "budget", "roadmap", "shipment", "onboarding",
        "printer", "warranty", "travel", "insurance", "payroll", "renewal", "audit", "parking", "catering",
    ]
}
