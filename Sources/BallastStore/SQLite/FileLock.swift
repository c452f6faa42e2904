import BallastCore
import BallastRuntime
import Foundation

/// The right of one server to a store: an advisory lock on `PATH.lock`, which the kernel gives back when the process
/// ends in whatever way.
struct FileLock: Sendable {
    private let descriptor: Int32

    static func take(for path: String) throws(StoreError) -> FileLock {
        let descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotLock(path: path, reason: lastError()) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno == EWOULDBLOCK ? nil : lastError()
            let holder = content(of: descriptor)
            close(descriptor)
            if let error { throw .cannotLock(path: path, reason: error) }
            throw .inUse(path: path, by: holder)
        }
        sign(descriptor)
        return FileLock(descriptor: descriptor)
    }

    /// The file stays: removing it would let two servers lock two files of one name. Unlocked before it is closed: a
    /// child of this process that is just being started has the descriptor too, and would keep the lock until it is.
    func release() {
        ftruncate(descriptor, 0)
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func sign(_ descriptor: Int32) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let started = Timestamp(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
        let text = "pid \(getpid()), started \(started.rfc3339)"
        ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }

    private static func content(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : "which is just starting"
    }

    private static func lastError() -> String { String(cString: strerror(errno)) }
}
