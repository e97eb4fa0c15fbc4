// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Testing

@testable import Agent

/// A client that does not read. In an embedded channel what is not flushed waits, as it does for such a client.
@Suite struct WriteDeadlineHandlerTests {
    private final class Ends {
        var count = 0
    }

    private let channel = EmbeddedChannel()
    private let ends = Ends()

    init() throws {
        var limits = WriteDeadlineHandler.Limits()
        limits.bytes = 100
        let handler = WriteDeadlineHandler(limits: limits) { [ends] in ends.count += 1 }
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func write(_ count: Int) {
        channel.write(ByteBuffer(repeating: 0x78, count: count), promise: nil)
    }

    @Test func `a client that does not read is closed`() {
        write(10)
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive && ends.count == 0)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive && ends.count == 1)
    }

    @Test func `a quiet client stays`() {
        write(10)
        channel.flush()
        channel.embeddedEventLoop.advanceTime(by: .seconds(600))
        #expect(channel.isActive && ends.count == 0)
    }

    @Test func `a client that reads late stays`() {
        for _ in 0..<20 {
            write(100)
            channel.embeddedEventLoop.advanceTime(by: .seconds(9))
            channel.flush()
        }
        #expect(channel.isActive && ends.count == 0)
    }

    @Test func `a client that reads fast enough stays`() {
        for _ in 0..<20 {
            // More comes before the last of it is taken, so that some waits all the time.
            let taken = channel.eventLoop.makePromise(of: Void.self)
            taken.futureResult.assumeIsolated().whenComplete { _ in write(1) }
            channel.write(ByteBuffer(repeating: 0x78, count: 100), promise: taken)
            channel.flush()
            channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        }
        #expect(channel.isActive && ends.count == 0)
        channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        #expect(!channel.isActive && ends.count == 1)
    }

    @Test func `everything written arrives whole and in order`() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: promise)
        try promise.futureResult.wait()
        var written: [UInt8] = []
        while let data = try channel.readOutbound(as: IOData.self) {
            guard case .byteBuffer(let piece) = data else { continue }
            written += piece.readableBytesView
        }
        #expect(written == bytes)
    }
}
