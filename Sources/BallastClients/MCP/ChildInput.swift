import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The writing end of a child's standard input.
///
/// It is a socket and no pipe: a socket can be told not to raise SIGPIPE, so that a child's death kills no parent
/// that forgot to ignore the signal. Nothing here suspends or blocks, except `waitUntilWritable`.
final class ChildInput: Sendable {
    enum Sent: Sendable, Hashable {
        /// So many bytes are in the hands of the operating system.
        case bytes(Int)
        /// The child does not read; nothing was taken.
        case full
        /// Nobody will read any more; nothing was taken.
        case gone(String)
    }

    private let descriptor: CInt

    private init(descriptor: CInt) { self.descriptor = descriptor }

    // Closed only here, so that no other thread can meet the number in another's use; `finish` ends the stream.
    deinit { _ = close(descriptor) }

    /// The two ends; the child's end is a file descriptor that belongs to the caller.
    static func makePair() throws(Errno) -> (input: ChildInput, childEnd: CInt) {
        var ends: [CInt] = [-1, -1]
        guard openPair(&ends) == 0 else { throw Errno(rawValue: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
        return (ChildInput(descriptor: ends[0]), ends[1])
    }

    /// Hands over as many bytes as the operating system takes at once.
    func send(_ bytes: ArraySlice<UInt8>) -> Sent {
        while true {
            let count = bytes.withUnsafeBytes { systemSend(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .full
            case let code: return .gone(Errno(rawValue: code).description)
            }
        }
    }

    /// Blocks the calling thread until bytes can be sent or the peer is gone; false when the time is over.
    func waitUntilWritable(milliseconds: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&request, 1, milliseconds) != 0
    }

    /// Ends the child's input after what was sent.
    func finish() { _ = shutdown(descriptor, Int32(SHUT_WR)) }
}

#if canImport(Darwin)
    private func openPair(_ ends: inout [CInt]) -> CInt {
        guard socketpair(AF_UNIX, SOCK_STREAM, 0, &ends) == 0 else { return -1 }
        var on: CInt = 1
        return setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    private func systemSend(_ descriptor: CInt, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
        Darwin.send(descriptor, start, count, Int32(MSG_DONTWAIT))
    }
#else
    private func openPair(_ ends: inout [CInt]) -> CInt {
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
    }

    private func systemSend(_ descriptor: CInt, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
        send(descriptor, start, count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }
#endif
