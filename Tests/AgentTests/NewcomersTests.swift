// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Testing

@testable import Agent

/// Connections that have shown no token.
@Suite struct NewcomersTests {
    private func channels(_ count: Int) throws -> [EmbeddedChannel] {
        try (0..<count).map { _ in
            let channel = EmbeddedChannel()
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            return channel
        }
    }

    @Test func theOldestOfTooManyIsClosed() throws {
        let newcomers = Newcomers(places: 4)
        let channels = try channels(4)
        for channel in channels { newcomers.enter(channel) }
        for channel in channels { channel.embeddedEventLoop.run() }
        #expect(channels.map(\.isActive) == [false, false, true, true])
        #expect(newcomers.count == 2)
    }

    @Test func whoseCallerIsKnownStays() throws {
        let newcomers = Newcomers(places: 10)
        let channels = try channels(5)
        for channel in channels {
            newcomers.enter(channel)
            if channel === channels[0] || channel === channels[2] { newcomers.leave(channel) }
        }
        for channel in channels { channel.embeddedEventLoop.run() }
        #expect(channels.map(\.isActive) == Array(repeating: true, count: 5) && newcomers.count == 3)
    }

    @Test func thoseWithoutATokenMakeRoom() throws {
        let newcomers = Newcomers(places: 4)
        let channels = try channels(5)
        for channel in channels {
            newcomers.enter(channel)
            if channel === channels[0] || channel === channels[1] { newcomers.leave(channel) }
            channel.embeddedEventLoop.run()
        }
        for channel in channels { channel.embeddedEventLoop.run() }
        // At the fourth connection the listener would rest.
        #expect(channels.map(\.isActive) == [true, true, false, false, true])
    }

    @Test func whatClosesLeavesNothingBehind() throws {
        let newcomers = Newcomers(places: 4)
        for channel in try channels(100) {
            newcomers.enter(channel)
            try channel.close().wait()
            channel.embeddedEventLoop.run()
        }
        #expect(newcomers.count == 0)
    }
}
