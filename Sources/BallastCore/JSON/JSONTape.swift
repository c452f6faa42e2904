/// A validated JSON text with the place of every value in it: read a few members, pass the other bytes through.
///
/// Values are named by their token index; the whole text is token 0. Indices come from the look-ups here; a
/// look-up with an index that is not on the tape, or is not of the kind asked about, finds nothing.
package struct JSONTape: Sendable {
    package let bytes: [UInt8]
    package let tokens: [JSONToken]

    /// The token of the whole text.
    package static let root = 0

    /// The kind of a value; nil when `index` is not on the tape.
    package func kind(of index: Int) -> JSONToken.Kind? { token(index)?.kind }

    /// The bytes of a value, with quotes and brackets; empty when `index` is not on the tape.
    package func range(of index: Int) -> Range<Int> { token(index)?.range ?? 0..<0 }

    /// The text of a string; nil for anything else.
    package func text(of index: Int) -> String? {
        guard let token = token(index), token.kind == .string else { return nil }
        return bytes.withUnsafeBytes { $0.text(of: token) }
    }

    /// The tree of a value; nil when `index` is not on the tape.
    package func value(of index: Int = root) -> JSONValue? {
        guard token(index) != nil else { return nil }
        return bytes.withUnsafeBytes { JSONTree(text: $0, tokens: tokens).value(at: index) }
    }

    func token(_ index: Int) -> JSONToken? { tokens.indices.contains(index) ? tokens[index] : nil }
}

// MARK: Look-ups

extension JSONTape {
    /// The values directly in an array or object, in source order; empty for scalars.
    package func children(of container: Int) -> Children { Children(tape: self, container: container) }

    /// The value of the member named `key` in an object; names are compared once unescaped.
    package func member(_ key: JSONString, of object: Int = root) -> Int? {
        var key = key.text
        return key.withUTF8 { name in
            children(of: object).first { child in
                child.name.map { isName($0, equalTo: UnsafeRawBufferPointer(name)) } ?? false
            }?.value
        }
    }

    /// The value at the end of a path of member names.
    package func member(at path: JSONString...) -> Int? {
        path.reduce(Self.root) { object, key in object.flatMap { member(key, of: $0) } }
    }

    /// The element at `position` of an array.
    package func element(_ position: Int, of array: Int) -> Int? {
        guard kind(of: array) == .array, position >= 0 else { return nil }
        return children(of: array).dropFirst(position).first { _ in true }?.value
    }

    private func isName(_ index: Int, equalTo name: UnsafeRawBufferPointer) -> Bool {
        let token = tokens[index]
        guard !token.isEscaped else { return text(of: index).map { $0.utf8.elementsEqual(name) } ?? false }
        guard Int(token.length) == name.count + 2 else { return false }
        return bytes[token.range.dropFirst().dropLast()].elementsEqual(name)
    }

    /// A walk over the values directly in one container.
    package struct Children: Sequence, IteratorProtocol {
        /// A value and, in an object, the string that names it; both as token indices.
        package struct Child: Sendable, Hashable {
            package let name: Int?
            package let value: Int
        }

        private let tokens: [JSONToken]
        private let isObject: Bool
        private let end: Int
        private var index: Int

        fileprivate init(tape: JSONTape, container: Int) {
            let kind = tape.kind(of: container)
            let isContainer = kind == .object || kind == .array
            self.tokens = tape.tokens
            self.isObject = kind == .object
            self.index = isContainer ? container + 1 : 0
            self.end = isContainer ? Int(tape.tokens[container].next) : 0
        }

        package mutating func next() -> Child? {
            guard index < end else { return nil }
            let value = isObject ? index + 1 : index
            let child = Child(name: isObject ? index : nil, value: value)
            index = Int(tokens[value].next)
            return child
        }
    }
}

// MARK: Splices

extension JSONTape {
    /// One run of bytes to put in place of another.
    package struct Splice: Sendable {
        package let range: Range<Int>
        package let replacement: [UInt8]

        package init(_ range: Range<Int>, _ replacement: [UInt8]) {
            self.range = range
            self.replacement = replacement
        }
    }

    /// The text with `splices` made and every other byte as it was.
    ///
    /// Splices apply in the order of their ranges; one that overlaps an earlier one or leaves the text is nil.
    package func splicing(_ splices: [Splice]) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(splices.reduce(bytes.count) { $0 + $1.replacement.count })
        var copied = 0
        for splice in splices.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            guard splice.range.lowerBound >= copied, splice.range.upperBound <= bytes.count else { return nil }
            output.append(contentsOf: bytes[copied..<splice.range.lowerBound])
            output.append(contentsOf: splice.replacement)
            copied = splice.range.upperBound
        }
        output.append(contentsOf: bytes[copied...])
        return output
    }
}
