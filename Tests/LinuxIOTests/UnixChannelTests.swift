// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct UnixChannelTests {
    typealias Notice = ChannelEnd.Notice

    /// A channel on `number` and what it is told.
    func open(
        _ number: Int32, _ loop: EventLoop
    ) async throws -> (end: OnLoop<ChannelEnd?>, notices: AsyncStream<Notice>) {
        let (notices, continuation) = AsyncStream.makeStream(of: Notice.self)
        let end = OnLoop<ChannelEnd?>(loop, nil)
        try await end.run { end, loop in
            end = try ChannelEnd(number, loop) { notice, _ in
                continuation.yield(notice)
                if notice == .ended { continuation.finish() }
            }
        }
        return (end, notices)
    }

    func close(_ end: OnLoop<ChannelEnd?>) async {
        await end.run { end, _ in
            end?.close()
            end = nil
        }
    }

    @Test func `sent messages arrive`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            let (near, _) = try await open(pair.near, loop)
            let (far, notices) = try await open(pair.far, loop)
            await near.run { end, _ in end?.channel?.send(Array("hello".utf8)) }
            #expect(await notices.first { _ in true } == .bytes(Array("hello".utf8)))
            await close(near)
            await close(far)
        }
    }

    /// A reader may have another channel read before it has looked at the bytes that it was given.
    @Test func `a read within a read leaves the bytes of the first as they are`() async throws {
        final class Outer: UnixChannel.Delegate {
            var inner: ChannelEnd?
            var received: [UInt8] = []
            func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer) {
                inner?.channel?.drain()
                received += bytes
            }
            func channel(_ channel: UnixChannel, didReceive descriptor: consuming OwnedFD) {}
            func channelDidEnd(_ channel: UnixChannel) {}
        }
        try await withEventLoop { loop in
            let (first, second) = (try SocketPair(), try SocketPair())
            let ends = OnLoop<(Outer, UnixChannel)?>(loop, nil)
            try await ends.run { ends, loop in
                let outer = Outer()
                outer.inner = try ChannelEnd(second.near, loop) { _, _ in }
                let channel = try UnixChannel(OwnedFD(first.near), loop: loop, delegate: outer)
                ends = (outer, channel)
                _ = write(first.far, "outer", 5)
                _ = write(second.far, "INNER", 5)
                channel.drain()
                #expect(outer.received == Array("outer".utf8))
                channel.close()
                outer.inner?.close()
                ends = nil
            }
            Glibc.close(first.far)
            Glibc.close(second.far)
        }
    }

    @Test func `frames of one turn go out together at its end`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            let (near, _) = try await open(pair.near, loop)
            await near.run { end, _ in
                for word in ["one ", "two ", "three"] { end?.channel?.send(Array(word.utf8)) }
                #expect(pair.waitingAtFarEnd == 0)
                #expect(end?.channel?.queuedBytes == 0)
            }
            // The next turn comes after the end of that one.
            await near.run { _, _ in #expect(pair.waitingAtFarEnd == "one two three".utf8.count) }
            await close(near)
            Glibc.close(pair.far)
        }
    }

    @Test func `a frame that cannot wait for the turn's end goes out before it`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            let (near, _) = try await open(pair.near, loop)
            await near.run { end, _ in
                for word in ["one ", "two"] { end?.channel?.send(Array(word.utf8)) }
                end?.channel?.sendBatch()
                #expect(pair.waitingAtFarEnd == "one two".utf8.count)
            }
            await close(near)
            Glibc.close(pair.far)
        }
    }

    @Test func `a message that was sent before the end arrives before it`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            let (near, _) = try await open(pair.near, loop)
            let (far, notices) = try await open(pair.far, loop)
            await near.run { end, _ in
                end?.channel?.send(Array("goodbye".utf8))
                end?.close()
                end = nil
            }
            var all: [Notice] = []
            for await notice in notices { all.append(notice) }
            #expect(all == [.bytes(Array("goodbye".utf8)), .ended])
            await close(far)
        }
    }

    @Test func `order is kept while the other end does not read, and nothing stays queued`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            let (near, _) = try await open(pair.near, loop)
            let frames = (0..<300).map { index in [UInt8](repeating: UInt8(index & 255), count: 5000 + index) }
            let queued = await near.run { end, _ in
                for frame in frames { end?.channel?.send(frame) }
                return end?.channel?.queuedBytes ?? 0
            }
            #expect(queued > 0)
            let expected = frames.flatMap(\.self)
            let (far, notices) = try await open(pair.far, loop)
            var received: [UInt8] = []
            for await notice in notices {
                if case .bytes(let bytes) = notice { received += bytes }
                if received.count >= expected.count { break }
            }
            #expect(received == expected)
            #expect(await near.run { end, _ in end?.channel?.queuedBytes } == 0)
            await close(near)
            await close(far)
        }
    }

    @Test func `each descriptor arrives in order and not after the end of its frame`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            let (near, _) = try await open(pair.near, loop)
            let carried = try (0..<120).map { _ in try SocketPair() }
            defer { for pair in carried { Glibc.close(pair.far) } }
            let sources = carried.map { SharedDescriptor(stream: OwnedFD($0.near)) }
            defer { withExtendedLifetime(sources) {} }
            let size = 8000
            // Every third frame carries none. The far end reads only when all are on their way or queued.
            await near.run { end, _ in
                for (index, source) in sources.enumerated() {
                    let frame = [UInt8](repeating: UInt8(index), count: size)
                    if index % 3 == 2 {
                        end?.channel?.send(frame)
                    } else {
                        #expect(end?.channel?.send(frame, with: source) == true)
                    }
                }
                #expect((end?.channel?.queuedBytes ?? 0) > 0)
            }
            var expected: [(inode: UInt64, endOfFrame: Int)] = []
            for (index, pair) in carried.enumerated() where index % 3 != 2 {
                expected.append((inode(of: pair.near), (index + 1) * size))
            }
            let (far, notices) = try await open(pair.far, loop)
            var received = 0
            var arrived: [UInt64] = []
            for await notice in notices {
                switch notice {
                case .bytes(let bytes): received += bytes.count
                case .descriptor(let inode):
                    #expect(arrived.count < expected.count && received < expected[arrived.count].endOfFrame)
                    arrived.append(inode)
                case .leftOut, .ended: Issue.record("\(notice)")
                }
                if received == carried.count * size { break }
            }
            #expect(arrived == expected.map(\.inode))
            await close(near)
            await close(far)
        }
    }
}
