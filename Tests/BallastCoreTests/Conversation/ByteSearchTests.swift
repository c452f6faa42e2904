import BallastCore
import Testing

@Suite("Text is looked for byte by byte")
struct ByteSearchTests {
    @Test(
        "at the beginning, in the middle and at the end, and after a beginning of it that goes on otherwise",
        arguments: [("abc", "abc"), ("abcd", "bc"), ("aabaac", "aac"), ("x", ""), ("", "")])
    func found(text: String, part: String) {
        #expect(text.holds(bytes: part))
    }

    @Test("and not where it breaks off", arguments: [("ab", "abc"), ("aab", "aac"), ("", "a"), ("abab", "abb")])
    func missing(text: String, part: String) {
        #expect(!text.holds(bytes: part))
    }

    @Test("an accent behind it does not hide it, as it would where letters are compared")
    func accent() {
        let text = "mark\u{301}"
        #expect(!text.contains("mark"))
        #expect(text.holds(bytes: "mark"))
    }
}
