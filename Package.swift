// swift-tools-version: 6.2
import PackageDescription

/// One block of settings for every target: Swift 6, strict imports, no warnings.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func layer(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func program(_ name: String, path: String? = nil, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func suite(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let collections = product(name: "DequeModule", package: "swift-collections")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdTesting = product(name: "HummingbirdTesting", package: "hummingbird")
    static let logging = product(name: "Logging", package: "swift-log")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPTypes = product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioHTTPTypesHTTP1 = product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let systemPackage = product(name: "SystemPackage", package: "swift-system")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let yams = product(name: "Yams", package: "Yams")
}

let package = Package(
    name: "ballast",
    platforms: [.macOS(.v15)],
    products: [
        // What a program of your own adds; the other targets are not meant to be used from outside.
        .library(name: "BallastKit", targets: ["BallastKit"]),
        .executable(name: "ballast", targets: ["ballast"]),
        .executable(name: "support-desk", targets: ["support-desk"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        layer("BallastCore", [.crypto]),
        layer("BallastPolicy", ["BallastCore"]),
        layer("BallastWire", ["BallastCore"]),
        layer("BallastRuntime", ["BallastCore", "BallastPolicy", .crypto, .collections, .logging]),
        layer("BallastStore", ["BallastCore", "BallastRuntime", .grdb]),
        layer("BallastEvals", ["BallastCore", "BallastPolicy", "BallastRuntime"]),
        layer(
            "BallastClients",
            [
                "BallastCore", "BallastRuntime", "BallastWire", .asyncHTTPClient, .logging, .nioCore, .nioHTTP1,
                .subprocess, .systemPackage,
            ]),
        layer(
            "BallastServer",
            [
                "BallastCore", "BallastPolicy", "BallastRuntime", "BallastEvals", "BallastWire", .crypto, .httpTypes,
                .hummingbird,
                .hummingbirdCore, .logging, .nioCore, .nioPosix, .nioHTTP1, .nioHTTPTypes, .nioHTTPTypesHTTP1,
                .serviceLifecycle,
            ]),
        layer("BallastConfiguration", ["BallastCore", "BallastPolicy", "BallastRuntime", .yams]),
        layer("BallastTesting", ["BallastCore", "BallastPolicy", "BallastRuntime", .collections]),
        layer(
            "BallastInstallation",
            [
                "BallastCore", "BallastRuntime", "BallastStore", "BallastWire", "BallastClients", "BallastServer",
                "BallastConfiguration", .crypto, .logging, .nioCore, .serviceLifecycle,
            ]),
        layer(
            "BallastKit",
            [
                "BallastCore", "BallastRuntime", "BallastServer", "BallastConfiguration", "BallastInstallation",
                .logging, .serviceLifecycle,
            ]),
        program(
            "ballast",
            [
                "BallastCore", "BallastPolicy", "BallastRuntime", "BallastServer", "BallastConfiguration",
                "BallastEvals", "BallastInstallation", "BallastWire", .argumentParser, .asyncHTTPClient, .logging,
                .nioCore, .nioHTTP1,
                .serviceLifecycle, .unixSignals,
            ]),
        program("support-desk", ["BallastCore", "BallastWire", .grdb]),
        program(
            "ballast-bench", path: "Benchmarks",
            [
                "BallastCore", "BallastPolicy", "BallastRuntime", "BallastStore", "BallastClients",
                "BallastConfiguration", "BallastEvals",
                "BallastTesting",
            ]),
        suite("ArchitectureTests", []),
        suite("BallastCoreTests", ["BallastCore", "BallastTesting"]),
        suite("BallastPolicyTests", ["BallastCore", "BallastPolicy"]),
        suite("BallastWireTests", ["BallastCore", "BallastWire", "BallastRuntime"]),
        suite("BallastRuntimeTests", ["BallastCore", "BallastPolicy", "BallastRuntime", "BallastTesting"]),
        suite(
            "BallastStoreTests",
            ["BallastCore", "BallastPolicy", "BallastRuntime", "BallastStore", "BallastTesting", .grdb, .logging]),
        suite(
            "BallastEvalsTests",
            [
                "BallastCore", "BallastEvals", "BallastPolicy", "BallastRuntime", "BallastStore", "BallastTesting",
                .logging,
            ]),
        suite(
            "BallastClientsTests",
            [
                "BallastCore", "BallastClients", "BallastRuntime", "BallastWire", .asyncHTTPClient, .logging, .nioCore,
                .nioHTTP1, .nioPosix, "support-desk",
            ]),
        suite("BallastConfigurationTests", ["BallastCore", "BallastConfiguration", "BallastPolicy", "BallastRuntime"]),
        suite(
            "BallastServerTests",
            [
                "BallastCore", "BallastPolicy", "BallastRuntime", "BallastServer", "BallastTesting", "BallastWire",
                .httpTypes, .hummingbird, .hummingbirdTesting, .nioCore, .logging,
            ]),
        suite(
            "BallastInstallationTests",
            [
                "BallastCore", "BallastPolicy", "BallastRuntime", "BallastServer", "BallastConfiguration",
                "BallastInstallation", "BallastTesting", .logging,
            ]),
        suite("BallastKitTests", ["BallastKit", .asyncHTTPClient, .nioCore, .nioHTTP1]),
        suite("SimulationTests", ["BallastCore", "BallastRuntime", "BallastTesting"]),
        suite(
            "EndToEndTests", ["BallastCore", "ballast", "support-desk", .asyncHTTPClient, .grdb, .nioCore, .nioHTTP1]),
    ]
)
