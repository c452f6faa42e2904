import BallastPolicy
import Foundation

extension ConfigurationSource {
    /// The same folder with a policy file replaced by another one: by the one with its name, or the one that is named.
    package func replacingPolicy(
        with path: String, named name: String? = nil
    ) throws(ConfigurationError) -> ConfigurationSource {
        let file = URL(fileURLWithPath: path).lastPathComponent
        let policies = files.keys.filter {
            $0.hasPrefix("policies/") && !$0.hasPrefix(ConfigurationSource.overlays + "/") && !PolicyTestFile.isOne($0)
        }.sorted()
        let wanted = name ?? file.split(separator: ".").first.map { String($0) } ?? file
        let own = policies.first { $0 == "policies/\(wanted).yaml" || $0 == "policies/\(wanted).yml" }
        guard let place = own ?? (name == nil && policies.count == 1 ? policies.first : nil) else {
            let names = policies.compactMap { $0.dropFirst(9).split(separator: ".").first.map { String($0) } }
            throw ConfigurationError([
                Diagnostic(
                    SourcePosition(file: path),
                    problem: "the configuration has no policy `\(wanted)` that this replaces",
                    advice: NearestWord.of(wanted, among: names).map { "did you mean `--as \($0)`?" }
                        ?? "say which with `--as NAME`: \(names.joined(separator: ", "))")
            ])
        }
        let text: String
        do {
            text = try ConfigurationSource.text(of: path)
        } catch {
            throw ConfigurationError([
                Diagnostic(
                    SourcePosition(file: path), problem: "the file cannot be read as UTF-8 text",
                    advice: "check its permissions and its encoding")
            ])
        }
        var changed = self
        changed.files[place] = text
        return changed
    }
}
