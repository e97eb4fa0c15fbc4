// SPDX-License-Identifier: Apache-2.0

import Fleet
import Foundation
import Glibc
import Shared

/// `FleetLoad URL AGENTS EVENTS SECONDS`: so many agents without workers, in which so many events happen each second all
/// together. Each second it prints a line of JSON: the largest lag in milliseconds, and what waits. It ends when all is forwarded.
@main
struct FleetLoad {
    private struct Line: Encodable {
        var second: Double
        var lagMs: Int64
        var waiting: Int64
        var forwarded: Int
        var failures: Int
        /// CPU time of this process so far.
        var cpuSeconds: Double
    }

    static func main() async throws {
        let numbers = CommandLine.arguments.dropFirst(2).compactMap { Int($0) }
        guard CommandLine.arguments.count == 5, numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else {
            FileHandle.standardError.write(Data("usage: FleetLoad URL AGENTS EVENTS SECONDS\n".utf8))
            exit(64)
        }
        let (agents, eventsPerSecond, seconds) = (numbers[0], numbers[1], numbers[2])
        let address = try PostgresAddress(url: CommandLine.arguments[1])
        // They log in before the events begin.
        let start = Timestamp(milliseconds: Timestamp.now.milliseconds + 5000)
        let histories = (0..<agents).map { _ in
            InventedHistory(
                start: start, eventsPerSecond: Double(eventsPerSecond) / Double(agents), seconds: seconds)
        }
        let links = histories.enumerated().map { index, history in
            FleetLink(
                address,
                as: FleetMember(name: "simulated-\(index)", hostname: "simulated", version: "1", startedAt: start),
                history: history, report: { FleetReport(desired: 2, ready: 2, phase: "stable") }, notify: { _ in })
        }
        try await withThrowingDiscardingTaskGroup { group in
            for link in links { group.addTask { await link.run() } }
            var ticks = 0
            while true {
                try await Task.sleep(for: .milliseconds(100))
                // New events happen all the time. Each link hears of them as a real one does.
                for link in links { link.wake() }
                ticks += 1
                guard ticks % 10 == 0 else { continue }
                try print(links, since: start)
                var areDone = true
                for history in histories where areDone { areDone = await history.isDone }
                if areDone { break }
            }
            for link in links { await link.finish() }
        }
    }

    private static func print(_ links: [FleetLink], since start: Timestamp) throws {
        let now = Timestamp.now
        let statuses = links.map(\.status)
        let line = Line(
            second: Double(now.milliseconds - start.milliseconds) / 1000,
            lagMs: statuses.map { $0.lag(now: now) }.max() ?? 0,
            waiting: statuses.reduce(0) { $0 + $1.waiting }, forwarded: statuses.reduce(0) { $0 + $1.forwarded },
            failures: statuses.reduce(0) { $0 + $1.failures }, cpuSeconds: Double(clock()) / Double(CLOCKS_PER_SEC))
        var text = try JSONEncoder().encode(line)
        text.append(UInt8(ascii: "\n"))
        FileHandle.standardOutput.write(text)
    }
}
