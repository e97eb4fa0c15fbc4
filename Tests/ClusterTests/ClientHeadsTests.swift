// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared
import Testing

@testable import Cluster
@testable import LinuxIO

/// Whose a connection is, by what it sends first.
@Suite(.timeLimit(.minutes(1))) struct ClientHeadsTests {
    /// The heads of connections, on their loop.
    private actor Desk {
        private nonisolated let loop: EventLoop
        private let table = DescriptorTable()
        private let heads: ClientHeads
        nonisolated let results: AsyncStream<UInt32?>
        private let found: AsyncStream<UInt32?>.Continuation

        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

        init(_ loop: EventLoop, wait: Duration) {
            self.loop = loop
            var policy = SteeringPolicy()
            policy.stickyHeader = "X-ID"
            policy.stickyWait = wait
            heads = ClientHeads(policy, loop: loop)
            (results, found) = AsyncStream.makeStream()
        }

        /// Looks, and waits if that is too early; nil then.
        func read(_ number: Int32) -> UInt32?? {
            let connection = ConnectionID(rawValue: table.insert(OwnedFD(number)).rawValue)
            if let word = heads.look(at: connection, of: table) { return .some(word) }
            let isWatched = heads.wait(for: connection, of: table) { [found] in found.yield($0) }
            #expect(isWatched)
            return nil
        }

        /// Returns when the loop has looked at what is there.
        func turn() {}

        /// Closes all, as the primary does at its end.
        func end() { heads.forgetAll() }
    }

    private func withDesk(
        wait: Duration = .seconds(60), _ body: (Desk, _ near: Int32, _ far: Int32) async throws -> Void
    ) async throws {
        let loop = try EventLoop()
        defer { loop.stop() }
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        let desk = Desk(loop, wait: wait)
        try await body(desk, ends[0], ends[1])
        await desk.end()
        close(ends[1])
    }

    private func send(_ text: String, to number: Int32) throws {
        try #require(write(number, text, text.utf8.count) == text.utf8.count)
    }

    private static let head = "GET / HTTP/1.1\r\nX-ID: a\r\n\r\n"

    @Test func `a head that has come is known at once`() async throws {
        try await withDesk { desk, near, far in
            try send(Self.head, to: far)
            let known = await desk.read(near)
            #expect(known != .none && known != .some(nil))
        }
        try await withDesk { desk, near, far in
            try send("GET / HTTP/1.1\r\n\r\n", to: far)
            #expect(await desk.read(near) == .some(nil))
        }
    }

    @Test func `a head that comes later is awaited`() async throws {
        try await withDesk { desk, near, far in
            try send("GET / HTTP/1.1\r\nX-", to: far)
            #expect(await desk.read(near) == .none)
            try send("ID: a\r\n", to: far)
            var results = desk.results.makeAsyncIterator()
            let word = try #require(await results.next())
            #expect(word != nil)
        }
    }

    @Test func `a client that says nothing is awaited for a time`() async throws {
        try await withDesk(wait: .milliseconds(1)) { desk, near, _ in
            #expect(await desk.read(near) == .none)
            var results = desk.results.makeAsyncIterator()
            let word = try #require(await results.next())
            #expect(word == nil)
        }
    }

    @Test func `a client that sends its head byte by byte is not awaited to the end`() async throws {
        try await withDesk { desk, near, far in
            #expect(await desk.read(near) == .none)
            // Far fewer than a head may have. A look may see two of them.
            let bytes = Array(("GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: 200)).utf8)
            for byte in bytes {
                try #require(write(far, [byte], 1) == 1)
                // A turn of the loop, so that it looks at this byte.
                await desk.turn()
            }
            var results = desk.results.makeAsyncIterator()
            #expect(await results.next() == .some(nil))
        }
    }
}
