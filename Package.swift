// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

var swiftSettings: [SwiftSetting] = [
    // A warning that nobody must fix is a warning that everybody learns to overlook.
    .treatAllWarnings(as: .error),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
]
// A debug build from the beginning takes half the time if each module is compiled at once. `scripts/test` asks for it.
// Otherwise only the files that a change concerns are compiled, which is quicker while you edit. A package that depends on
// this one may not use it with unsafe flags.
if Context.environment["CLUSTER_WHOLE_MODULES"] != nil {
    swiftSettings.append(
        .unsafeFlags(["-whole-module-optimization", "-num-threads", "2"], .when(configuration: .debug)))
}

let package = Package(
    name: "cluster",
    products: [
        .library(name: "Cluster", targets: ["Cluster"]),
        .library(name: "ClusterNIO", targets: ["ClusterNIO"]),
        .library(name: "Supervision", targets: ["Supervision"]),
        .executable(name: "cluster-agent", targets: ["Agent"]),
        .executable(name: "cluster-cli", targets: ["CLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // Its readers of files are traits. The agent reads its file itself, to tell lines.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // C, only what Swift cannot import or must not do itself: SCM_RIGHTS and spawn.
        .target(name: "CLinux"),
        .systemLibrary(
            name: "CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]),
        // The inventory's format. libyaml itself, because Yams brings all of Foundation with it: 50 MB and 4 ms a call.
        .systemLibrary(
            name: "CYAML",
            pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(
            name: "CPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]),

        .target(name: "Shared", swiftSettings: swiftSettings),
        // What crosses HTTP between cluster-agent and its clients. Nothing of it is the library's.
        .target(name: "Contract", dependencies: ["Shared"], swiftSettings: swiftSettings),
        // Which workers there are to be, and when they are replaced: pure rules, and who follows them in a primary.
        .target(name: "Supervision", dependencies: ["Cluster", "Shared"], swiftSettings: swiftSettings),
        .target(
            name: "LinuxIO",
            dependencies: [
                "CLinux",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "Cluster",
            dependencies: [
                "Shared", "LinuxIO",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "ClusterNIO",
            dependencies: [
                "Cluster",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "Migrations",
            dependencies: [.product(name: "GRDB", package: "GRDB.swift")],
            path: "migrations",
            exclude: ["fleet"],
            // Embedded, so that the agent is one file. SwiftPM makes a Swift name of the file name:
            // it must begin with a letter, a leading digit would be replaced.
            resources: [
                .embedInCode("v0001_events.sql"), .embedInCode("v0002_idempotency.sql"),
                .embedInCode("v0003_ends.sql"), .embedInCode("v0004_numbers.sql"),
                .embedInCode("v0005_disconnect_reason.sql"), .embedInCode("v0006_leaving.sql"),
                .embedInCode("v0007_supervision.sql"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "History",
            dependencies: [
                "Shared", "Migrations",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "FleetMigrations",
            path: "migrations/fleet",
            resources: [.embedInCode("f0001_fleet.sql")],
            swiftSettings: swiftSettings),
        // The history of many agents, in PostgreSQL.
        .target(name: "Fleet", dependencies: ["CPQ", "FleetMigrations", "Shared"], swiftSettings: swiftSettings),
        // Stores and reads what workers print.
        .target(name: "WorkerLogs", dependencies: ["Shared"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "Agent",
            dependencies: [
                "Cluster", "Contract", "Fleet", "History", "Shared", "Supervision", "WorkerLogs",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Yams", package: "Yams"),
            ],
            // Types of the page's modules, for TypeScript alone.
            exclude: ["Dashboard/types.d.ts"],
            // A link to api/openapi.yaml: the contract stands where people look for it, and the agent serves it. Then the
            // files of the web page.
            resources: [.embedInCode("Resources/openapi.yaml"), .embedInCode("Resources/primary.js")]
                + [
                    "index.html", "style.css", "icon.svg", "main.js", "actions.js", "agents.js", "answers.js",
                    "api.js", "dialogs.js", "dom.js", "events.js", "exits.js", "figures.js", "fleet.js",
                    "follow.js", "format.js", "instance.js", "instances.js", "logs.js", "operations.js", "places.js",
                    "refresh.js", "registry.js", "rows.js", "session.js", "settings.js", "status.js", "store.js",
                    "stream.js", "text.js", "watchers.js", "words.js",
                ].map { .embedInCode("Dashboard/\($0)") },
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "CLI",
            dependencies: [
                "CCurl", "CYAML", "Contract", "Shared",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: swiftSettings),

        // Scoped fixtures: temporary directories, programs that run beside a test.
        .target(
            name: "TestSupport",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "HummingbirdWorker",
            dependencies: [
                "Cluster", "ClusterNIO",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Examples/HummingbirdWorker",
            swiftSettings: swiftSettings),

        // A worker in Swift, for the conformance tests to fork.
        .executableTarget(
            name: "SwiftWorker", dependencies: ["Cluster", "Shared"], path: "Tests/SwiftWorker",
            swiftSettings: swiftSettings),
        // Many agents of a fleet in one process, for Benchmarks/central.py.
        .executableTarget(
            name: "FleetLoad", dependencies: ["Fleet", "Shared"], path: "Benchmarks/FleetLoad",
            swiftSettings: swiftSettings),
        // One whose connections are SwiftNIO's.
        .executableTarget(
            name: "NIOWorker",
            dependencies: [
                "Cluster", "ClusterNIO",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/NIOWorker", swiftSettings: swiftSettings),
        .testTarget(name: "SharedTests", dependencies: ["Shared", "TestSupport"], swiftSettings: swiftSettings),
        .testTarget(
            name: "SupervisionTests", dependencies: ["Shared", "Supervision", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "LinuxIOTests",
            dependencies: ["LinuxIO", "TestSupport", .product(name: "SystemPackage", package: "swift-system")],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ClusterTests",
            dependencies: [
                "Cluster", "LinuxIO", "Shared", "TestSupport", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "HistoryTests",
            dependencies: [
                "History", "Migrations", "Shared", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "FleetTests", dependencies: ["Fleet", "FleetMigrations", "Shared", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "WorkerLogsTests", dependencies: ["Shared", "TestSupport", "WorkerLogs"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "AgentTests",
            dependencies: [
                "Agent", "Cluster", "Contract", "History", "Shared", "Supervision", "TestSupport", "WorkerLogs",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "CCurl", "CLI", "Contract", "Shared", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                // Plays the agent.
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            exclude: ["Golden", "Servers"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "Cluster", "NIOWorker", "Shared", "Supervision", "SwiftWorker", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Workers"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ClusterNIOTests",
            dependencies: [
                "Cluster", "ClusterNIO",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "DocumentationTests",
            dependencies: [
                "Cluster", "ClusterNIO", "Supervision",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Contract", "HummingbirdWorker", "Shared", "SwiftWorker", "TestSupport"],
            exclude: ["Clients", "Programs", "Workers"],
            swiftSettings: swiftSettings),
    ]
)
