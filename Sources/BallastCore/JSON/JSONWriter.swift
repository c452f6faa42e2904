/// Writes values as JSON text.
///
/// Numbers keep their source spelling in every form, so nothing is rounded on the way through; this is the one
/// difference from RFC 8785, which respells numbers as doubles.
package enum JSONWriter {
    /// One text for one value whatever order its members came in: no whitespace, names sorted by UTF-16 code
    /// units, the escapes of RFC 8785. For hashes, signatures and comparisons.
    package static func canonical(_ value: JSONValue) -> [UInt8] {
        var output = JSONOutput(sortsMembers: true)
        output.append(value)
        return output.bytes
    }

    /// The canonical form as a string.
    package static func canonicalString(_ value: JSONValue) -> String {
        String(decoding: canonical(value), as: UTF8.self)
    }

    /// Members in source order, no whitespace. For the wire.
    package static func compact(_ value: JSONValue) -> [UInt8] {
        var output = JSONOutput(sortsMembers: false)
        output.append(value)
        return output.bytes
    }

    /// Members in source order, one per line, indented by two spaces. For people.
    package static func pretty(_ value: JSONValue) -> String {
        var output = JSONOutput(sortsMembers: false)
        output.appendIndented(value, depth: 0)
        return String(decoding: output.bytes, as: UTF8.self)
    }

    /// Appends `text` as a JSON string with its quotes; for writers that splice strings into bytes.
    package static func append(string text: String, to bytes: inout [UInt8]) {
        var output = JSONOutput(sortsMembers: false, bytes: bytes)
        bytes = []
        output.append(string: text)
        bytes = output.bytes
    }
}
