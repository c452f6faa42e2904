import Testing

@Suite("Targets are layers: each imports what is below it and nothing else")
struct ImportTests {
    /// What each target may import. An arrow that is not here is a decision: write it down before adding it.
    static let allowed: [String: Set<String>] = [
        "BallastCore": ["Crypto"],
        "BallastPolicy": ["BallastCore"],
        "BallastWire": ["BallastCore"],
        "BallastRuntime": [
            "BallastCore", "BallastPolicy", "Crypto", "DequeModule", "Logging", "Synchronization",
        ],
        "BallastStore": [
            "BallastCore", "BallastRuntime", "Dispatch", "Foundation", "GRDB", "GRDBSQLite", "Synchronization",
        ],
        "BallastEvals": ["BallastCore", "BallastPolicy", "BallastRuntime"],
        "BallastClients": [
            "AsyncHTTPClient", "BallastCore", "BallastRuntime", "BallastWire", "Darwin", "Dispatch", "Foundation",
            "Glibc",
            "Logging",
            "NIOCore", "NIOHTTP1", "Subprocess", "Synchronization", "SystemPackage",
        ],
        "BallastServer": [
            "BallastCore", "BallastEvals", "BallastPolicy", "BallastRuntime", "BallastWire", "Crypto", "HTTPTypes",
            "Hummingbird", "Logging", "NIOCore", "ServiceLifecycle", "Synchronization",
        ],
        "BallastConfiguration": [
            "BallastCore", "BallastPolicy", "BallastRuntime", "Foundation", "Synchronization", "Yams",
        ],
        "BallastTesting": [
            "BallastCore", "BallastPolicy", "BallastRuntime", "Dispatch", "Foundation", "Logging", "Synchronization",
        ],
        "BallastInstallation": [
            "BallastClients", "BallastConfiguration", "BallastCore", "BallastRuntime", "BallastServer", "BallastStore",
            "BallastWire", "Crypto", "Foundation", "Logging", "NIOCore", "ServiceLifecycle", "Synchronization",
        ],
        "BallastKit": [
            "BallastConfiguration", "BallastCore", "BallastInstallation", "BallastRuntime", "BallastServer",
            "Foundation", "Logging", "ServiceLifecycle", "Synchronization",
        ],
        "ballast": [
            "ArgumentParser", "AsyncHTTPClient", "BallastConfiguration", "BallastCore", "BallastEvals",
            "BallastInstallation",
            "BallastPolicy", "BallastRuntime", "BallastServer", "BallastWire", "Dispatch", "Foundation", "Logging",
            "NIOCore", "NIOHTTP1", "ServiceLifecycle", "Synchronization", "UnixSignals",
        ],
        "support-desk": ["BallastCore", "BallastWire", "Foundation", "GRDB", "Synchronization"],
    ]

    /// Libraries that stay behind one target, so that another can replace them.
    static let confined: [String: Set<String>] = [
        "Yams": ["BallastConfiguration"],
        "GRDB": ["BallastStore", "support-desk"],
        "GRDBSQLite": ["BallastStore"],
        "Hummingbird": ["BallastServer"],
        "Subprocess": ["BallastClients"],
        "ArgumentParser": ["ballast"],
    ]

    @Test("every target has a row in the table of imports")
    func table() {
        #expect(Set(Repository.sources.map(\.target)) == Set(ImportTests.allowed.keys))
    }

    @Test("an import that the table does not name is an error", arguments: allowed.keys.sorted())
    func imports(target: String) {
        let allowed = ImportTests.allowed[target] ?? []
        for file in Repository.sources where file.target == target {
            for (line, module) in file.imports where !allowed.contains(module) {
                Issue.record(
                    "\(file.path):\(line): \(target) may not import \(module); it may import \(allowed.sorted())")
            }
        }
    }

    @Test("a confined library has no other users", arguments: confined.keys.sorted())
    func confinement(module: String) {
        let users = Set(Repository.sources.filter { $0.imports.contains { $0.module == module } }.map(\.target))
        #expect(users == ImportTests.confined[module])
    }

    @Test("no program and no layer imports what is made for tests")
    func testing() {
        let users = Repository.sources.filter { file in
            file.imports.contains { ["BallastTesting", "Testing", "XCTest"].contains($0.module) }
        }
        #expect(users.map(\.path) == [])
    }
}

extension SwiftFile {
    /// Imported modules with the numbers of their lines.
    var imports: [(line: Int, module: String)] {
        let pattern =
            /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/
        return code.indices.filter { code[$0].spells("import ") }.compactMap { index in
            code[index].firstMatch(of: pattern).map { (index + 1, String($0.1)) }
        }
    }
}
