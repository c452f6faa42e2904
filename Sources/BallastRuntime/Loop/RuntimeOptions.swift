/// How the runtime behaves where the configuration of agents says nothing. Milliseconds unless said otherwise.
package struct RuntimeOptions: Sendable, Hashable {
    /// When results become durable.
    package enum Durability: String, Sendable, Hashable {
        /// A commit per step: every reply and every result is durable before anything follows from it outside.
        case strict
        /// Results of calls that are safe to repeat join the next commit that is needed anyway.
        case byNeed
    }

    package var durability = Durability.byNeed
    package var lease: Int64 = 30_000
    /// No byte is sent later than this before the end of the lease, and a new owner waits as long after it.
    package var leaseMargin: Int64 = 2_000
    /// Attempts of one tool call or one model call, the first included.
    package var attempts = 3
    /// The bound of the first wait between attempts, which is anything up to it; doubles each time.
    package var backoff: Int64 = 250
    package var longestBackoff: Int64 = 30_000
    /// Who asks to wait for longer than this is not asked again in this call.
    package var longestAskedWait: Int64 = 120_000
    package var breaker = BreakerRule()
    /// How often a run waits for the only model that could answer it, while that rests.
    package var restWaits = 8
    /// Unusable replies in a row before a person takes over.
    package var unusableReplies = 3
    /// Effects in a row that were not as they should be afterwards, before a person takes over.
    package var failedChecks = 3
    package var toolTimeout: Int64 = 30_000
    /// A tool that only a shadow policy asks has so long to answer; no action waits for it.
    package var shadowTimeout: Int64 = 5_000
    /// Bytes of a tool's result that are kept.
    package var resultBytes = 1 << 20
    /// Bytes of one argument document.
    package var argumentBytes = 256 << 10
    /// Runs in memory at once; more wait in the store.
    package var activeRuns = 512
    /// Tool calls of one run under way at once.
    package var parallelSends = 8
    /// A wait longer than this gives the run's memory back and sets a durable timer.
    package var longestNap: Int64 = 2_000
    /// How long people have when a policy does not say.
    package var answerWithin: Int64 = 86_400_000
    /// Verifications of one effect in doubt before a person is asked.
    package var verifications = 5
    /// First wait between verifications; doubles each time.
    package var verifyBackoff: Int64 = 500
    /// Claims of a run that ended in a crash before it is quarantined.
    package var crashes = 3
    /// Entries of one run; at the cap it ends with what it has.
    package var entryCap: Int64 = 20_000
    /// How deep runs may be started by runs: a run's root and parent are then all that stand above it.
    package var subRunDepth = 2
    /// Earlier messages of the conversation that a new run sees.
    package var historyMessages = 20
    /// Everything is halted when the store could not be written for so long; nil for never. A person resumes.
    package var deadMan: Int64?
    /// A gateway run stays in memory for so long without a call.
    package var gatewayWarm: Int64 = 60_000
    /// A gateway run without a call for so long is over.
    package var gatewayIdle: Int64 = 1_800_000
    /// Calls of a gateway run that may be open at once.
    package var gatewayCalls = 256
    /// A result of a gateway run that nobody took is kept for so long for whoever makes the same call again.
    package var gatewayResults: Int64 = 600_000
    /// For the simulation's own tests only.
    package var planted: PlantedFault?

    package init() {}
}
