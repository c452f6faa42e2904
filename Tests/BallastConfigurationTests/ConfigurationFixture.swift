import BallastConfiguration
import BallastCore
import Foundation
import Testing

/// Configurations as files in memory.
enum Files {
    /// A small configuration that loads without complaint; tests change one file of it.
    static let sound: [String: String] = [
        "ballast.yaml": """
        listen: 127.0.0.1:7340
        store: memory
        models:
          small: { api: openai, base_url: http://127.0.0.1:8080/v1, model: tiny }
        tools:
          desk:
            mcp: { command: [support-desk], prefix: none }
        """,
        "agents/support.yaml": """
        instructions: Help customers.
        model: small
        tools: [lookup_order, issue_refund]
        policy: support
        playbooks: [refund]
        escalation:
          - { to: leads, within: 30m }
        """,
        "policies/support.yaml": """
        classes:
          safe: [lookup_order, find_refund]
          dangerous: [issue_refund, void_refund]
        tools:
          issue_refund:
            money: { amount: USD }
            undo: { tool: void_refund, with: { refund_id: $result.refund_id } }
        rules:
          - id: by-leads
            require: { approve: leads }
            when: { tool: issue_refund }
        """,
        "playbooks/refund.yaml": """
        triggers: ["refund {amount:money} for order {order_id:id}"]
        steps:
          - call: issue_refund
            with: { order_id: $order_id, amount: $amount }
            as: refund
          - say: Done.
        """,
        "people.yaml": """
        principals:
          customer:ana: { customer_id: C-7 }
          lead:tomas:
        groups:
          leads: [lead:tomas]
        """,
    ]

    static func load(
        _ changes: [String: String] = [:], without missing: String? = nil, environment: [String: String] = [:]
    ) throws(ConfigurationError) -> Configuration {
        var files = sound
        if let missing { files[missing] = nil }
        for (name, text) in changes { files[name] = text }
        return try Configuration.load(
            ConfigurationSource(folder: "/config", files: files, environment: environment) { path in
                guard path == "/config/prompt.md" else { throw CocoaError(.fileNoSuchFile) }
                return "Be kind.\n"
            })
    }

    /// Everything that is wrong with the sound configuration after these changes.
    static func complaints(
        _ changes: [String: String] = [:], without missing: String? = nil, environment: [String: String] = [:]
    ) -> [String] {
        do throws(ConfigurationError) {
            return try load(changes, without: missing, environment: environment).warnings.map(\.description)
        } catch {
            return error.diagnostics.map(\.description)
        }
    }

    /// The folder of the repository.
    static var repository: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }
}
