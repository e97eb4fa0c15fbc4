// SPDX-License-Identifier: Apache-2.0

import Shared
import TestSupport
import Testing

@testable import History

/// A start knows how the run before has ended.
struct LastRunTests {
    private static let types: [[EventType]] = [
        [], [.agentStart, .agentStop], [.agentStart], [.agentStart, .fork], [.agentStart, .agentStop, .agentStart],
        [.fork, .exit], [.agentStart, .agentStop, .agentStart, .agentStop],
    ]
    private static let runs: [LastRun] = [
        .none, .stopped(at: Timestamp(milliseconds: 1)), .lost(after: Timestamp(milliseconds: 0)),
        .lost(after: Timestamp(milliseconds: 1)), .lost(after: Timestamp(milliseconds: 2)),
        .lost(after: Timestamp(milliseconds: 1)), .stopped(at: Timestamp(milliseconds: 3)),
    ]

    @Test(arguments: zip(types, runs)) func `the end of the last run is known`(types: [EventType], expected: LastRun)
        async throws
    {
        try await withTemporaryDirectory { directory in
            let first = try History.open(path: directory.historyPath)
            _ = try first.append(types.enumerated().map { Samples.entry($1, at: Int64($0)) })
            try first.close()
            let second = try History.open(path: directory.historyPath)
            #expect(try second.lastRun == expected)
            try second.close()
        }
    }
}
