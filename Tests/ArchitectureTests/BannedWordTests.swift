import Testing

/// A word that some targets must not use, and what to use in its place.
struct BannedWord: Sendable, CustomTestStringConvertible {
    let word: String
    let replacement: String

    /// A word that starts with a letter is not found inside a longer one, nor as a member or a case of something.
    func complaints(in file: SwiftFile) -> [String] {
        guard file.wholeCode.spells(word) else { return [] }
        return file.code.indices.filter { isUsed(in: file.code[$0]) }.map {
            file.complaint(line: $0, advice(file.target))
        }
    }

    private func advice(_ target: String) -> String { "'\(word)' is not for \(target): \(replacement)" }

    private func isUsed(in line: String) -> Bool {
        var rest = line[...]
        while let found = rest.firstRange(of: word) {
            let before = found.lowerBound > rest.startIndex ? rest[rest.index(before: found.lowerBound)] : " "
            let startsWord = word.first.map { $0.isLetter } ?? false
            let isPart = before.isLetter || before.isNumber || before == "_" || before == "."
            let isCase = rest[..<found.lowerBound].hasSuffix("case ")
            if !startsWord || !(isPart || isCase) { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }

    var testDescription: String { word }
}

@Suite("Words that a layer must not use")
struct BannedWordTests {
    /// Code that decides: the same input gives the same answer, on any machine, at any time.
    private static let pure: Set<String> = ["BallastCore", "BallastPolicy", "BallastWire"]
    /// Code that takes time and chance from outside, so that a simulation can own them.
    private static let clockless = pure.union([
        "BallastEvals", "BallastRuntime", "BallastStore", "BallastServer", "BallastConfiguration", "BallastTesting",
    ])

    private static let impurities = [
        BannedWord(word: "Foundation", replacement: "write what you need of it here, in a few exact lines"),
        BannedWord(word: "Dispatch", replacement: "return a value; the caller decides where it runs"),
        BannedWord(word: "async", replacement: "return what is to be done as a value; the runtime does it"),
        BannedWord(word: "await", replacement: "return what is to be done as a value; the runtime does it"),
        BannedWord(word: "Mutex", replacement: "make it a value; who shares it locks it"),
        BannedWord(word: "print(", replacement: "return a value or throw an error that says it"),
    ]
    private static let times = [
        BannedWord(word: "Date()", replacement: "take the time from the event, or from RuntimeClock"),
        BannedWord(word: "ContinuousClock", replacement: "take the time from the event, or from RuntimeClock"),
        BannedWord(word: "SuspendingClock", replacement: "take the time from the event, or from RuntimeClock"),
        BannedWord(word: "Task.sleep", replacement: "RuntimeClock.sleep, or a durable timer"),
        BannedWord(
            word: "UUID()", replacement: "an identifier from RuntimeServices.newID, or one derived from the run"),
        BannedWord(word: ".random(", replacement: "RandomSource"),
        BannedWord(word: ".randomElement(", replacement: "RandomSource"),
        BannedWord(word: ".shuffled(", replacement: "RandomSource"),
        BannedWord(word: "SystemRandomNumberGenerator", replacement: "RandomSource"),
    ]
    /// One trap ends every tenant's runs, so nothing that data can reach may trap.
    private static let traps = [
        BannedWord(word: "try!", replacement: "throw, or handle the error"),
        BannedWord(word: "fatalError", replacement: "throw an error"),
        BannedWord(word: "precondition(", replacement: "throw an error"),
        BannedWord(word: "preconditionFailure", replacement: "throw an error"),
        BannedWord(word: "assert(", replacement: "throw an error, or write a test"),
        BannedWord(word: "assertionFailure", replacement: "throw an error, or write a test"),
        BannedWord(word: " as!", replacement: "as?, and an error where it does not hold"),
        BannedWord(word: "unowned(unsafe)", replacement: "a strong or weak reference"),
        BannedWord(word: "nonisolated(unsafe)", replacement: "a Mutex around a value"),
        BannedWord(word: "@unchecked Sendable", replacement: "a Mutex around a value"),
    ]

    @Test("what reaches the outside world stays out of pure targets", arguments: impurities)
    func purity(word: BannedWord) { check(word, in: BannedWordTests.pure) }

    @Test("time and chance come in as arguments", arguments: times)
    func time(word: BannedWord) { check(word, in: BannedWordTests.clockless) }

    @Test("nothing traps", arguments: traps)
    func trap(word: BannedWord) { check(word, in: Set(ImportTests.allowed.keys)) }

    @Test("output goes through the logger or the command line's Output")
    func output() {
        let word = BannedWord(word: "print(", replacement: "a Logger, or Output in the command line")
        check(word, in: Set(ImportTests.allowed.keys).subtracting(["support-desk"]))
    }

    /// It stands between tests and real threads, and is made of time.
    private static let clock = "Sources/BallastTesting/Fixtures/PatientClock.swift"

    private func check(_ word: BannedWord, in targets: Set<String>) {
        for file in Repository.sources where targets.contains(file.target) && file.path != BannedWordTests.clock {
            for complaint in word.complaints(in: file) { Issue.record("\(complaint)") }
        }
    }
}
