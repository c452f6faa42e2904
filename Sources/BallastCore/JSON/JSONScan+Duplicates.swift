extension JSONScan {
    /// Names compared pairwise before a hash set takes over; keeps the work linear in the size of the object.
    private static let pairwiseLimit = 16

    /// Refuses an object in which two names are equal by bytes once unescaped.
    func refuseDuplicates(in object: Int) throws(JSONError) {
        let end = Int(tokens[object].next)
        var key = object + 1
        var count = 0
        // One bit per name seen, by a weak hash: only names that share a bit are compared.
        var seen: UInt64 = 0
        while key < end {
            count += 1
            if tokens[key].isEscaped || count > Self.pairwiseLimit {
                return try refuseDuplicatesByHash(in: object)
            }
            let bit = filterBit(of: key)
            if seen & bit != 0 { try refuseEqual(key, after: object) }
            seen |= bit
            key = Int(tokens[key + 1].next)
        }
    }

    @inline(__always)
    private func filterBit(of key: Int) -> UInt64 {
        let start = Int(tokens[key].offset)
        let length = Int(tokens[key].length)
        let mixed = Int(byte(start + 1)) &+ Int(byte(start + length - 2)) &* 7 &+ length &* 13
        return 1 << UInt64(truncatingIfNeeded: mixed & 63)
    }

    private func refuseEqual(_ key: Int, after object: Int) throws(JSONError) {
        var earlier = object + 1
        while earlier < key {
            if tokens[earlier].length == tokens[key].length,
                text[tokens[earlier].range].elementsEqual(text[tokens[key].range])
            {
                throw duplicate(key)
            }
            earlier = Int(tokens[earlier + 1].next)
        }
    }

    /// The standard hasher is seeded per process, so nobody can choose names that collide.
    private func refuseDuplicatesByHash(in object: Int) throws(JSONError) {
        let end = Int(tokens[object].next)
        guard Int(tokens[object + 2].next) < end else { return }
        var seen: Set<JSONString> = []
        var key = object + 1
        while key < end {
            guard seen.insert(JSONString(text.text(of: tokens[key]))).inserted else { throw duplicate(key) }
            key = Int(tokens[key + 1].next)
        }
    }

    private func duplicate(_ key: Int) -> JSONError {
        .duplicateMember(text.text(of: tokens[key]), at: Int(tokens[key].offset))
    }
}
