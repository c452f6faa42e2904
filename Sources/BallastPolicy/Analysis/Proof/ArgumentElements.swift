import BallastCore

/// One class of single values of a fact: a value of it, or a shape of text that nobody found an example of.
struct FactElement {
    enum Content {
        case value(JSONValue)
        case shape(TextClasses.Shape)
    }
    let content: Content
    /// True for values that people would expect in this place.
    let isPlain: Bool

    init(_ value: JSONValue, isPlain: Bool) {
        content = .value(value)
        self.isPlain = isPlain
    }

    init(_ shape: TextClasses.Shape) {
        content = .shape(shape)
        isPlain = false
    }

    var value: JSONValue? { if case .value(let value) = content { value } else { nil } }
}

/// The classes of single values that the tests of one argument tell apart.
struct ArgumentElements {
    let tests: [ValueTest]
    /// The ways in which policies read the argument as money.
    let money: [MoneyField]
    /// Bounds that statements of the tool compare with, in units.
    let bounds: [Int64]
    let shape: FieldShape
    /// Values that make good examples.
    let hints: [JSONValue]
    /// Texts of attributes that the argument is compared with, each in two examples.
    let attributeTexts: [String]
    let isLinked: Bool

    private(set) var elements: [FactElement] = []
    /// True when there are values that no element stands for.
    private(set) var isIncomplete = false

    init(
        tests: [ValueTest], money: [MoneyField], bounds: [Int64], shape: FieldShape, hints: [JSONValue],
        attributeTexts: [String], isLinked: Bool
    ) {
        self.tests = tests
        self.money = money
        self.bounds = bounds
        self.shape = shape
        self.hints = hints
        self.attributeTexts = attributeTexts
        self.isLinked = isLinked
        build()
    }

    private mutating func build() {
        if let values = shape.values {
            elements = values.filter { !$0.isNull && $0.array == nil }.map { FactElement($0, isPlain: true) }
            return
        }
        for hint in hints where fits(hint) { elements.append(FactElement(hint, isPlain: true)) }
        let (numbers, texts) = (numbers(), texts())
        elements += prefersNumbers ? numbers + texts : texts + numbers
        if shape.allows("boolean") {
            let isPlain = shape.types != nil || tests.contains(where: \.hasBool)
            elements += [false, true].map { FactElement($0, isPlain: isPlain) }
        }
        if shape.allows("object") { elements.append(FactElement([:], isPlain: false)) }
    }

    private var prefersNumbers: Bool {
        if shape.types != nil { return shape.allows("integer") }
        return money.contains { $0.form != .decimalString } || tests.contains(where: \.hasNumber) || !bounds.isEmpty
    }

    private func fits(_ value: JSONValue) -> Bool {
        guard value.array == nil, value.object == nil, !value.isNull else { return false }
        guard shape.allows(value.integer == nil ? value.kindName : "integer") else { return false }
        guard let number = value.integer else { return true }
        return number >= shape.minimum ?? .min && number <= shape.maximum ?? .max
    }

    // MARK: Numbers

    private func numbers() -> [FactElement] {
        guard shape.allows("integer") else { return [] }
        let isPlain = prefersNumbers
        var raw: Set<Int64> = []
        for cut in rawCuts { raw.formUnion(ArgumentElements.around(cut)) }
        if raw.isEmpty { raw.insert(1) }
        let decimal = decimals()
        let low = shape.minimum ?? .min
        let high = shape.maximum ?? .max
        let kept = raw.filter { $0 >= low && $0 <= high }
        let sorted = kept.sorted { ($0 < 0 ? 1 : 0, $0.magnitude) < ($1.isNegative ? 1 : 0, $1.magnitude) }
        // A number with a point is no integer for the rules, and JSON Schema takes 7.0 for one.
        let odd = JSONNumber(validated: "\(max(low, min(high, 7))).0")
        let fractions = ["0.5", "0.00001"].filter { _ in shape.types == nil || shape.types?.contains("number") == true }
        return sorted.map { FactElement(JSONValue($0), isPlain: isPlain) } + decimal
            + [FactElement(.number(odd), isPlain: false)]
            + fractions.map { FactElement(.number(JSONNumber(validated: $0)), isPlain: false) }
    }

    /// Integers at which some test may change its answer.
    var rawCuts: Set<Int64> {
        var cuts: Set<Int64> = []
        for test in tests { cuts.formUnion(test.integers) }
        if let low = shape.minimum { cuts.insert(low) }
        if let high = shape.maximum { cuts.insert(high) }
        let scales = Set(money.filter { $0.form == .decimalNumber }.map(\.scale))
        for unit in unitCuts {
            if money.isEmpty || money.contains(where: { $0.form == .minor }) { cuts.insert(unit) }
            for scale in scales { cuts.formUnion([unit / scale, unit / scale &+ 1, unit / scale &- 1]) }
        }
        return cuts
    }

    /// Minor units at which some comparison may change its answer.
    private var unitCuts: Set<Int64> {
        var cuts = Set(bounds)
        for case .compares(_, let bound) in tests { cuts.insert(bound.units) }
        for field in money {
            cuts.insert(field.range.lowerBound)
            cuts.insert(field.range.upperBound)
        }
        return cuts
    }

    /// Amounts with a point, which are no integers even where they are whole.
    private func decimals() -> [FactElement] {
        let fields = money.filter { $0.form == .decimalNumber && $0.currency.exponent > 0 }
        guard shape.types == nil || shape.types?.contains("number") == true else { return [] }
        return fields.flatMap { field in
            units(field).map { unit in
                let text = Decimal.text(minorUnits: unit, exponent: field.currency.exponent)
                return FactElement(.number(JSONNumber(validated: text)), isPlain: true)
            }
        }
    }

    private func units(_ field: MoneyField) -> [Int64] {
        var units: Set<Int64> = []
        for cut in unitCuts { units.formUnion(ArgumentElements.around(cut)) }
        for test in tests {
            for integer in test.integers {
                let (product, isTooBig) = integer.multipliedReportingOverflow(by: field.scale)
                if !isTooBig { units.formUnion(ArgumentElements.around(product)) }
            }
        }
        let bounds = [shape.minimum, shape.maximum].compactMap(\.self)
        for bound in bounds {
            let (product, isTooBig) = bound.multipliedReportingOverflow(by: field.scale)
            if !isTooBig { units.formUnion(ArgumentElements.around(product)) }
        }
        return units.sorted { ($0.isNegative ? 1 : 0, $0.magnitude) < ($1.isNegative ? 1 : 0, $1.magnitude) }
    }

    static func around(_ cut: Int64) -> [Int64] {
        [cut, cut == .max ? cut : cut + 1, cut == .min ? cut : cut - 1]
    }

    // MARK: Texts

    private mutating func texts() -> [FactElement] {
        guard shape.allows("string") else { return [] }
        let amounts = money.filter { $0.form == .decimalString }
        let spelled = amounts.flatMap { field in
            units(field).map { Decimal.text(minorUnits: $0, exponent: field.currency.exponent) }
        }
        // Amounts can be spelled with more zeros at the end, which escapes a test of the text itself.
        let longer = spelled.map { $0.contains(".") ? $0 + "0" : $0 + ".0" }
        if !amounts.isEmpty, tests.contains(where: \.isPartOfText) { isIncomplete = true }
        let hinted = hints.compactMap(\.string)
        let classes = TextClasses(tests, constants: attributeTexts, hints: hinted, examples: isLinked ? 2 : 1)
        if classes.isTooMany { isIncomplete = true }
        let isPlain = shape.types != nil || !prefersNumbers
        let found = classes.members.map { member in
            switch member {
            case .example(let text): FactElement(JSONValue(text), isPlain: isPlain)
            case .shape(let shape): FactElement(shape)
            }
        }
        let numerals = attributeTexts.compactMap { try? JSONReader.read($0) }.filter { $0.kindName == "number" }
            .map { FactElement($0, isPlain: false) }
        return (spelled + longer).map { FactElement(JSONValue($0), isPlain: true) } + found
            + (isLinked && shape.allows("integer") ? numerals : [])
    }
}

extension Int64 {
    fileprivate var isNegative: Bool { self < 0 }
}

extension MoneyField {
    /// Minor units of one major unit.
    var scale: Int64 { (0..<currency.exponent).reduce(1) { scale, _ in scale * 10 } }
}

extension ValueTest {
    /// Integers that the test compares with as they are written in JSON.
    fileprivate var integers: [Int64] {
        switch self {
        case .equals(let value): [value].compactMap(\.integer)
        case .isIn(let values), .isNotIn(let values): values.compactMap(\.integer)
        case .compares(_, .integer(let bound)): [bound]
        default: []
        }
    }

    fileprivate var hasNumber: Bool {
        if case .compares = self { return true }
        return !integers.isEmpty
    }

    fileprivate var hasBool: Bool {
        switch self {
        case .equals(let value): value.bool != nil
        case .isIn(let values), .isNotIn(let values): values.contains { $0.bool != nil }
        default: false
        }
    }

    fileprivate var isPartOfText: Bool {
        switch self {
        case .hasPrefix, .hasSuffix, .domainIn, .domainNotIn: true
        default: false
        }
    }
}
