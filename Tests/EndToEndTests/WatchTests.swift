// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// `GET /v1/events:watch` and the workers' messages.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct WatchTests {
    @Test func `a watcher of messages sees what workers send from then on`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            try await agent.withWatch("messages=true") { watch in
                try await watch.open()
                try await agent.post("/v1/workers/1:send", #"{"message": {"echo": ["ä", 1.5, null]}}"#)
                let event = try await watch.first { $0.type == .message }
                #expect(event.data["message"] == ["echo": ["ä", 1.5, nil]])
                #expect(event.workerId?.rawValue == 1 && event.seq == nil)
            }
        }
    }

    @Test func `messages are not part of the history`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            try await agent.withWatch("messages=true") { watch in
                try await watch.open()
                try await agent.post("/v1/workers/1:send", #"{"message": {"echo": 1}}"#)
                _ = try await watch.first { $0.type == .message }
            }
            #expect(try await agent.history().allSatisfy { $0.type != .message })
        }
    }

    /// The agent passes on what nests deeper as text. If the two programs had different bounds, cluster-cli would hide
    /// what the agent shows.
    @Test(arguments: [JSONValue.maxDepth, JSONValue.maxDepth + 1])
    func `cluster-cli shows messages that nest as deep as the agent passes on`(levels: Int) async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            let follower = try agent.startCLI(["events", "--follow", "--messages", "--since", "1h"])
            // From then on it follows.
            _ = try await follower.output.first { $0.contains("listening") }
            try await agent.post("/v1/workers/1:send", #"{"message": {"deep": \#(levels)}}"#)
            let row = try await follower.output.first { $0.contains(" message ") }
            #expect(row.contains(String(repeating: "[", count: levels)), "\(row.prefix(200))")
            await follower.stop()
        }
    }

    @Test func `a watcher that does not ask for messages sees none`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            try await agent.withWatch("messages=true") { curious in
                try await agent.withWatch("afterSeq=earliest") { watch in
                    try await curious.open()
                    try await watch.open()
                    try await agent.post("/v1/workers/1:send", #"{"message": {"echo": 1}}"#)
                    _ = try await curious.first { $0.type == .message }
                    try await agent.post("/v1/workers/1:kill")
                    _ = try await watch.first { $0.type == .exit }
                    #expect(await watch.events.allSatisfy { $0.type != .message })
                }
            }
        }
    }

    @Test func `server-sent events carry the place in the history as id`() async throws {
        try await withAgent("--workers", "1", workerScript("stubborn.js")) { agent in
            let curl = try RunningProgram(
                "curl",
                ["-sSN", "--unix-socket", agent.socket, "http://localhost/v1/events:watch?afterSeq=earliest&type=fork"])
            let data = try await curl.output.first { $0.hasPrefix("data: ") }.dropFirst("data: ".count)
            let event = try JSONDecoder().decode(Event.self, from: Data(data.utf8))
            let seq = try #require(event.seq)
            let lines = await curl.output.lines
            #expect(lines.contains("id: \(seq)") && lines.contains("event: fork"))
            await curl.stop()
            try await agent.post("/v1/workers/1:kill", #"{"signal": "SIGKILL"}"#)
        }
    }

    @Test func `events --follow --messages shows each message on a line`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            let follower = try agent.startCLI(["events", "--follow", "--messages", "--since", "1h"])
            try await follower.output.first { $0.contains(" listening ") }
            _ = try await agent.cli("send", "1", #"{"echo": "hello"}"#)
            try await follower.output.first { $0.hasSuffix(#"{"echo":"hello"}"#) }
            follower.signal(SIGINT)
            await follower.status()
        }
    }

    @Test func `a watcher that does not read is closed and disturbs nobody`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            try await agent.withWatch("messages=true&type=message") { idle in
                try await agent.withWatch("messages=true&type=message") { busy in
                    try await idle.open()
                    try await busy.open()
                    idle.program.signal(SIGSTOP)
                    let count = 8
                    for _ in 1...count {
                        try await agent.post("/v1/workers/1:send", #"{"message": {"flood": 1000000}}"#)
                    }
                    try await busy.program.output.reach(count)
                    while try await !agent.call("GET", "/metrics").body.contains("\ncluster_watchers 1\n") {}
                    idle.program.signal(SIGCONT)
                    #expect(await idle.program.status() != 0, "the transfer broke off")
                    let lines = await idle.program.output.whole().filter { !$0.isEmpty }
                    #expect(lines.count < count)
                }
            }
        }
    }

    @Test func `events --follow shows large messages, or how many it does not show`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            let follower = try agent.startCLI(["-o", "jsonl", "events", "--follow", "--messages", "--since", "1h"])
            try await follower.output.first { $0.contains(#""listening""#) }
            for _ in 1...5 { try await agent.post("/v1/workers/1:send", #"{"message": {"flood": 6000000}}"#) }
            try await agent.post("/v1/workers/1:send", #"{"message": {"echo": "last"}}"#)
            try await follower.output.first { $0.contains(#"{"echo":"last"}"#) }
            let lines = await follower.output.lines
            let shown = lines.filter { $0.contains("xxxx") }.count
            let lost = lines.compactMap { $0.firstMatch(of: /"lostMessages":([0-9]+)/).flatMap { Int($0.1) } }
                .reduce(0, +)
            #expect(shown + lost == 5)
            let metrics = try await agent.call("GET", "/metrics").body
            #expect(metrics.contains("\ncluster_messages_lost_total \(lost)\n"))
            follower.signal(SIGINT)
            await follower.status()
        }
    }

    @Test func `a cursor beyond the history's end waits for what comes`() async throws {
        try await withAgent("--workers", "0", workerScript("stubborn.js")) { agent in
            var start: Event?
            // Stored a moment after the agent is ready.
            try await agent.withWatch("afterSeq=earliest") { start = try await $0.first { _ in true } }
            let last = try #require(start?.seq)
            try await agent.withWatch("afterSeq=\(last)") { watch in
                try await agent.post("/v1/workers:fork")
                let event = try await watch.first { _ in true }
                #expect(event.seq == last + 1)
            }
            try await agent.post("/v1/workers/1:kill", #"{"signal": "SIGKILL"}"#)
        }
    }
}
