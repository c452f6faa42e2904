import BallastCore

/// A fact that a decision may depend on.
enum FactName: Hashable {
    case argument(FieldPath)
    case agent
    case principal
    case attribute(String)
    case role
    case tenant
    case environment
    case confidence
    case readUntrusted
    /// Whether the arguments are what the principal asked for: any arguments may be, or not.
    case grounded
    /// How the act stands to the principal's words.
    case license
    case isRepeat
    /// The moment, as far as relaxations expire.
    case time
    /// Which relaxation of the first or second policy it is that applies.
    case relaxation(side: Int)
}

/// A question about one fact, answered as the engine answers it.
enum FactQuestion: Hashable {
    case value(ValueTest, MoneyField?, Quantifier)
    /// A test of the principal's groups, with its own way of looking at several.
    case role(ValueTest)
    case label(isUntrusted: Bool)
    /// Whether an argument equals an attribute of the principal.
    case ownership(attribute: String, isEqual: Bool, Quantifier)
    /// Whether a statement of the tool lets the argument pass; these are never unknown.
    case statement(Statement)
    case confidence(Set<ConfidenceBand?>)
    case readUntrusted(Bool)
    case grounded(Bool)
    case license(Set<IntentLicense>)
    case isRepeat(Bool)
    case before(Timestamp)
    /// Whether it is the relaxation of this number.
    case relaxation(Int)

    enum Statement: Hashable {
        case present
        case money(MoneyField)
        case currency(String)
        case atMost(Int64, MoneyField?)
        case explicit
        case summable(MoneyField?)
        /// The entitlement's owner is the argument itself.
        case owned(attribute: String)
    }
}

/// What a clause says of a question's answer.
enum FactAnswer: Hashable {
    case yes
    case no
    case notYes
    case notNo

    func accepts(_ truth: Truth) -> Bool {
        switch self {
        case .yes: truth == .yes
        case .no: truth == .no
        case .notYes: truth != .yes
        case .notNo: truth != .no
        }
    }
}

/// A statement about one fact: a question and the answer that makes it true.
struct FactStatement: Hashable {
    let name: FactName
    let question: FactQuestion
    let answer: FactAnswer
}

extension Condition {
    /// The fact and the question that the condition asks of it.
    func question(_ rules: ToolRules, _ quantifier: Quantifier) -> (FactName, FactQuestion) {
        switch self {
        case .argument(let path, let test): (.argument(path), .value(test, rules.money(at: path), quantifier))
        case .argumentIsAttribute(let path, let attribute, let isEqual):
            (.argument(path), .ownership(attribute: attribute, isEqual: isEqual, quantifier))
        case .label(let path, let isUntrusted): (.argument(path), .label(isUntrusted: isUntrusted))
        case .principal(let test): (.principal, .value(test, nil, quantifier))
        case .attribute(let name, let test): (.attribute(name), .value(test, nil, quantifier))
        case .role(let test): (.role, .role(test))
        case .tenant(let test): (.tenant, .value(test, nil, quantifier))
        case .environment(let test): (.environment, .value(test, nil, quantifier))
        case .confidence(let comparison, let band):
            (.confidence, .confidence(Set(ConfidenceBand.allCases.filter { comparison.holds($0, band) })))
        case .readUntrusted(let wanted): (.readUntrusted, .readUntrusted(wanted))
        case .grounded(let wanted): (.grounded, .grounded(wanted))
        }
    }
}
