extension String {
    /// Whether the text stands in this one, byte for byte: no letters are put together, and none are thought equal.
    package func holds(bytes text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard let first = wanted.first else { return true }
        func search(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
            var from = 0
            while let place = bytes[from...].firstIndex(of: first), place + wanted.count <= bytes.count {
                if bytes[place..<place + wanted.count].elementsEqual(wanted) { return true }
                from = place + 1
            }
            return false
        }
        return utf8.withContiguousStorageIfAvailable(search) ?? Array(utf8).withUnsafeBufferPointer(search)
    }
}
