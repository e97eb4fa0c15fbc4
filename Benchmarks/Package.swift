// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "cluster", path: ".."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .executableTarget(
            name: "EchoPrimary",
            dependencies: [
                .product(name: "Cluster", package: "cluster"),
                .product(name: "Logging", package: "swift-log"),
            ])
    ]
)
