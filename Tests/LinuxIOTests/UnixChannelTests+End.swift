// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@testable import LinuxIO

// How a channel ends.
extension UnixChannelTests {
    @Test func `messages that the other end sent before it closed come before the end`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            #expect(Glibc.send(pair.far, "bye", 3, 0) == 3)
            Glibc.close(pair.far)
            let (near, notices) = try await open(pair.near, loop)
            var seen: [Notice] = []
            for await notice in notices { seen.append(notice) }
            #expect(seen == [.bytes(Array("bye".utf8)), .ended])
            await close(near)
        }
    }

    @Test func `if the other end closes with data unread, the end comes once and sending does nothing`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            let (near, notices) = try await open(pair.near, loop)
            await near.run { end, _ in
                end?.channel?.send([UInt8](repeating: 1, count: 4_000_000))
                #expect((end?.channel?.queuedBytes ?? 0) > 0)
            }
            Glibc.close(pair.far)
            var seen: [Notice] = []
            for await notice in notices { seen.append(notice) }
            #expect(seen == [.ended])
            await near.run { end, _ in
                end?.channel?.send([1])
                #expect(end?.channel?.queuedBytes == 0)
            }
            await close(near)
        }
    }

    @Test func `a send after the other end closed raises no signal, and its messages are still read`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            #expect(Glibc.send(pair.far, "last", 4, 0) == 4)
            let (events, continuation) = AsyncStream.makeStream(of: Notice.self)
            let near = OnLoop<ChannelEnd?>(loop, nil)
            try await near.run { end, loop in
                end = try ChannelEnd(pair.near, loop) { notice, _ in
                    continuation.yield(notice)
                    if notice == .ended { continuation.finish() }
                }
                // In one turn, so that nothing is read in between.
                Glibc.close(pair.far)
                end?.channel?.send([1, 2, 3])
                end?.channel?.send([4])
            }
            var seen: [Notice] = []
            for await notice in events { seen.append(notice) }
            #expect(seen == [.bytes(Array("last".utf8)), .ended])
            await close(near)
        }
    }

    @Test func `drain reads everything that is there at once`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            let near = OnLoop<[Notice]>(loop, [])
            try await near.run { _, loop in
                var seen: [Notice] = []
                let end = try ChannelEnd(pair.near, loop) { notice, _ in seen.append(notice) }
                _ = Glibc.send(pair.far, "now", 3, 0)
                end.channel?.drain()
                #expect(seen == [.bytes(Array("now".utf8))])
                // Ends the socket itself, of which a child of another test may have a copy.
                shutdown(pair.far, Int32(SHUT_RDWR))
                end.channel?.drain()
                end.channel?.drain()
                #expect(seen == [.bytes(Array("now".utf8)), .ended])
                end.close()
            }
            Glibc.close(pair.far)
        }
    }

    @Test func `close tells the other end and not the owner`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            try await OnLoop(loop, ()).run { _, loop in
                let end = try ChannelEnd(pair.near, loop) { _, _ in Issue.record("told after close") }
                end.channel?.close()
                end.channel?.close()
                end.channel?.send([1])
                end.channel?.drain()
                #expect(SocketPair.peerCloses(pair.far))
            }
            Glibc.close(pair.far)
        }
    }

    @Test func `an owner that closes when a descriptor comes is told nothing more`() async throws {
        try await withEventLoop { loop in
            let (pair, carried) = (try SocketPair(), try SocketPair())
            try await OnLoop(loop, ()).run { _, loop in
                var notices: [Notice] = []
                let near = try ChannelEnd(pair.near, loop) { notice, end in
                    notices.append(notice)
                    end.channel?.close()
                }
                let far = try ChannelEnd(pair.far, loop) { _, _ in }
                let table = DescriptorTable()
                let token = table.insert(OwnedFD(carried.near))
                far.channel?.send([1, 2, 3], with: token, of: table)
                near.channel?.drain()
                #expect(notices.count == 1)
                if case .descriptor = notices.first {} else { Issue.record("\(notices)") }
                far.close()
            }
            #expect(SocketPair.peerCloses(carried.far))
            Glibc.close(carried.far)
        }
    }

    @Test func `a frame is left out if its descriptor is gone before its turn`() async throws {
        try await withEventLoop { loop in
            let (pair, carried, kept) = (try SocketPair(), try SocketPair(), try SocketPair())
            let (near, told) = try await open(pair.near, loop)
            let size = 600_000
            await near.run { end, _ in
                let table = DescriptorTable()
                let (gone, there) = (table.insert(OwnedFD(carried.near)), table.insert(OwnedFD(kept.near)))
                end?.channel?.send([UInt8](repeating: 1, count: size))
                #expect(end?.channel?.send([2, 2, 2], with: gone, of: table) == true)
                end?.channel?.send([3])
                #expect(end?.channel?.send([3], with: there, of: table) == true)
                _ = table.remove(gone)
                #expect(end?.channel?.send([4], with: gone, of: table) == true, "its turn has not come")
            }
            let (far, notices) = try await open(pair.far, loop)
            var received: [UInt8] = []
            for await notice in notices {
                guard case .bytes(let bytes) = notice else { continue }
                received += bytes
                if received.last == 3, received.count >= size + 2 { break }
            }
            #expect(received.count == size + 2 && Array(received.suffix(3)) == [1, 3, 3])
            // By each, how many come after it.
            var leftOut: [ChannelEnd.Notice] = []
            for await notice in told.prefix(2) { leftOut.append(notice) }
            #expect(leftOut == [.leftOut(2), .leftOut(0)])
            let isSent = await near.run { end, _ in
                end?.channel?.send([4], with: DescriptorTable.Token(rawValue: 9), of: DescriptorTable())
            }
            #expect(isSent == false)
            Glibc.close(kept.far)
            #expect(await near.run { end, _ in end?.channel?.queuedBytes } == 0)
            await close(near)
            await close(far)
            Glibc.close(carried.far)
        }
    }

    @Test func `draining ends even if the other end goes on writing`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            let (writers, continuation) = AsyncStream.makeStream(of: Void.self)
            Thread.detachNewThread {
                let bytes = [UInt8](repeating: 7, count: 4096)
                while send(pair.far, bytes, bytes.count, Int32(MSG_NOSIGNAL)) > 0 {}
                continuation.finish()
            }
            try await OnLoop(loop, ()).run { _, loop in
                let end = try ChannelEnd(pair.near, loop) { _, _ in }
                for _ in 0..<50 { end.channel?.drain() }
                end.close()
            }
            for await _ in writers {}
            Glibc.close(pair.far)
        }
    }

    @Test func `after the last word the other end is still heard`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            let (near, notices) = try await open(pair.near, loop)
            await near.run { end, _ in
                end?.channel?.send(Array("last".utf8))
                end?.channel?.finishSending()
                end?.channel?.send(Array("lost".utf8))
            }
            var bytes = [UInt8](repeating: 0, count: 100)
            #expect(recv(pair.far, &bytes, bytes.count, Int32(MSG_WAITALL)) == 4)
            #expect(Glibc.send(pair.far, "yes", 3, 0) == 3)
            Glibc.close(pair.far)
            var seen: [Notice] = []
            for await notice in notices { seen.append(notice) }
            #expect(seen == [.bytes(Array("yes".utf8)), .ended])
            await close(near)
        }
    }
}
