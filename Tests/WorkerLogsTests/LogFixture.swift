// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Synchronization

@testable import WorkerLogs

/// One instance's part of a test: what is printed goes to the writer at once, and the clock is the test's.
struct LogFixture {
    let directory: LogDirectory
    var writer: LogWriter
    private let queue = LogQueue()
    private let intake: LogIntake
    private let time: TestTime

    final class TestTime: Sendable {
        let milliseconds = Mutex<Int64>(1_800_000_000_000)
    }

    init(
        _ path: String, limits: LogLimits = LogLimits(), forward: LogForward = .none,
        outlet: @escaping LogIntake.Outlet = { _, _, _ in }
    ) throws {
        directory = LogDirectory(path: path) { _, _ in }
        let catalog = SegmentCatalog(limits: limits, segments: try directory.segments())
        let time = TestTime()
        self.time = time
        intake = LogIntake(
            queue: queue, after: catalog.lastSeq, forward: forward, now: { time.milliseconds.withLock { $0 } * 1000 },
            outlet: outlet)
        writer = LogWriter(
            directory: directory, limits: limits, catalog: catalog, health: LogHealth(), onNotice: { _ in })
    }

    /// What a worker of this instance prints.
    func log(_ instance: Int = 0, worker: Int = 1) -> WorkerLog {
        WorkerLog(intake, worker: WorkerID(rawValue: worker) ?? .first, source: .instance(instance))
    }

    func move(by milliseconds: Int64) {
        time.milliseconds.withLock { $0 += milliseconds }
    }

    /// Prints whole lines and stores them.
    mutating func print(_ text: String, _ instance: Int = 0, worker: Int = 1) {
        let log = log(instance, worker: worker)
        Array(text.utf8).withUnsafeBytes { log.didWrite($0, to: .stdout) }
        store()
    }

    /// Stores what has been printed.
    mutating func store() {
        intake.turnDidEnd()
        for item in queue.take(within: 0) ?? [] {
            switch item {
            case .batch(let batch):
                writer.write(batch)
                queue.didWrite(batch)
            case .lost(let lines, let source): writer.didLose(lines, of: source)
            }
        }
    }

    func page(_ query: LogQuery = LogQuery(limit: 1000)) throws -> [LineOfTest] {
        let page = try LogReader(directory: directory).page(query, writer.catalog)
        return try (0..<page.count).map { try JSONDecoder().decode(LineOfTest.self, from: Data(page[$0])) }
    }

    func texts(_ query: LogQuery = LogQuery(limit: 1000)) throws -> [String] {
        try page(query).map(\.line)
    }

    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }
    }
}

/// A stored line as any reader of JSON sees it.
struct LineOfTest: Decodable {
    let seq: Int64
    let time: Timestamp
    let workerId: WorkerID?
    let instance: OutputSource?
    let stream: String
    let line: String
    let partial: Bool?
    let lost: Int?
}
