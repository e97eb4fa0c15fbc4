// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Logging
import Shared
import Testing

@Suite("A program that is called with each message", .serialized, .timeLimit(.minutes(1)))
struct MessageHandlerTests {
    @Test("a handler is called in order, and may answer at once")
    func answers() async throws {
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.forkOnline()
            let (numbers, seen) = AsyncStream.makeStream(of: Int.self)
            await cluster.primary.onMessage { primary, worker, message in
                let number = (try? message.decode(Int.self)) ?? -1
                #expect(worker == id)
                seen.yield(number)
                if number == 1000 { return seen.finish() }
                #expect(throws: Never.self) { try primary.send(json: Array("\(number + 1)".utf8), to: worker) }
            }
            try await cluster.send("0", to: id)
            var expected = 0
            for await number in numbers {
                #expect(number == expected)
                expected += 1
            }
            #expect(expected == 1001)
            // The events have them too while they are published.
            #expect(try await cluster.log.messages(1001, of: id).count == 1001)
        }
    }

    @Test("a handler is called even if messages are not events, until it is removed")
    func takenBack() async throws {
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.forkOnline()
            await cluster.primary.publishMessages(false)
            let (texts, seen) = AsyncStream.makeStream(of: [UInt8].self)
            await cluster.primary.onMessage { _, _, message in seen.yield(message.json) }
            try await cluster.send("1", to: id)
            var iterator = texts.makeAsyncIterator()
            #expect(await iterator.next() == Array("1".utf8))
            await cluster.primary.onMessage(nil)
            try await cluster.send("2", to: id)
            // Its end comes after all that it has said.
            _ = try await cluster.primary.disconnect(id)
            try await cluster.end(of: id)
            seen.finish()
            #expect(await iterator.next() == nil)
            #expect(await !cluster.log.kinds(of: id).contains(.message))
        }
    }

    @Test("a socket comes with its message")
    func socket() async throws {
        try await withPrimary("send-handles.js", configuration: { $0.keepsPassedSockets = true }) { cluster in
            let (kinds, seen) = AsyncStream.makeStream(of: String?.self)
            await cluster.primary.onMessage { _, _, message in
                if message.socket != nil { seen.yield(message.handle) }
            }
            _ = try await cluster.fork()
            var iterator = kinds.makeAsyncIterator()
            #expect(await iterator.next() == "net.Server")
        }
    }

    @Test("a handler may end the worker's channel during a read")
    func endsChannel() async throws {
        try await withPrimary("flood.js", settings: { $0.args = ["100000"] }) { cluster in
            await cluster.primary.onMessage { primary, worker, message in
                guard message.json == Array("99900".utf8) else { return }
                #expect(throws: Never.self) { try primary.disconnect(worker, abrupt: true) }
            }
            try await cluster.end(of: try await cluster.fork())
        }
    }

    @Test("a handler may close the primary during a read")
    func closes() async throws {
        try await withPrimary("flood.js", settings: { $0.args = ["100000"] }) { cluster in
            let (closed, didClose) = AsyncStream.makeStream(of: Void.self)
            await cluster.primary.onMessage { primary, _, message in
                guard message.json == Array("99900".utf8) else { return }
                primary.close()
                didClose.finish()
            }
            _ = try await cluster.fork()
            for await _ in closed {}
            // Its thread is there still.
            #expect(await cluster.primary.lastEventNumber > 0)
        }
    }

    @Test("a primary that is dropped while its worker speaks ends its events and leaves nobody behind")
    func dropped() async throws {
        for _ in 0..<5 {
            let (pid, events) = try await droppedPrimary()
            for await _ in events {}
            // Also a zombie would be there.
            while kill(pid, 0) == 0 { await Task.yield() }
            #expect(errno == ESRCH)
        }
    }

    /// Lets go of a primary in the middle of its worker's messages.
    private func droppedPrimary() async throws -> (workersPID: Int32, events: PrimaryEvents) {
        var settings = ClusterSettings()
        settings.exec = workerScript("flood.js")
        settings.args = ["100000"]
        var configuration = PrimaryConfiguration(
            settings: settings, environment: ProcessInfo.processInfo.environment)
        configuration.publishesMessages = true
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let primary = try Primary(configuration, logger: logger)
        let worker = try await primary.fork()[0]
        for await event in primary.events {
            if case .message = event.kind { break }
        }
        return (try #require(worker.pid), primary.events)
    }
}
