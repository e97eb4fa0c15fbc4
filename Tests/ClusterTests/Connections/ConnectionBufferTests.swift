// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import Cluster

@Suite(.timeLimit(.minutes(1))) struct ConnectionBufferTests {
    private let buffer = ConnectionBuffer(capacity: 2)

    @Test func `connections come in their order, and then the end`() async throws {
        let pair = try ConnectionPair()
        defer { pair.stop() }
        buffer.append(pair.near)
        #expect(buffer.hasRoom)
        buffer.append(pair.far)
        #expect(!buffer.hasRoom)
        buffer.finish()
        #expect(await buffer.next() === pair.near)
        #expect(await buffer.next() === pair.far)
        #expect(await buffer.next() == nil)
    }

    @Test func `a waiting reader gets the next connection, or the end`() async throws {
        let pair = try ConnectionPair()
        defer { pair.stop() }
        let buffer = buffer
        let takers = (0..<3).map { _ in Task { await buffer.next() } }
        buffer.append(pair.near)
        buffer.append(pair.far)
        buffer.finish()
        var taken: [Connection?] = []
        for taker in takers { taken.append(await taker.value) }
        #expect(taken.compactMap(\.self).count == 2)
    }

    @Test func `cancelling ends a wait`() async {
        let buffer = buffer
        let taker = Task { await buffer.next() }
        taker.cancel()
        #expect(await taker.value == nil)
    }

    @Test func `the buffer tells once when half of the room is free`() async throws {
        let pair = try ConnectionPair()
        defer { pair.stop() }
        let told = Mutex(0)
        buffer.append(pair.near)
        buffer.append(pair.far)
        buffer.whenHasRoom { told.withLock { $0 += 1 } }
        #expect(told.withLock { $0 } == 0)
        _ = await buffer.next()
        _ = await buffer.next()
        #expect(told.withLock { $0 } == 1)
        buffer.whenHasRoom { told.withLock { $0 += 1 } }
        #expect(told.withLock { $0 } == 2)
    }
}
