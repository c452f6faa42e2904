import BallastConfiguration
import BallastCore
import Testing

@Suite("Text that is no YAML is explained to somebody who does not know the grammar")
struct BrokenYAMLTests {
    @Test("a tab as indentation")
    func tab() {
        #expect(
            Files.complaints(["people.yaml": "principals:\n\tcustomer:ana: { customer_id: C-7 }\n"]).first
                == "people.yaml:2:1: the line is indented with a tab. YAML counts only spaces as indentation. "
                + "Use two spaces for each level.")
    }

    @Test("a line that is indented otherwise than its neighbours")
    func indentation() {
        let people = """
            principals:
              customer:ana: { customer_id: C-7 }
            groups:
              leads: [customer:ana]
             finance: [customer:ana]
            """
        #expect(
            Files.complaints(["people.yaml": people]).first
                == "people.yaml:5:2: the line does not line up with the lines around it. "
                + "YAML groups lines by their indentation. Indent it with as many spaces as its neighbours.")
    }

    @Test("a key that is written twice")
    func duplicateKey() {
        let people = """
            principals:
              customer:ana: { customer_id: C-7 }
              customer:bo: {}
              customer:ana: { customer_id: C-8 }
            """
        #expect(
            Files.complaints(["people.yaml": people]).first
                == "people.yaml:4:3: the key `customer:ana` is written twice; it stands in line 2 already. "
                + "Only one of them could count. Merge the two, or remove one.")
    }

    @Test(
        "text that is no YAML",
        arguments: [
            (
                "say: a: b",
                "1:7: a second `: ` in the line. It would start a mapping inside a value. Put the value into quotes."
            ),
            (
                "a: 1:2\n b: sqlite:x",
                "2:3: the line is indented under `a`, which has its value already. "
                    + "YAML groups lines by their indentation. Indent it exactly as far as `a`."
            ),
            (
                "a: [1, 2\nb: 3",
                "2:2: the list opened in line 1 is not closed. Write `]` at its end, and commas between its elements."
            ),
            ("a: \"b", "1:6: the quoted text opened in line 1 is not closed. Write the closing quote."),
            (
                "a: @b",
                "1:4: a value may not start with this character. "
                    + "`@`, `` ` ``, `%` and tabs mean something else in YAML. Put the value into quotes."
            ),
            (
                "a: 1\n---\nb: 2",
                "2:1: the file holds a second document (`---`). Only one is read. Move it into a file of its own."
            ),
            (
                "principals: &x {}\ngroups: *x",
                "1:13: this value is used again by an alias (`*name`). Write it out where it is used."
            ),
        ])
    func noYAML(text: String, complaint: String) {
        #expect(Files.complaints(["people.yaml": text]).first == "people.yaml:" + complaint)
    }
}
