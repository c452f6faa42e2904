/// Who estimates how sure an action of this tool is. Each may only lower what the others say.
package struct ConfidenceRule: Sendable, Hashable {
    /// The model may say itself how sure it is, and what it assumed, in reserved fields beside the arguments.
    package var takesStated: Bool
    /// A configured model that is asked whether the action is what the principal wants: yes or no.
    package var verifier: String?

    package init(takesStated: Bool = true, verifier: String? = nil) {
        self.takesStated = takesStated
        self.verifier = verifier
    }
}
