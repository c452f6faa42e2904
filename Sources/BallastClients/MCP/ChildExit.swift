#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Looks whether a child has ended, without collecting its exit status, which belongs to who started it.
enum ChildExit {
    private static let interval = Duration.milliseconds(5)

    /// Returns when the child has ended, or after `limit`.
    static func wait(for process: Int32, within limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        while !hasEnded(process), ContinuousClock.now < deadline {
            guard (try? await Task.sleep(for: interval)) != nil else { return }
        }
    }

    static func hasEnded(_ process: Int32) -> Bool {
        var status = siginfo_t()
        guard waitid(P_PID, id_t(process), &status, WEXITED | WNOHANG | WNOWAIT) == 0 else { return errno == ECHILD }
        return status.si_signo == SIGCHLD
    }
}
