/// A pattern as instructions for `PatternSearch` (Thompson's construction).
struct PatternProgram: Sendable {
    enum Instruction: Sendable {
        /// Takes one character of the class with this index and goes on to the next instruction.
        case take(Int)
        /// Goes on only where the assertion holds.
        case assert(PatternAssertion)
        /// Goes on at both places.
        case split(Int, Int)
        case jump(Int)
        case match
    }

    private(set) var instructions: [Instruction] = []
    private(set) var classes: [PatternClass] = []
    /// Whether a match can only start where the text starts.
    let isAnchored: Bool

    private let limit: Int
    private var budget: Int

    init(_ expression: PatternExpression, maxInstructions: Int) throws(PatternError) {
        self.isAnchored = Self.startsAnchored(expression)
        self.limit = maxInstructions
        self.budget = maxInstructions
        try emit(expression)
        instructions.append(.match)
    }

    private static func startsAnchored(_ expression: PatternExpression) -> Bool {
        switch expression {
        case .assertion(.start): true
        case .sequence(let terms): terms.first.map(startsAnchored) ?? false
        case .choice(let choices): choices.allSatisfy(startsAnchored)
        default: false
        }
    }

    /// Every visit to an expression costs one, so that repetitions of nothing are bounded too.
    private mutating func emit(_ expression: PatternExpression) throws(PatternError) {
        guard budget > 0 else { throw .tooLarge(limit) }
        budget -= 1
        switch expression {
        case .empty: break
        case .character(let members):
            instructions.append(.take(classes.count))
            classes.append(members)
        case .assertion(let assertion): instructions.append(.assert(assertion))
        case .sequence(let terms): for term in terms { try emit(term) }
        case .choice(let choices): try emitChoice(choices[...])
        case .repetition(let body, let least, let most): try emitRepetition(of: body, least: least, most: most)
        }
    }

    private mutating func emitChoice(_ choices: ArraySlice<PatternExpression>) throws(PatternError) {
        var jumps: [Int] = []
        for (index, choice) in choices.enumerated() {
            guard index < choices.count - 1 else {
                try emit(choice)
                break
            }
            let split = instructions.count
            instructions.append(.split(split + 1, split + 1))
            try emit(choice)
            jumps.append(instructions.count)
            instructions.append(.jump(0))
            instructions[split] = .split(split + 1, instructions.count)
        }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    private mutating func emitRepetition(
        of body: PatternExpression, least: Int, most: Int?
    ) throws(PatternError) {
        for _ in 0..<least { try emit(body) }
        if let most {
            try emitOptional(body, times: most - least)
        } else {
            let split = instructions.count
            instructions.append(.split(split + 1, split + 1))
            try emit(body)
            instructions.append(.jump(split))
            instructions[split] = .split(split + 1, instructions.count)
        }
    }

    /// `times` copies of which each may be left out together with those after it.
    private mutating func emitOptional(_ body: PatternExpression, times: Int) throws(PatternError) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(instructions.count)
            instructions.append(.split(instructions.count + 1, 0))
            try emit(body)
        }
        for split in splits { instructions[split] = .split(split + 1, instructions.count) }
    }
}
