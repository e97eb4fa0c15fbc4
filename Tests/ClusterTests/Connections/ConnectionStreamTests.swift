// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared
import Testing

@testable import Cluster

@Suite(.timeLimit(.minutes(1))) struct ConnectionStreamTests {
    @Test func `written bytes are read, and the end is empty`() async throws {
        let pair = try ConnectionPair()
        defer { pair.stop() }
        try await pair.near.write(Array("hello".utf8))
        #expect(try await pair.far.read() == Array("hello".utf8))
        try await pair.near.write([])
        await pair.near.finishWriting()
        #expect(try await pair.far.read() == [])
        try await pair.far.write([1])
        #expect(try await pair.near.read(upTo: 1) == [1])
    }

    @Test func `a reader waits for bytes, and a writer for a reader`() async throws {
        let pair = try ConnectionPair()
        defer { pair.stop() }
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        async let written: Void = pair.near.write(bytes)
        var read: [UInt8] = []
        while read.count < bytes.count { read += try await pair.far.read() }
        try await written
        #expect(read == bytes)
    }

    @Test func `closing releases waiting readers, and counts once`() async throws {
        let pair = try ConnectionPair()
        defer { pair.stop() }
        let reader = Task { try await pair.near.read() }
        while await !pair.near.isReading { await Task.yield() }
        await pair.near.close()
        await expectClosed { try await reader.value }
        await expectClosed { try await pair.near.read() }
        await pair.near.close()
        #expect(pair.open.count == 1)
        #expect(try await pair.far.read() == [])
    }

    @Test func `cancelling releases a waiting reader, and the connection goes on`() async throws {
        let pair = try ConnectionPair()
        defer { pair.stop() }
        let reader = Task { try await pair.near.read() }
        while await !pair.near.isReading { await Task.yield() }
        reader.cancel()
        await expectClosed { try await reader.value }
        try await pair.far.write([7])
        #expect(try await pair.near.read() == [7])
    }

    @Test func `a connection is given away once, and not when it is in use`() async throws {
        let pair = try ConnectionPair()
        defer { pair.stop() }
        let detached = try pair.near.detach()
        #expect(write(detached.descriptor, "x", 1) == 1)
        #expect(try await pair.far.read() == Array("x".utf8))
        close(detached.descriptor)
        #expect(pair.open.count == 2)
        detached.lease.end()
        #expect(pair.open.count == 1)
        await expectClosed { try pair.near.detach() }
        await expectClosed { try await pair.near.read() }
        await expectClosed { try pair.far.passed() }
    }

    @Test func `a connection that nobody refers to is closed and not counted`() throws {
        var pair: ConnectionPair? = try ConnectionPair()
        let open = try #require(pair?.open)
        #expect(open.count == 2)
        pair?.stop()
        pair = nil
        #expect(open.count == 0)
    }

    private func expectClosed<Value: Sendable>(_ body: () async throws -> Value) async {
        let error = await #expect(throws: ClusterError.self) { _ = try await body() }
        #expect(error?.reason == .connectionClosed)
    }
}
