// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import History

/// How exits are counted.
@Suite struct ExitCountTests {
    private static let hour: Int64 = 3_600_000

    private func counts(of entries: [HistoryEntry], since: Int64 = 0) throws -> [[Int64]] {
        let history = try History.inMemory()
        _ = try history.append(entries)
        return try history.exitCounts(since: Timestamp(milliseconds: since)).counts.map {
            [$0.hour.milliseconds / Self.hour, Int64($0.exits), Int64($0.failures)]
        }
    }

    @Test(
        arguments: [
            (["reason": "exited", "code": 0], 0), (["reason": "exited", "code": 3], 1),
            (["reason": "exited", "code": nil], 1), (["reason": "signaled", "signal": "SIGKILL"], 1),
            (["reason": "signaled", "signal": "SIGTERM", "principal": "uid:0"], 0),
            (["reason": "disconnected", "code": 0], 0),
            (["reason": "agentStopped", "code": 1], 0), (["reason": "agentLost"], 1), (["reason": "spawnFailed"], 1),
            ([:], 0),
        ] as [(EventData, Int64)])
    func `an exit that nobody asked for is a failure unless it is in good order`(data: EventData, failures: Int64)
        throws
    {
        #expect(try counts(of: [Samples.entry(.exit, worker: 1, data: data)]) == [[0, 1, failures]])
    }

    @Test func `an exit that a request caused is none`() throws {
        let entry = Samples.entry(.exit, worker: 1, request: "r", data: ["reason": "signaled", "signal": "SIGKILL"])
        #expect(try counts(of: [entry]) == [[0, 1, 0]])
    }

    @Test func `only exits count, by the hour, from the given time on`() throws {
        let entries = [
            Samples.entry(.exit, worker: 1, at: Self.hour - 1), Samples.entry(.exit, worker: 2, at: Self.hour),
            Samples.entry(.fork, worker: 3, at: Self.hour + 1), Samples.entry(.exit, worker: 3, at: 3 * Self.hour),
        ]
        #expect(try counts(of: entries, since: Self.hour) == [[1, 1, 0], [3, 1, 0]])
    }

    @Test func `the last event is named, whatever it is`() throws {
        let history = try Samples.filledHistory()
        let (counts, through) = try history.exitCounts(since: Timestamp(milliseconds: 0))
        #expect(through == 50 && counts.map(\.exits) == [10])
        #expect(try History.inMemory().exitCounts(since: Timestamp(milliseconds: 0)).through == 0)
    }
}
