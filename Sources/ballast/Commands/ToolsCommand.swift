import ArgumentParser
import BallastCore
import BallastServer
import Foundation

struct ToolsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tools", abstract: "List tools, or look at a changed definition and accept it.",
        discussion: """
            --accept shows what changed since the definition was accepted last and asks. Without a terminal, \
            --definition names the one that you looked at. What changes in between is not accepted.
            """)
    @Option(help: "Show what changed in this tool's definition, and accept it.") var accept: String?
    @Option(help: "The hash of the definition to accept, as --accept shows it.") var definition: String?
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if definition != nil, accept == nil { throw ValidationError("--definition goes with --accept TOOL.") }
    }

    func run() async throws {
        let api = try APIClient(server)
        if let accept { return try await take(accept, api) }
        let tools = try await api.list("/api/v1/tools", limit: 1000)
        if server.json { return Output.json(.array(tools)) }
        guard !tools.isEmpty else {
            return Output.line("No tools. Declare some under `tools` in ballast.yaml, then start the server again.")
        }
        Output.table(
            ["TOOL", "PROVIDER", "STATE", "DESCRIPTION"],
            tools.map { tool in
                [
                    tool.words("name"), tool.words("provider"),
                    tool["is_accepted"]?.bool == false ? "\(state(of: tool)): accept it first" : "ok",
                    tool.words("description", longest: 60),
                ]
            })
        for tool in tools where tool["is_accepted"]?.bool == false {
            let name = tool.words("name")
            Output.line(Output.toned("\(name): \(tool.words("quarantine"))", .faint))
            Output.line(Output.toned("look at it: ballast tools --accept \(name)", .faint))
        }
    }

    private func state(of tool: JSONValue) -> String {
        tool["accepted_definition"]?.isNull == false ? "changed" : "new"
    }

    // MARK: Accepting

    private func take(_ name: String, _ api: APIClient) async throws {
        let tools = try await api.list("/api/v1/tools", limit: 10_000)
        guard let tool = tools.first(where: { $0["name"]?.string == name }) else {
            throw CommandFailure.no("There is no tool \"\(name)\". See `ballast tools`.")
        }
        let seen = tool["definition"]?.string ?? ""
        if tool["is_accepted"]?.bool == true {
            if server.json { return Output.json(tool) }
            return Output.line("\(name) is accepted as it is; nothing to do.")
        }
        if !server.json { show(tool, seen) }
        let hash = try await chosen(seen, name)
        let accepted = try await api.post(
            "/api/v1/tools/\(APIClient.escaped(name))/accept", ["definition": JSONValue(hash)])
        if server.json { return Output.json(accepted) }
        Output.line("\(name) is accepted as shown.")
    }

    /// The hash that the person stands for.
    private func chosen(_ seen: String, _ name: String) async throws -> String {
        if let definition { return definition }
        guard !server.json, Output.isTerminal, isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure.no(
                "Nothing was accepted. When you have looked at the change with the tool's owner: "
                    + "ballast tools --accept \(name) --definition \(seen)")
        }
        Output.part("accept it? [y, anything else leaves it] ")
        guard ["y", "yes"].contains(await TypedLines().next()?.lowercased()) else {
            throw CommandFailure.no("Nothing was accepted; \(name) does not run until its definition is.")
        }
        return seen
    }

    private func show(_ tool: JSONValue, _ hash: String) {
        Output.line("\(Output.toned(tool.words("name"), .strong)) of \(tool.words("provider")), definition \(hash)")
        let new = TextDifference.lines(of: tool["document"] ?? .null)
        guard let old = tool["accepted_document"], !old.isNull else {
            Output.line(
                state(of: tool) == "new"
                    ? "\(tool.words("quarantine", longest: 400)); its definition is:"
                    : "What was accepted before is not on record; the definition is now:")
            for line in new { Output.line("  " + line) }
            return
        }
        for line in TextDifference.changes(from: TextDifference.lines(of: old), to: new) {
            let tone: Output.Tone = line.hasPrefix("-") ? .bad : line.hasPrefix("+") ? .good : .faint
            Output.line(Output.toned(line, tone))
        }
    }
}

/// What changed between two texts, line by line.
enum TextDifference {
    /// Unchanged lines that are shown around a change.
    private static let context = 2

    static func lines(of document: JSONValue) -> [String] {
        PlainText.lines(JSONWriter.pretty(document)).split(separator: "\n").map { String($0) }
    }

    /// Lines with `- ` for what is gone, `+ ` for what is new and two spaces for what is around them.
    static func changes(from old: [String], to new: [String]) -> [String] {
        let difference = new.difference(from: old)
        let removed = Set(difference.removals.map(\.offset))
        let inserted = Set(difference.insertions.map(\.offset))
        var (all, from, to): ([(text: String, isChange: Bool)], Int, Int) = ([], 0, 0)
        while from < old.count || to < new.count {
            if removed.contains(from), from < old.count {
                all.append(("- " + old[from], true))
                from += 1
            } else if inserted.contains(to), to < new.count {
                all.append(("+ " + new[to], true))
                to += 1
            } else {
                if to < new.count { all.append(("  " + new[to], false)) }
                (from, to) = (from + 1, to + 1)
            }
        }
        return all.indices.compactMap { index in
            let near = max(0, index - context)...min(all.count - 1, index + context)
            return all[near].contains(where: \.isChange) ? all[index].text : nil
        }
    }
}

extension CollectionDifference.Change {
    fileprivate var offset: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}
