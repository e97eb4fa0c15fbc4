// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import LinuxIO

/// Descriptors are counted in a process of the test's own, where nobody else opens any.
@Suite(.timeLimit(.minutes(1))) struct UnixChannelLeakTests {
    /// Sends a hundred messages, each with the same descriptor, to an end of the pair that nobody reads.
    private static func flood(_ pair: SocketPair, on loop: EventLoop) throws -> ChannelEnd {
        let carried = try SocketPair()
        let table = DescriptorTable()
        let token = table.insert(OwnedFD(carried.near))
        Glibc.close(carried.far)
        let near = try ChannelEnd(pair.near, loop) { _, _ in }
        for _ in 0..<100 {
            near.channel?.send([UInt8](repeating: 7, count: 9000), with: token, of: table)
        }
        return near
    }

    @Test func `a channel that closes with queued and unread descriptors leaks none`() async {
        await #expect(processExitsWith: .success) {
            try await withEventLoop { loop in
                let state = OnLoop(loop, ())
                #expect(provesLeaks())
                let before = openDescriptors()
                try await state.run { _, loop in
                    let pair = try SocketPair()
                    let near = try UnixChannelLeakTests.flood(pair, on: loop)
                    #expect((near.channel?.queuedBytes ?? 0) > 0)
                    // Both ends of this pair, and the one descriptor carried: what is queued has no copies.
                    #expect(openDescriptors() == before + 3)
                    near.close()
                    Glibc.close(pair.far)
                }
                #expect(openDescriptors() == before)
            }
        }
    }

    @Test func `a channel whose other end has read all descriptors leaks none`() async {
        await #expect(processExitsWith: .success) {
            try await withEventLoop { loop in
                #expect(provesLeaks())
                let before = openDescriptors()
                let (arrivals, continuation) = AsyncStream.makeStream(of: ChannelEnd.Notice.self)
                let ends = OnLoop<[ChannelEnd]>(loop, [])
                try await ends.run { ends, loop in
                    let pair = try SocketPair()
                    let near = try UnixChannelLeakTests.flood(pair, on: loop)
                    ends = [near, try ChannelEnd(pair.far, loop) { notice, _ in continuation.yield(notice) }]
                }
                var descriptors = 0
                var bytes = 0
                for await arrival in arrivals {
                    switch arrival {
                    case .descriptor: descriptors += 1
                    case .bytes(let part): bytes += part.count
                    case .leftOut, .ended: break
                    }
                    if bytes == 900_000 { break }
                }
                #expect(descriptors == 100)
                await ends.run { ends, _ in
                    for end in ends { end.close() }
                    ends = []
                }
                #expect(openDescriptors() == before)
            }
        }
    }
}
