/// Rules about one value without its parts.
extension SchemaValidation {
    mutating func checkType(_ value: JSONValue, _ types: SchemaTypes) -> Bool {
        guard !isOf(types, value) else { return true }
        return violate("type", "expected \(types.names.joined(separator: " or ")), got \(SchemaWording.found(value))")
    }

    private func isOf(_ types: SchemaTypes, _ value: JSONValue) -> Bool {
        switch value {
        case .null: types.contains(.null)
        case .bool: types.contains(.boolean)
        case .string: types.contains(.string)
        case .array: types.contains(.array)
        case .object: types.contains(.object)
        case .number(let number):
            types.contains(.number) || types.contains(.integer) && number.decimal?.isInteger == true
        }
    }

    mutating func checkValues(_ value: JSONValue, _ values: SchemaValues) -> Bool {
        guard chargeSize(of: value) else { return false }
        if values.normalized.contains(value.withNormalizedNumbers) { return true }
        let shown = values.shown.prefix(20).map(SchemaWording.literal)
        let expected = values.keyword == "const" || shown.count == 1 ? "" : "one of "
        return violate(
            values.keyword, "expected \(expected)\(SchemaWording.list(shown)), got \(SchemaWording.found(value))")
    }

    /// Pays for a walk over `value`; false when that is too much.
    mutating func chargeSize(of value: JSONValue) -> Bool {
        switch value {
        case .null, .bool: return charge(1)
        case .number(let number): return charge(1 + number.source.utf8.count / 8)
        case .string(let string): return charge(1 + string.text.utf8.count / 64)
        case .array(let elements):
            for element in elements where !chargeSize(of: element) { return false }
        case .object(let object):
            for member in object.members {
                guard charge(1 + member.key.text.utf8.count / 64), chargeSize(of: member.value) else { return false }
            }
        }
        return charge(1)
    }

    // MARK: Numbers

    mutating func checkRange(_ value: JSONValue, _ range: SchemaRange) -> Bool {
        guard case .number(let number) = value else { return true }
        guard charge(1 + number.source.utf8.count / 8) else { return false }
        guard let decimal = number.decimal else {
            return violate("limit", "the exponent of \(SchemaWording.found(value)) is too large; send a plainer number")
        }
        var isValid = true
        if let bound = range.minimum, decimal < bound.limit {
            isValid = violate("minimum", "must be at least \(bound.shown), got \(SchemaWording.found(value))")
        }
        if let bound = range.exclusiveMinimum, decimal <= bound.limit {
            isValid = violate("exclusiveMinimum", "must be above \(bound.shown), got \(SchemaWording.found(value))")
        }
        if let bound = range.maximum, decimal > bound.limit {
            isValid = violate("maximum", "must be at most \(bound.shown), got \(SchemaWording.found(value))")
        }
        if let bound = range.exclusiveMaximum, decimal >= bound.limit {
            isValid = violate("exclusiveMaximum", "must be below \(bound.shown), got \(SchemaWording.found(value))")
        }
        if let bound = range.multipleOf, decimal.isMultiple(of: bound.limit) != true {
            isValid = violate("multipleOf", "must be a multiple of \(bound.shown), got \(SchemaWording.found(value))")
        }
        return isValid
    }

    // MARK: Strings

    mutating func checkLength(_ value: JSONValue, _ counts: SchemaCounts) -> Bool {
        guard case .string(let string) = value else { return true }
        guard charge(1 + string.text.utf8.count / 64) else { return false }
        return checkCount(string.text.unicodeScalars.count, counts, "character")
    }

    mutating func checkPattern(_ value: JSONValue, _ pattern: SchemaPattern) -> Bool {
        guard case .string(let string) = value else { return true }
        switch pattern.matches(string.text, work: &work) {
        case true?: return true
        case false?:
            let shown = SchemaWording.quoted(pattern.source)
            return violate("pattern", "must match the pattern \(shown), got \(SchemaWording.found(value))")
        case nil: return charge(1)
        }
    }

    mutating func checkFormat(_ value: JSONValue, _ format: SchemaFormat) -> Bool {
        guard case .string(let string) = value else { return true }
        guard charge(1 + string.text.utf8.count / 64) else { return false }
        if format.matches(string.text) { return true }
        return violate("format", "must be \(format.example), got \(SchemaWording.found(value))")
    }

    // MARK: Counts

    mutating func checkCount(_ count: Int, _ counts: SchemaCounts, _ noun: String) -> Bool {
        if let least = counts.least, count < least {
            return violate(
                counts.leastKeyword, "must have at least \(SchemaWording.count(least, noun)), got \(count)")
        }
        if let most = counts.most, count > most {
            return violate(counts.mostKeyword, "must have at most \(SchemaWording.count(most, noun)), got \(count)")
        }
        return true
    }
}
