// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import WorkerLogs

/// Files that a crash, a power loss or somebody's hand has changed.
@Suite(.timeLimit(.minutes(1)))
struct DamageTests {
    private static func with(_ body: (String, inout LogFixture) throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.path + "/logs"
            var fixture = try LogFixture(path)
            try body(path, &fixture)
        }
    }

    @Test(arguments: [LogQuery.Order.ascending, .descending])
    func `the same places in two segments end a page all the same`(order: LogQuery.Order) async throws {
        try await Self.with { path, fixture in
            fixture.print("one\ntwo\n")
            let file = try #require(try fixture.files.first)
            try FileManager.default.copyItem(atPath: "\(path)/\(file)", toPath: "\(path)/1-\(file.dropFirst(2))")
            var query = LogQuery(limit: 10)
            query.order = order
            #expect(try LogReader.page(query, in: path).count == 4)
        }
    }

    @Test func `a place that is not ours is not gone on from`() async throws {
        try await Self.with { path, fixture in
            fixture.print("one\n")
            let file = try #require(try fixture.files.first)
            let url = URL(filePath: "\(path)/\(file)")
            let line = try String(contentsOf: url, encoding: .utf8)
            let seq = try #require(line.firstMatch(of: /"seq":(\d+)/)?.1)
            for other in ["999999999999999999", "9999999999999999"] {
                try Data((line + line.replacing(seq, with: other)).utf8).write(to: url)
                let store = LogStore(directory: path)
                #expect(store.lastSeq == Int64(seq))
                store.close(within: 10)
            }
        }
    }

    @Test func `what a power loss has left of a line is skipped`() async throws {
        try await Self.with { path, fixture in
            fixture.print("one\ntwo\nthree\n")
            let file = try #require(try fixture.files.first)
            let url = URL(filePath: "\(path)/\(file)")
            var bytes = try Data(contentsOf: url)
            let place = try #require(bytes.range(of: Data("two".utf8)))
            bytes.replaceSubrange(place, with: [0, 0, 0])
            try bytes.write(to: url)
            let page = try LogReader.page(LogQuery(limit: 10), in: path)
            let lines = try (0..<page.count).map { try JSONDecoder().decode(LineOfTest.self, from: Data(page[$0])) }
            #expect(lines.map(\.line) == ["one", "three"])
        }
    }

    @Test func `a file without a whole line goes at the next start`() async throws {
        try await Self.with { path, fixture in
            fixture.print("one\n")
            let fragment = "\(path)/7-1800000000000000.jsonl"
            try Data(#"{"seq":180000000000"#.utf8).write(to: URL(filePath: fragment))
            _ = try LogReader.page(LogQuery(limit: 10), in: path)
            #expect(FileManager.default.fileExists(atPath: fragment), "a reader removes nothing")
            LogStore(directory: path).close(within: 10)
            #expect(try !FileManager.default.fileExists(atPath: fragment) && fixture.files.count == 1)
        }
    }
}
