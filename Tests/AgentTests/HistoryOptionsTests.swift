// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import History
import Testing

@testable import Agent

/// What of the history is kept, as the command line says it.
struct HistoryOptionsTests {
    private func retention(_ arguments: String...) async throws -> HistoryRetention {
        try AgentCommand.parse(arguments).makeConfiguration(environment: ["HOME": "/home/x"], cores: 1).retention
    }

    @Test func `a month is kept by default`() async throws {
        let retention = try await retention()
        #expect(retention == HistoryRetention())
        #expect(retention.maxAge == .seconds(30 * 86_400) && !retention.messages)
        #expect(retention.maxEvents == nil && retention.maxBytes == nil)
    }

    @Test func `each limit can be set`() async throws {
        let retention = try await retention(
            "--history-max-age", "12h", "--history-max-events", "5", "--history-max-bytes", "2G",
            "--history-max-worker-age", "90d", "--history-messages")
        #expect(retention.maxAge == .seconds(12 * 3600))
        #expect(retention.maxEvents == 5)
        #expect(retention.maxBytes == 2 << 30)
        #expect(retention.maxWorkerAge == .seconds(90 * 86_400))
        #expect(retention.messages)
    }

    @Test func `each limit can be taken away`() async throws {
        let retention = try await retention("--history-max-age", "none", "--history-max-worker-age", "none")
        #expect(retention.maxAge == nil && retention.maxWorkerAge == nil)
    }

    @Test(arguments: [
        ("age", "5"), ("age", "-1d"), ("age", "d"), ("events", "0"), ("events", "1.5"), ("bytes", "0M"),
        ("bytes", "5T"), ("bytes", "M"), ("bytes", "9000000000000G"),
    ])
    func `nonsense is refused`(option: String, value: String) async {
        await #expect(throws: StartupError.self) { try await retention("--history-max-\(option)=\(value)") }
    }
}
