/// Putting another configuration in force.
extension AgentRuntime {
    /// Replaces the configuration as a whole. Once this returns, no send begins that was judged under an older one: what
    /// was allowed and not sent is judged again.
    ///
    /// - Parameter next: makes the new configuration of the one in force, such as with the tools that are offered now.
    package func deploy(_ next: (Deployment) -> Deployment) async {
        services.deployment.update { $0 = next($0) }
        let generation = gate.renew()
        while !gate.writing(before: generation).isEmpty {
            // In a task of its own: whoever asked may have gone, and the reload still waits for those who write.
            let (clock, executor) = (clock, services.executor)
            await Task(executorPreference: executor) { try? await clock.sleep(milliseconds: 1) }.value
        }
        wakeConfigured()
    }
}
