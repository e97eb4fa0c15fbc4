// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Every example in the documentation stands in a source that is compiled.
@Suite struct DocumentationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL

    private static let articles: [String] = {
        let folders = ["Sources/Cluster/Cluster.docc", "Sources/Supervision/Supervision.docc"]
        return ["README.md"]
            + folders.flatMap { folder in
                let files = try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
                return (files ?? []).filter { $0.hasSuffix(".md") }.sorted().map { "\(folder)/\($0)" }
            }
    }()

    @Test func `there are articles with examples`() throws {
        #expect(Self.articles.count >= 5)
        #expect(try Self.articles.flatMap(Self.examples).count >= 11)
    }

    @Test(arguments: articles)
    func `each example is compiled`(_ article: String) throws {
        let sources = try [
            "Tests/DocumentationTests/Snippets/FirstCluster.swift", "Tests/DocumentationTests/Snippets/Channels.swift",
            "Tests/DocumentationTests/Snippets/Supervised.swift",
            "Examples/HummingbirdWorker/HummingbirdWorker.swift",
        ].map { try Self.lines(of: $0) }
        for example in try Self.examples(in: article) {
            let isCompiled = sources.contains { Self.contains($0, example) }
            #expect(isCompiled, "no source has this:\n\(example.joined(separator: "\n"))")
        }
    }

    /// The lines of each Swift block, without their indentation.
    private static func examples(in article: String) throws -> [[String]] {
        var examples: [[String]] = []
        var current: [String]?
        for line in try lines(of: article) {
            if line == "```swift" {
                current = []
            } else if line == "```", let example = current {
                examples.append(example)
                current = nil
            } else {
                current?.append(line)
            }
        }
        return examples
    }

    private static func lines(of path: String) throws -> [String] {
        try String(contentsOf: root.appending(path: path), encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func contains(_ source: [String], _ example: [String]) -> Bool {
        source.indices.contains { start in source[start...].starts(with: example) }
    }
}
