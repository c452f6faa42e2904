import BallastRuntime

/// A write that waits for the writer's thread.
struct QueuedWrite: Sendable {
    /// Does the work inside the group's transaction and gives what is to be called once that has been committed.
    /// It either does all its work, or answers without having changed anything, or throws.
    let perform: @Sendable (WriteSession) throws(SQLiteFailure) -> () -> Void
    /// Tells the caller that the write was not made, or that nobody knows.
    let fail: @Sendable (StoreError) -> Void
    /// After a commit whose fate is unknown, on a fresh connection: true when it could tell the caller what stands.
    let settle: @Sendable (WriteSession, SQLiteFailure) throws(SQLiteFailure) -> Bool

    /// A write whose answer is given to `resume`.
    init<Answer: Sendable>(
        resume: @escaping @Sendable (Result<Answer, StoreError>) -> Void,
        perform: @escaping @Sendable (WriteSession) throws(SQLiteFailure) -> Answer,
        settle: (@Sendable (WriteSession, SQLiteFailure) throws(SQLiteFailure) -> Result<Answer, StoreError>)? = nil
    ) {
        self.perform = { session throws(SQLiteFailure) in
            let answer = try perform(session)
            return { resume(.success(answer)) }
        }
        fail = { resume(.failure($0)) }
        self.settle = { session, failure throws(SQLiteFailure) in
            guard let settle else { return false }
            resume(try settle(session, failure))
            return true
        }
    }
}
