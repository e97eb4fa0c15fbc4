// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Testing

@Suite("The events of one worker", .serialized, .timeLimit(.minutes(1)))
struct WorkerEventsTests {
    @Test("a worker's events are its own, and end with it")
    func ownEvents() async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.fork()
            let other = try await cluster.forkOnline()
            try await cluster.log.first(.online, of: id)
            let events = await cluster.primary.events(of: id)
            _ = try await cluster.primary.kill(other)
            try await cluster.end(of: other)
            _ = try await cluster.primary.disconnect(id)
            var kinds: [EventType] = []
            for await event in events {
                #expect(event.worker?.id == id)
                kinds.append(event.kind.type)
            }
            #expect(Set(kinds) == [.leaving, .disconnect, .exit] && kinds.count == 3)
        }
    }

    @Test("a worker that is gone has no events")
    func gone() async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.forkOnline()
            _ = try await cluster.primary.kill(id)
            try await cluster.end(of: id)
            for await event in await cluster.primary.events(of: id) { Issue.record("\(event)") }
        }
    }
}
