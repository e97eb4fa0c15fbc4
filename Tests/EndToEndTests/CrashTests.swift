// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// An agent that is killed again and again at moments of chance, while workers come and go and watchers read: whatever
/// any of them was shown is in the history afterwards, in order, once.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct CrashTests {
    /// `CRASH_ROUNDS=200` takes a few minutes.
    private static let rounds = ProcessInfo.processInfo.environment["CRASH_ROUNDS"].flatMap(Int.init) ?? 4
    private static let watchers = 4

    @Test func `events that anybody was shown are in the history after any crash`() async throws {
        try await withTemporaryDirectory { directory in
            var shown: [Int64: Event] = [:]
            var lastSeqs = [Int64](repeating: 0, count: Self.watchers)
            for round in 1...Self.rounds {
                try await runAgent(["--workers", "8", workerScript("short-lived.js")], in: directory) { agent in
                    let seen = try await Self.crash(agent, after: lastSeqs)
                    for (watcher, events) in seen.enumerated() {
                        let seqs = events.compactMap(\.seq)
                        let first = lastSeqs[watcher] + 1
                        #expect(
                            seqs == Array(first..<first + Int64(seqs.count)),
                            "round \(round), watcher \(watcher): neither gap nor repeat")
                        lastSeqs[watcher] = seqs.last ?? lastSeqs[watcher]
                        for event in events {
                            let known = shown.updateValue(event, forKey: event.seq ?? 0)
                            #expect(known == nil || known == event, "a seq was used twice")
                        }
                    }
                }
            }
            #expect(shown.count > Self.rounds * 8)
            try await Self.check(directory, shown: shown)
        }
    }

    /// Lets watchers and a client of commands work until the agent is killed.
    private static func crash(_ agent: RunningAgent, after cursors: [Int64]) async throws -> [[Event]] {
        let watches = try cursors.map { try EventWatch(socket: agent.socket, "afterSeq=\($0)") }
        for watch in watches { try await watch.open() }
        let fork = ["-fsS", "--unix-socket", agent.socket, "-X", "POST", "http://localhost/v1/workers:fork"]
        let commands = Task {
            // Until there is no agent any more.
            while let outcome = try? await RunningProgram.run("curl", fork), outcome.status == 0 {}
        }
        // The moment is chance, counted in events and not in time, so that a slow machine comes as far as a fast one.
        let victim = Int.random(in: 0..<watches.count)
        let count = Int.random(in: 1...60)
        try await watches[victim].program.output.reach(count)
        agent.program.signal(SIGKILL)
        await agent.program.status()
        await commands.value
        var seen: [[Event]] = []
        for watch in watches {
            await watch.program.status()
            seen.append(await watch.events)
        }
        return seen
    }

    private static func check(_ directory: URL, shown: [Int64: Event]) async throws {
        let agent = try RunningProgram.built("cluster-agent")
        let export = try await RunningProgram.run(
            agent, ["history", "export", "--data-dir", directory.path])
        try #require(export.status == 0, "\(export.errors)")
        let kept = try export.output.split(separator: "\n").map {
            try JSONDecoder().decode(Event.self, from: Data($0.utf8))
        }
        #expect(kept.compactMap(\.seq) == Array(1...Int64(kept.count)))
        let bySeq = Dictionary(uniqueKeysWithValues: kept.map { ($0.seq ?? 0, $0) })
        for (seq, event) in shown { #expect(bySeq[seq] == event, "event \(seq)") }

        // The last agent was killed too: the next start is what ends its workers.
        try await runAgent(in: directory) { agent in
            let start = try #require(try await agent.history("type=agentStart&order=desc").first)
            #expect(start.data["lastRun"]?["end"] == "lost")
        }
        let verified = try await RunningProgram.run(agent, ["history", "verify", "--data-dir", directory.path])
        #expect(verified.status == 0, "\(verified.output)")
        let all = try await RunningProgram.run(agent, ["history", "export", "--data-dir", directory.path])
        var forks = Set<WorkerID>()
        var exits = Set<WorkerID>()
        for line in all.output.split(separator: "\n") {
            let event = try JSONDecoder().decode(Event.self, from: Data(line.utf8))
            guard let id = event.workerId else { continue }
            if event.type == .fork { #expect(forks.insert(id).inserted, "an id was used twice") }
            if event.type == .exit { #expect(exits.insert(id).inserted, "a worker has two exits") }
        }
        #expect(forks == exits && forks.count >= rounds * 8)
    }
}
