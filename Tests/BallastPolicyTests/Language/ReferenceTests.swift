import BallastCore
import BallastPolicy
import Testing

@Suite("Names of values are read in one way")
struct ReferenceTests {
    @Test("a path goes through objects, and through lists to all of their elements")
    func paths() throws {
        let order = try JSONReader.read(#"{"customer":{"id":"C-7"},"items":[{"sku":"a"},{"n":1}],"note":null}"#)
        #expect(try Desk.path("customer.id").value(in: order) == "C-7")
        #expect(try Desk.path("items.sku").value(in: order) == ["a", .null])
        #expect(try Desk.path("customer.name").value(in: order) == nil)
        #expect(try Desk.path("note").value(in: order) == nil)
        #expect(try Desk.path("note.deep").value(in: order) == nil)
    }

    @Test("a path is names and dots", arguments: ["", ".", "a.", "a b", "a..b", "a.b.c.d.e.f.g.h.i", "é", "a[0]"])
    func noPaths(text: String) {
        #expect(FieldPath(text) == nil)
    }

    @Test("a look-up names a tool, its arguments and a field of its answer")
    func lookups() throws {
        let reference = try #require(ValueReference("lookup_order(order_id, kind: type).customer.id"))
        let arguments: JSONValue = ["order_id": "O-1", "type": "web"]
        let call = try #require(reference.guardCall(for: arguments))
        #expect(call.arguments == ["order_id": "O-1", "kind": "web"])
        let answers: [GuardCall: JSONValue] = [call: ["customer": ["id": "C-7"]]]
        #expect(reference.value(arguments: arguments, groundTruth: answers) == "C-7")
        #expect(reference.value(arguments: ["order_id": "O-2", "type": "web"], groundTruth: answers) == nil)
        #expect(reference.guardCall(for: ["order_id": "O-1"]) == nil)
        #expect(reference.description == "lookup_order(order_id, kind).customer.id")
    }

    @Test(
        "other spellings are refused",
        arguments: ["f(x)", "f(x).", "f(x.y", "f()x.y", "f(a b).c!", "(x).y", "f(x).y = z", "a + b", "f(,).y"])
    func noLookups(text: String) {
        #expect(ValueReference(text) == nil)
    }

    @Test("a domain is that domain only, and a star stands for those under it")
    func domains() throws {
        #expect(try Desk.domain("example.com").matches("example.com"))
        #expect(try !Desk.domain("example.com").matches("mail.example.com"))
        #expect(try Desk.domain("*.example.com").matches("mail.example.com"))
        #expect(try !Desk.domain("*.example.com").matches("badexample.com"))
        #expect(MailAddress("Ana@Example.COM.")?.domain == "example.com")
        #expect(MailAddress("ana@localhost") == nil)
    }
}
