/// Who speaks in a message sent to a model.
package enum MessageRole: UInt8, Sendable, Hashable {
    case system = 0
    case user = 1
    case assistant = 2
    case tool = 3

    package var name: String { ["system", "user", "assistant", "tool"][Int(rawValue)] }
}

/// A message as a model client sends it: a list of typed parts with the label of where it came from.
package struct Message: Sendable, Hashable {
    package var role: MessageRole
    package var parts: [MessagePart]
    package var label: Label
    /// Set where the content is data that nobody vouches for.
    package var frame: DataFrame?

    package init(role: MessageRole, parts: [MessagePart], label: Label, frame: DataFrame? = nil) {
        self.role = role
        self.parts = parts
        self.label = label
        self.frame = frame
    }
}

package enum MessagePart: Sendable, Hashable {
    case text(String)
    /// A tool call the model made earlier; `arguments` is the JSON text of an object.
    case toolCall(id: String, name: String, arguments: String)
    /// The answer to the call with the same id.
    case toolResult(callID: String, content: String, isError: Bool)
}
