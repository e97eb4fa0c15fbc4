// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Shared
import TestSupport
import Testing

@testable import History

/// What is written is read again, also after the file was closed.
struct HistoryTests {
    @Test func `an empty history has no events and begins with worker one`() throws {
        let history = try History.inMemory()
        #expect(try history.seqBounds == nil)
        #expect(try history.events(EventQuery()) == [])
        #expect(try history.workers(WorkerQuery()) == [])
        #expect(try history.worker(.first) == nil)
        #expect(try history.nextWorkerID == .first)
        #expect(try history.oldestCursor == 0)
    }

    @Test func `appending nothing changes nothing`() throws {
        #expect(try History.inMemory().append([]) == [])
    }

    @Test func `seqs are given in order without a gap`() throws {
        let history = try History.inMemory()
        #expect(try history.append([Samples.entry(), Samples.entry()]) == [1, 2])
        #expect(try history.append([Samples.entry()]) == [3])
        #expect(try history.seqBounds == 1...3)
    }

    @Test func `an event comes back as it was`() throws {
        let history = try History.inMemory()
        let data: EventData = [
            "text": "a \"quoted\" / line\nand ünïcode 🌍", "number": 1.5, "large": .integer(.max), "null": nil,
            "list": [1, true, ["deep": []]],
        ]
        let entry = Samples.entry(.listening, worker: 7, request: "abc", at: 1_795_000_000_123, data: data)
        var expected = entry.event
        expected.seq = 1
        _ = try history.append([entry])
        #expect(try history.events(EventQuery()) == [expected])
    }

    @Test(arguments: EventType.allCases) func `every type can be stored`(type: EventType) throws {
        let history = try History.inMemory()
        _ = try history.append([Samples.entry(type)])
        #expect(try history.events(EventQuery(types: [type])).map(\.type) == [type])
    }

    @Test func `a worker comes back as it was`() throws {
        let history = try History.inMemory()
        let worker = Samples.worker(7) {
            $0.state = .dead
            $0.dead = true
            $0.exitedAfterDisconnect = false
            $0.disconnectReason = .answersNotRead
            $0.exitCode = 3
            $0.signal = "SIGKILL"
            $0.exit = ExitReport(
                reason: .signaled, code: 3, signal: .kill, uptimeMs: 5, maxRssBytes: 6, userMs: 7, systemMs: 8,
                stderr: "Error: \n 🌍", requestId: "r1", principal: "token:admin")
            $0.listening = [
                ListeningAddress(address: "0.0.0.0", port: 8000, addressType: .tcp4),
                ListeningAddress(address: nil, port: nil, addressType: .udp6, fd: 5),
            ]
            $0.onlineAt = Timestamp(milliseconds: 1)
            $0.listeningAt = Timestamp(milliseconds: 2)
            $0.disconnectedAt = Timestamp(milliseconds: 3)
            $0.exitedAt = Timestamp(milliseconds: 4)
        }
        _ = try history.append([HistoryEntry(event: Samples.entry(.exit, worker: 7).event, worker: worker)])
        #expect(try history.worker(worker.id) == worker)
        #expect(try history.workers(WorkerQuery()) == [worker])
    }

    @Test func `a worker's newest state counts`() throws {
        let history = try History.inMemory()
        let states: [WorkerState] = [.none, .online, .listening]
        let entries = states.map { state in
            HistoryEntry(event: Samples.entry(worker: 1).event, worker: Samples.worker(1) { $0.state = state })
        }
        _ = try history.append([entries[0], entries[1]])
        #expect(try history.worker(.first)?.state == .online)
        _ = try history.append([entries[2]])
        #expect(try history.worker(.first)?.state == .listening)
        #expect(try history.workers(WorkerQuery()).count == 1)
    }

    @Test func `a worker without a process has no pid`() throws {
        let history = try History.inMemory()
        let worker = Samples.worker(1) { $0.pid = nil }
        _ = try history.append([HistoryEntry(event: Samples.entry(worker: 1).event, worker: worker)])
        #expect(try history.worker(.first)?.pid == nil)
    }

    @Test func `ids and seqs continue after reopening`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try History.open(path: directory.historyPath)
            _ = try first.append([Samples.entry(.fork, worker: 4), Samples.entry(.fork, worker: 2)])
            #expect(try first.nextWorkerID.rawValue == 5)
            let id = try first.agentID
            try first.close()

            let second = try History.open(path: directory.historyPath)
            #expect(try second.agentID == id)
            #expect(try second.nextWorkerID.rawValue == 5)
            // Two have been taken by the exits of the workers that were left.
            #expect(try second.append([Samples.entry()]) == [5])
            #expect(try second.events(EventQuery()).map(\.seq) == [1, 2, 3, 4, 5])
            try second.close()
        }
    }

    @Test func `two directories have different ids`() throws {
        let ids = try (1...2).map { _ in try History.inMemory().agentID }
        #expect(ids[0] != ids[1])
        #expect(ids[0].count == 36)
    }

    @Test func `a second history reads what the first has appended`() async throws {
        try await withTemporaryDirectory { directory in
            let writer = try History.open(path: directory.historyPath)
            let reader = try History.open(path: directory.historyPath)
            _ = try writer.append([Samples.entry()])
            #expect(try reader.seqBounds == 1...1)
            try reader.close()
            try writer.close()
        }
    }

    @Test func `workers that a crash interrupted are dead after reopening`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try History.open(path: directory.historyPath)
            let listening = Samples.worker(1) {
                $0.state = .listening
                $0.connected = true
                $0.instance = 5
            }
            let exited = Samples.worker(2) {
                $0.state = .dead
                $0.dead = true
                $0.connected = true
            }
            let gone = Samples.worker(3) {
                $0.state = .disconnected
                $0.dead = true
            }
            _ = try first.append(
                [listening, exited, gone].map {
                    HistoryEntry(event: Samples.entry(worker: $0.id.rawValue).event, worker: $0)
                })
            try first.close()

            let second = try History.open(path: directory.historyPath)
            let workers = try second.workers(WorkerQuery())
            // Of the two things that happen to each, the last.
            #expect(workers.map(\.state) == [.dead, .disconnected, .disconnected])
            #expect(workers.allSatisfy { $0.dead && !$0.connected })
            #expect(workers.map(\.exit) == [ExitReport(reason: .agentLost), nil, nil])
            let exits = try second.events(EventQuery(types: [.exit]))
            #expect(exits.map(\.workerId) == [listening.id])
            #expect(exits.first?.pid == listening.pid)
            #expect(exits.first?.data["reason"] == "agentLost")
            #expect(exits.first?.data["code"] == .null)
            let disconnects = try second.events(EventQuery(types: [.disconnect]))
            #expect(disconnects.map(\.workerId) == [listening.id, exited.id])
            #expect(
                disconnects.map(\.data) == [
                    ["exitedAfterDisconnect": nil, "instance": 5], ["exitedAfterDisconnect": nil],
                ])
            #expect(exits.first?.data["instance"] == 5)
            // Nobody saw it happen; by now it has.
            let time = try #require(exits.first?.time)
            #expect(workers.map(\.exitedAt) == [time, nil, nil])
            #expect(workers.map(\.disconnectedAt) == [time, time, nil])
            #expect(try second.orphans.map(\.pid) == [listening.pid])
            try second.close()

            let third = try History.open(path: directory.historyPath)
            #expect(try third.events(EventQuery(types: [.exit])) == exits, "each gets its exit once")
            #expect(try third.events(EventQuery(types: [.disconnect])) == disconnects)
            #expect(try third.orphans.isEmpty)
            try third.close()
        }
    }

    @Test func `perform runs off the caller's thread and passes errors on`() async throws {
        let history = try History.inMemory()
        #expect(try await history.perform { try $0.append([Samples.entry()]) } == [1])
        await #expect(throws: CancellationError.self) { try await history.perform { _ in throw CancellationError() } }
    }

    @Test(.timeLimit(.minutes(1))) func `readers that block do not keep an event from being stored`() async throws {
        let history = try History.inMemory()
        let (release, releasing) = AsyncStream.makeStream(of: Void.self)
        let gate = DispatchSemaphore(value: 0)
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        async let reading: Void = withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    try await history.perform { _ in
                        beginning.yield()
                        gate.wait()
                    }
                }
            }
            group.addTask { for await _ in release { for _ in 0..<20 { gate.signal() } } }
            try await group.waitForAll()
        }
        for await _ in begun { break }
        #expect(try await history.store([Samples.entry()]) == [1])
        releasing.yield()
        releasing.finish()
        try await reading
    }

    @Test func `appends from many tasks give each its own seq`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            let seqs = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for _ in 0..<20 {
                    group.addTask { try await history.perform { try $0.append([Samples.entry(), Samples.entry()]) } }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(seqs.sorted() == Array(1...40))
            try history.close()
        }
    }
}
