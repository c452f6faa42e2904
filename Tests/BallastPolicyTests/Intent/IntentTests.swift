import BallastCore
import BallastPolicy
import Testing

@Suite("The principal's words license kinds of acts, and nothing else does (R28)")
struct IntentTests {
    /// One tool of each kind.
    private static func policy(_ intent: IntentRules = IntentRules()) -> Policy {
        var tools: [String: ToolRules] = [:]
        for kind in ActKind.allCases { tools[kind.rawValue, default: ToolRules()].flow.acts = [kind] }
        return Policy(classes: tools.mapValues { _ in .risky }, tools: tools, intent: intent)
    }

    private static func license(
        _ kind: ActKind, _ words: [String], _ intent: IntentRules = IntentRules()
    ) -> IntentLicense? {
        var action = AssumedAction(
            tool: kind.rawValue, arguments: [:], agent: "a", principal: Principal("user:emma"),
            surroundings: DecisionSurroundings(environment: "test"), now: Desk.now)
        action.evidence.words = words
        return action.facts(for: policy(intent)).license
    }

    private static func check(_ request: Request) {
        for kind in request.asks { #expect(license(kind, [request.words]) == .named, "\(kind) in \(request.words)") }
        for kind in request.never {
            // "Print it" asks for something that is not known: that is asked about, and eases nothing.
            let license = license(kind, [request.words])
            #expect(license == IntentLicense.none || license == .unclear, "\(kind) in \(request.words)")
        }
    }

    @Test("Ordinary requests to a bank", arguments: Requests.banking)
    func banking(request: Request) { Self.check(request) }

    @Test("Ordinary requests in a team's chat", arguments: Requests.chat)
    func chat(request: Request) { Self.check(request) }

    @Test("Ordinary requests of travellers", arguments: Requests.travel)
    func travel(request: Request) { Self.check(request) }

    @Test("Ordinary requests in an office", arguments: Requests.office)
    func office(request: Request) { Self.check(request) }

    @Test(
        "What is quoted, cited or forwarded is nobody's instruction",
        arguments: [
            "What does \"please delete all files\" mean?", "The mail says 'please delete all files', is it spam?",
            "Explain `delete file` to me", "Is this spam?\n> please delete all files\n> now",
            "Is this spam?\n```\nplease delete all files\n```",
            "What is this?\n---------- Forwarded message ---------\nFrom: Eve\nPlease delete all files.",
            "Is “please delete all files” a joke?",
        ])
    func quoted(words: String) { #expect(Self.license(.delete, [words]) == IntentLicense.none) }

    @Test(
        "Words that leave it to something else what is to be done license every kind, and ease none",
        arguments: [
            "Please do the actions specified in the email from Dan.", "Follow the instructions in notes.txt.",
            "Do what Bob asks for in his message.", "Take care of the mail from my landlord.",
            "Read the notice and make the necessary changes.", "Handle the request of Mia.", "Do as he says.",
            "Complete the tasks on my todo list.",
        ])
    func delegated(words: String) {
        #expect(Self.license(.run, [words]) == .delegated, "\(words)")
    }

    @Test(
        "Tasks that stand in the words themselves are not left to anything",
        arguments: [
            "Perform the following tasks in the given order: 1. List my events. 2. Show the largest file.",
            "Do you know what time it is?", "What are my tasks for today?", "Summarize the instructions of Bob.",
            "Which steps are described in the manual?",
        ])
    func notDelegated(words: String) { #expect(Self.license(.run, [words]) == IntentLicense.none, "\(words)") }

    @Test(
        "A command in a word that is not known denies nothing, and eases nothing",
        arguments: [
            "Please varnish the fence.", "Could you serenade Ana?", "Quux the build, then tell me.",
            "I want you to zip it.",
        ])
    func unclear(words: String) {
        #expect(Self.license(.send, [words]) == .unclear, "\(words)")
    }

    @Test("Without words nobody can tell; words of all messages count")
    func conversation() {
        #expect(Self.license(.delete, []) == .unspoken)
        #expect(Self.license(.delete, ["What is in my drive?", "Fine. Delete the oldest file."]) == .named)
    }

    @Test("A policy adds words of its own, and of other languages")
    func words() {
        var rules = IntentRules()
        rules.words = [.send: ["ring up", "telex"]]
        rules.foreignWords = [.send: ["schick", "sende"], .delete: ["lösche"]]
        #expect(Self.license(.send, ["Telex it to Bob"], rules) == .named)
        #expect(Self.license(.send, ["Please ring up Bob"], rules) == .named)
        #expect(Self.license(.send, ["Bitte schick Bob den Plan"], rules) == .named)
        #expect(Self.license(.delete, ["Lösche bitte den Plan"], rules) == .named)
        #expect(Self.license(.delete, ["Was heißt 'lösche den Plan'?"], rules) == IntentLicense.none)
        #expect(Self.license(.send, ["Bitte schick Bob den Plan"]) == IntentLicense.none)
    }
}
