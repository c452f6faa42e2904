/// Somebody or something said how sure an action is. Estimates only ever lower each other.
package struct ConfidenceEstimated: EntryPayload {
    package static let version: UInt8 = 1
    /// The source of an estimate by the policy's own rules.
    package static let rules = "rules"

    package var action: UInt32
    /// `rules`, `stated`, or `verifier:` with the configured model's name.
    package var source: String
    /// 0 very low, 1 low, 2 medium, 3 high.
    package var band: UInt8
    /// Why, in words.
    package var detail: BodyReference
    /// What the proposer took for granted: a JSON array of sentences.
    package var assumptions: BodyReference?
    /// What the estimate cost.
    package var tokens: Int64
    package var microdollars: Int64

    package init(
        action: UInt32, source: String, band: UInt8, detail: BodyReference, assumptions: BodyReference? = nil,
        tokens: Int64 = 0, microdollars: Int64 = 0
    ) {
        self.action = action
        self.source = source
        self.band = band
        self.detail = detail
        self.assumptions = assumptions
        self.tokens = tokens
        self.microdollars = microdollars
    }

    package func encode(into writer: inout EntryWriter) {
        writer.unsigned(UInt64(action))
        writer.text(source)
        writer.byte(band)
        writer.body(detail)
        writer.optional(assumptions) { $0.body($1) }
        writer.signed(tokens)
        writer.signed(microdollars)
    }

    package init(from reader: inout EntryReader) throws(EntryDecodingError) {
        action = try reader.ordinal()
        source = try reader.text()
        band = try reader.byte()
        guard band <= 3 else { throw reader.failure("a band of confidence") }
        detail = try reader.body()
        assumptions = try reader.optional { reader throws(EntryDecodingError) in try reader.body() }
        tokens = try reader.signed()
        microdollars = try reader.signed()
    }
}
