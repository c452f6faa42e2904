extension Schema {
    /// The accepted definition itself beside its hash, so that a change can be shown to whoever accepts it.
    static let version2 = "ALTER TABLE pins ADD COLUMN definition TEXT NOT NULL DEFAULT '';"
}
