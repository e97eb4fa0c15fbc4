// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

@testable import WorkerLogs

/// What cannot be stored is counted, and a line marks the place.
@Suite(.timeLimit(.minutes(1)))
struct LossTests {
    @Test func `lines are lost while the directory cannot be made, and storing resumes by itself`() async throws {
        try await withTemporaryDirectory { directory in
            // A file in the place of the directory: every write fails, also for root.
            let path = directory.path + "/logs"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            let notices = Notices()
            let store = LogStore(directory: path, onNotice: { notices.add($0) })
            let log = store.log(of: .first, source: .instance(0))
            Array("one\ntwo\n".utf8).withUnsafeBytes { log.didWrite($0, to: .stdout) }
            store.turnDidEnd()
            #expect(await notices.next() == "failed")
            #expect(store.trouble?.contains("cannot be stored: Not a directory (2 lines are lost)") == true)
            #expect(store.statistics.lost == 2 && store.statistics.stored == 0)
            try FileManager.default.removeItem(atPath: path)
            Array("three\n".utf8).withUnsafeBytes { log.didWrite($0, to: .stdout) }
            let last = log.didExit()
            #expect(await notices.next() == "resumed")
            store.close(within: 10)
            #expect(store.trouble == nil && store.lastSeq == last)
            let page = try LogReader.page(LogQuery(limit: 10), in: path)
            let lines = try (0..<page.count).map { try JSONDecoder().decode(LineOfTest.self, from: Data(page[$0])) }
            let mark = try #require(lines.first { $0.stream == "agent" })
            #expect(mark.lost == 2 && mark.line == "2 lines are missing here: Not a directory")
            #expect(lines.last?.line == "three" && lines.count == 2)
        }
    }

    @Test func `the marks are written without anything new, as soon as the disk works`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.path + "/logs"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            let notices = Notices()
            let store = LogStore(directory: path, onNotice: { notices.add($0) })
            defer { store.close(within: 10) }
            let log = store.log(of: .first, source: .instance(0))
            Array("lost\n".utf8).withUnsafeBytes { log.didWrite($0, to: .stderr) }
            _ = log.didExit()
            #expect(await notices.next() == "failed")
            try FileManager.default.removeItem(atPath: path)
            #expect(await notices.next() == "resumed")
            #expect(store.trouble == nil)
        }
    }

    private static func batch(_ instance: Int, _ bytes: Int) -> LogBatch {
        let buffer = LogBytes()
        [UInt8](repeating: 0, count: bytes).withUnsafeBytes { buffer.append($0) }
        return LogBatch(
            source: .instance(instance), bytes: buffer, firstSeq: 2, lastSeq: 2, firstTime: 0, lastTime: 0, lines: 1,
            worker: .first)
    }

    @Test func `what waits takes no more memory than it has bytes, and marks of several floods join`() {
        let queue = LogQueue(capacity: 1 << 20)
        for _ in 0..<5000 { queue.offer([Self.batch(0, 100), Self.batch(1, 100)]) }
        let items = queue.take(within: 0) ?? []
        var (waiting, marks) = (0, 0)
        for item in items.dropFirst() {
            switch item {
            case .batch(let batch): waiting += batch.bytes?.capacity ?? 0
            case .lost: marks += 1
            }
        }
        #expect(waiting <= 1 << 20 && marks <= 2 && queue.lost > 0)
    }

    @Test func `a flood leaves the others room in the queue`() {
        let queue = LogQueue(capacity: 1 << 20)
        for _ in 0..<100 { queue.offer([Self.batch(0, 64 << 10)]) }
        let lost = queue.lost
        #expect(lost > 80)
        queue.offer([Self.batch(1, 64 << 10)])
        #expect(queue.lost == lost, "another instance has room")
        var marks = 0
        for item in queue.take(within: 0) ?? [] {
            switch item {
            case .batch(let batch): queue.didWrite(batch)
            case .lost(let lines, _):
                marks += 1
                #expect(lines.lines == lost)
            }
        }
        #expect(marks == 1, "what is lost in a row has one mark")
        queue.offer([Self.batch(0, 64 << 10)])
        #expect(queue.lost == lost, "what is written makes room")
    }

    private final class Notices: Sendable {
        private let stream: AsyncStream<String>
        private let continuation: AsyncStream<String>.Continuation

        init() {
            (stream, continuation) = AsyncStream.makeStream()
        }

        func add(_ notice: LogNotice) {
            switch notice {
            case .failed: continuation.yield("failed")
            case .resumed: continuation.yield("resumed")
            }
        }

        func next() async -> String? {
            var iterator = stream.makeAsyncIterator()
            return await iterator.next()
        }
    }
}
