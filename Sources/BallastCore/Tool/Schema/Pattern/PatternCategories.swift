/// The Unicode general categories that `\p{…}` names, as bits of a set.
enum PatternCategories {
    /// Every category has one bit, so a negated set is the set of the other bits.
    static let everything: UInt32 = (1 << 30) - 1

    /// The bits for `Lu`, `L`, `Letter`, `gc=L` and the like; nil for a property that is not supported.
    static func bits(named name: String) -> UInt32? {
        var name = name[...]
        for prefix in ["General_Category=", "gc="] where name.hasPrefix(prefix) { name = name.dropFirst(prefix.count) }
        if name == "Any" { return everything }
        return table.reduce(nil) { found, row in
            let isNamed = row.short == name || row.long == name || row.group == name || row.groupLong == name
            return isNamed ? (found ?? 0) | bit(row.category) : found
        }
    }

    static func bit(_ category: Unicode.GeneralCategory) -> UInt32 { 1 << position(category) }

    private struct Row: Sendable {
        let category: Unicode.GeneralCategory
        let short: String
        let long: String
        let group: String
        let groupLong: String

        init(_ category: Unicode.GeneralCategory, _ short: String, _ long: String, _ group: String, _ name: String) {
            self.category = category
            self.short = short
            self.long = long
            self.group = group
            self.groupLong = name
        }
    }

    /// Names as in Unicode's PropertyValueAliases.
    private static let table: [Row] = [
        Row(.uppercaseLetter, "Lu", "Uppercase_Letter", "L", "Letter"),
        Row(.lowercaseLetter, "Ll", "Lowercase_Letter", "L", "Letter"),
        Row(.titlecaseLetter, "Lt", "Titlecase_Letter", "L", "Letter"),
        Row(.modifierLetter, "Lm", "Modifier_Letter", "L", "Letter"),
        Row(.otherLetter, "Lo", "Other_Letter", "L", "Letter"),
        Row(.nonspacingMark, "Mn", "Nonspacing_Mark", "M", "Mark"),
        Row(.spacingMark, "Mc", "Spacing_Mark", "M", "Mark"),
        Row(.enclosingMark, "Me", "Enclosing_Mark", "M", "Mark"),
        Row(.decimalNumber, "Nd", "Decimal_Number", "N", "Number"),
        Row(.letterNumber, "Nl", "Letter_Number", "N", "Number"),
        Row(.otherNumber, "No", "Other_Number", "N", "Number"),
        Row(.connectorPunctuation, "Pc", "Connector_Punctuation", "P", "Punctuation"),
        Row(.dashPunctuation, "Pd", "Dash_Punctuation", "P", "Punctuation"),
        Row(.openPunctuation, "Ps", "Open_Punctuation", "P", "Punctuation"),
        Row(.closePunctuation, "Pe", "Close_Punctuation", "P", "Punctuation"),
        Row(.initialPunctuation, "Pi", "Initial_Punctuation", "P", "Punctuation"),
        Row(.finalPunctuation, "Pf", "Final_Punctuation", "P", "Punctuation"),
        Row(.otherPunctuation, "Po", "Other_Punctuation", "P", "Punctuation"),
        Row(.mathSymbol, "Sm", "Math_Symbol", "S", "Symbol"),
        Row(.currencySymbol, "Sc", "Currency_Symbol", "S", "Symbol"),
        Row(.modifierSymbol, "Sk", "Modifier_Symbol", "S", "Symbol"),
        Row(.otherSymbol, "So", "Other_Symbol", "S", "Symbol"),
        Row(.spaceSeparator, "Zs", "Space_Separator", "Z", "Separator"),
        Row(.lineSeparator, "Zl", "Line_Separator", "Z", "Separator"),
        Row(.paragraphSeparator, "Zp", "Paragraph_Separator", "Z", "Separator"),
        Row(.control, "Cc", "Control", "C", "Other"),
        Row(.format, "Cf", "Format", "C", "Other"),
        Row(.surrogate, "Cs", "Surrogate", "C", "Other"),
        Row(.privateUse, "Co", "Private_Use", "C", "Other"),
        Row(.unassigned, "Cn", "Unassigned", "C", "Other"),
    ]

    private static func position(_ category: Unicode.GeneralCategory) -> UInt32 {
        switch category {
        case .uppercaseLetter: 0
        case .lowercaseLetter: 1
        case .titlecaseLetter: 2
        case .modifierLetter: 3
        case .otherLetter: 4
        case .nonspacingMark: 5
        case .spacingMark: 6
        case .enclosingMark: 7
        case .decimalNumber: 8
        case .letterNumber: 9
        case .otherNumber: 10
        case .connectorPunctuation: 11
        case .dashPunctuation: 12
        case .openPunctuation: 13
        case .closePunctuation: 14
        case .initialPunctuation: 15
        case .finalPunctuation: 16
        case .otherPunctuation: 17
        case .mathSymbol: 18
        case .currencySymbol: 19
        case .modifierSymbol: 20
        case .otherSymbol: 21
        case .spaceSeparator: 22
        case .lineSeparator: 23
        case .paragraphSeparator: 24
        case .control: 25
        case .format: 26
        case .surrogate: 27
        case .privateUse: 28
        case .unassigned: 29
        @unknown default: 29
        }
    }
}
