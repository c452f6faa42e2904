/// Where a run stands: what came of it, or what it waits for.
public struct RunStanding: Sendable, Hashable {
    /// The end of a run.
    public struct Outcome: Sendable, Hashable {
        /// Why, for programs: a code of Docs/reference/codes.md, such as `done`.
        public let code: String
        /// What the principal is told.
        public let text: String
    }

    /// A question to the principal; `AgentRun.answer` answers it.
    public struct Question: Sendable, Hashable {
        public let text: String
        /// Answers to choose from; empty for a free answer.
        public let options: [String]
    }

    public let status: RunStatus
    /// Set once the run is over.
    public let outcome: Outcome?
    /// Set while it waits for its principal's words.
    public let question: Question?
    /// Actions of this run that wait for a decision.
    public let approvals: [PendingApproval]
    /// The whole of it, as `GET /api/v1/runs/{run_id}` shows it: usage, escalation, what was done, was not, is in doubt.
    public let document: JSONValue

    init(status: RunStatus, approvals: [PendingApproval], document: JSONValue) {
        self.status = status
        self.approvals = approvals
        self.document = document
        outcome = document["outcome"]?.object.map {
            Outcome(code: $0["code"]?.string ?? "", text: $0["text"]?.string ?? "")
        }
        question = document["question"]?.object.map {
            Question(text: $0["text"]?.string ?? "", options: $0["options"]?.array?.compactMap(\.string) ?? [])
        }
    }
}
