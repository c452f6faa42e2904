import BallastCore
import Testing

@Suite("A schema pattern matches as ECMA-262 says, in linear time")
struct SchemaPatternTests {
    static let cases: [(String, [String], [String])] = [
        ("", ["", "a"], []),
        ("abc", ["abc", "xabcx"], ["", "ab", "ABC"]),
        ("^abc$", ["abc"], ["xabc", "abcx", "abc\n"]),
        ("^$", [""], ["a"]),
        ("a|b|cd", ["a", "xb", "cd"], ["c", "d", ""]),
        ("^(?:a|b)c$", ["ac", "bc"], ["a", "abc"]),
        ("^(a|b|)$", ["a", "b", ""], ["ab"]),
        ("^a*$", ["", "aaa"], ["b"]),
        ("^a+$", ["a", "aa"], ["", "ab"]),
        ("^a?b$", ["b", "ab"], ["aab"]),
        ("^a{2}$", ["aa"], ["a", "aaa"]),
        ("^a{2,}$", ["aa", "aaaa"], ["a"]),
        ("^a{1,3}$", ["a", "aaa"], ["", "aaaa"]),
        ("^a{0}$", [""], ["a"]),
        ("^a*?b+?c??$", ["b", "aabbc"], ["a"]),
        ("^(ab){2}$", ["abab"], ["ab", "aabb"]),
        ("^(a*)*$", ["", "aaaa"], ["b"]),
        ("^(a*b?){3}$", ["", "abab", "aaab"], ["bbbb"]),
        ("^.$", ["a", "é", "😀", "\u{85}"], ["", "ab", "\n", "\r", "\u{2028}"]),
        ("^[abc]$", ["a", "c"], ["d", "ab"]),
        ("^[a-cx]$", ["a", "b", "c", "x"], ["d", "-"]),
        ("^[^a-c]$", ["d", "é", "\n"], ["a", ""]),
        ("^[-a]$", ["-", "a"], ["b"]),
        ("^[a-]$", ["-", "a"], ["b"]),
        ("^[\\w.-]+$", ["a.b-c_1"], ["a b"]),
        ("^[\\w-.]+$", ["a-.b"], ["a,b"]),
        ("^[\\]\\\\^]$", ["]", "\\", "^"], ["a"]),
        ("^[^]$", ["a", "\n"], [""]),
        ("[]", [], ["", "a"]),
        ("^[\\b]$", ["\u{8}"], ["b"]),
        ("^\\d{3}$", ["123"], ["12a", "١٢٣"]),
        ("^\\D$", ["a", "١"], ["1"]),
        ("^\\w+$", ["aZ_9"], ["é", "-", " "]),
        ("^\\W$", ["é", "-"], ["a"]),
        ("^\\s$", [" ", "\t", "\n", "\u{A0}", "\u{FEFF}", "\u{3000}", "\u{2028}"], ["a", "\u{200B}"]),
        ("^\\S+$", ["abc"], ["a b"]),
        ("^[\\s\\S]$", ["a", "\n"], [""]),
        ("^[\\d\\D]$", ["1", "a"], []),
        ("^[^\\d\\s]$", ["a"], ["1", " "]),
        ("\\bcat\\b", ["cat", "a cat.", "cat-x"], ["concat", "cats", "éécats"]),
        ("\\Bat\\b", ["cat"], ["at", "ate"]),
        ("^\\t\\n\\r\\f\\v\\0$", ["\t\n\r\u{C}\u{B}\u{0}"], ["t"]),
        ("^\\x41\\u0042\\u{43}\\cI$", ["ABC\t"], ["abc"]),
        ("^\\ud83d\\ude00$", ["😀"], ["\u{D7FF}"]),
        ("^[\\u{1F600}-\\u{1F64F}]+$", ["😀😁"], ["a", "🚀"]),
        ("^\\.\\*\\/\\-\\@\\_$", [".*/-@_"], ["a"]),
        ("^\\p{L}+$", ["aéßЖ字"], ["1", "a1", ""]),
        ("^\\p{Lu}\\p{Ll}$", ["Éa", "Ab"], ["ab", "AB"]),
        ("^\\P{L}$", ["1", "-"], ["a", "é"]),
        ("^[\\p{Nd}\\p{P}]+$", ["1,٢!"], ["a"]),
        ("^[^\\p{L}]$", ["1"], ["é"]),
        ("^\\p{Letter}\\p{gc=Nd}\\p{General_Category=Zs}\\p{Sc}$", ["a1 €"], ["aa €"]),
        ("^\\p{Any}$", ["a", "\u{10FFFF}"], [""]),
        ("a{", ["a{"], ["a"]),
        ("^a{,3}$", ["a{,3}"], ["aa"]),
        ("^x{a}$", ["x{a}"], ["x"]),
        ("]}", ["]}"], ["]"]),
        ("^(?<year>\\d{4})-(?<month>\\d\\d)$", ["2026-01"], ["26-01"]),
        ("a^b", [], ["ab", "a^b"]),
        ("a$b", [], ["ab"]),
        ("(^a|b$)c?", ["ax", "xb"], ["xax", "bc"]),
        ("^A-[0-9]{4,8}$", ["A-1234", "A-12345678"], ["A-123", "A-123456789", "B-1234"]),
        ("^[a-zA-Z0-9_-]{1,64}$", ["lookup_order-1"], ["", "a b"]),
    ]

    @Test("searching anywhere in the text", arguments: cases)
    func matches(_ source: String, _ matching: [String], _ other: [String]) throws {
        let pattern = try SchemaPattern(source)
        for text in matching {
            var work = 100_000
            #expect(pattern.matches(text, work: &work) == true, "\(source) must match \(text.debugDescription)")
        }
        for text in other {
            var work = 100_000
            #expect(pattern.matches(text, work: &work) == false, "\(source) must not match \(text.debugDescription)")
        }
    }

    @Test("compares scalars, not what Swift strings hold equal")
    func scalars() throws {
        var work = 1_000
        #expect(try SchemaPattern("^\u{E9}$").matches("e\u{301}", work: &work) == false)
        #expect(try SchemaPattern("^e.$").matches("e\u{301}", work: &work) == true)
        #expect(try SchemaPattern("^.\u{20}$").matches("\r\u{20}", work: &work) == false)
    }

    static let refused: [(String, String)] = [
        ("(a)\\1", "backreference"), ("\\k<n>", "backreference"), ("a(?=b)", "lookahead"), ("a(?!b)", "lookahead"),
        ("(?<=a)b", "lookbehind"), ("(?<!a)b", "lookbehind"), ("(?i:a)", "unknown kind of group"),
        ("(?i)a", "unknown kind of group"), ("(a", "not closed"), ("a)", "no opening"), ("[a", "']'"),
        ("*a", "nothing to repeat"), ("a**", "two quantifiers"), ("a{2}{3}", "two quantifiers"),
        ("^*", "follows an assertion"), ("a{3,2}", "least count"), ("a{99999999999999999999}", "repetition of more"),
        ("[b-a]", "backwards"), ("\\", "rest of an escape"), ("\\z", "unknown escape"), ("\\A", "unknown escape"),
        ("\\01", "octal"), ("\\x4", "hexadecimal digit"), ("\\xg1", "hexadecimal digits"), ("\\ud800", "surrogate"),
        ("\\u{110000}", "code point"), ("\\u{}", "code point"), ("\\u{1", "code point"), ("\\c1", "letter"),
        ("\\p{Script=Greek}", "general categories"), ("\\pL", "brace"), ("(?<n", "name of a group"),
        ("\\u{１}", "code point"),
    ]

    @Test("refusing what it cannot do, and saying what that is", arguments: refused)
    func refuses(_ source: String, _ words: String) {
        let error = #expect(throws: PatternError.self) { try SchemaPattern(source) }
        #expect(error?.message.contains(words) == true, "\(error?.description ?? "accepted")")
    }

    @Test(
        "refusing what grows too large",
        arguments: [
            "(a{1000}){1000}", "(((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9}", "((){10000}){10000}", "a{10000}b",
            "(((){10000}){10000}){10000}",
        ])
    func refusesLarge(_ source: String) {
        let error = #expect(throws: PatternError.self) { try SchemaPattern(source) }
        #expect(error?.message.contains("steps") == true)
    }

    @Test("refusing deep groups and long sources without deep recursion")
    func refusesDeep() {
        let deep = String(repeating: "(", count: 4_000) + String(repeating: ")", count: 4_000)
        #expect(throws: PatternError.self) { try SchemaPattern(deep) }
        #expect(throws: PatternError.self) { try SchemaPattern(String(repeating: "a", count: 8_193)) }
    }

    @Test(
        "in work that grows with the text, not with the ways to match it",
        arguments: [
            "^(a+)+$", "^(a|aa)+$", "^(a|a)*$", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a*)*(a*)*b",
        ])
    func linear(_ source: String) throws {
        let pattern = try SchemaPattern(source)
        func work(_ length: Int) -> Int {
            var work = Int.max
            _ = pattern.matches(String(repeating: "ax", count: length) + "!", work: &work)
            return Int.max - work
        }
        #expect(work(2_000) < 3 * work(1_000))
    }

    @Test("giving no answer when the work runs out")
    func runsOut() throws {
        let pattern = try SchemaPattern("^(a+)+$")
        var work = 100
        #expect(pattern.matches(String(repeating: "a", count: 1_000), work: &work) == nil)
        #expect(work <= 0)
    }
}
