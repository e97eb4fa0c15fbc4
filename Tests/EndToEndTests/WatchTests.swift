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

    @Test func `messages are no part of the history`() async throws {
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

    @Test func `who does not ask for messages sees none`() async throws {
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

    @Test func `events --follow --messages shows messages as a line each`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            let follower = try agent.startCLI(["events", "--follow", "--messages", "--since", "1h"])
            try await follower.output.first { $0.contains(" listening ") }
            _ = try await agent.cli("send", "1", #"{"echo": "hello"}"#)
            try await follower.output.first { $0.hasSuffix(#"{"echo":"hello"}"#) }
            follower.signal(SIGINT)
            await follower.status()
        }
    }

    @Test func `a watcher that does not read is closed with lagged and disturbs nobody`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            try await agent.withWatch("messages=true&type=message") { idle in
                try await agent.withWatch("messages=true&type=message") { busy in
                    try await idle.open()
                    try await busy.open()
                    idle.program.signal(SIGSTOP)
                    // Thrice what may wait, and what the kernel's buffers hold.
                    let count = 32
                    for _ in 1...count {
                        try await agent.post("/v1/workers/1:send", #"{"message": {"flood": 1000000}}"#)
                    }
                    try await busy.program.output.reach(count)
                    #expect(try await agent.call("GET", "/v1/version").status == 200)
                    idle.program.signal(SIGCONT)
                    #expect(await idle.program.status() == 0, "the agent has closed the stream")
                    let lines = await idle.program.output.whole().filter { !$0.isEmpty }
                    #expect(lines.last == #"{"type":"lagged"}"#)
                    #expect(lines.count < count)
                }
            }
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
