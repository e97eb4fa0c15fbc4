// SPDX-License-Identifier: Apache-2.0

import Contract
import NIOCore
import NIOEmbedded
import Testing

@testable import Agent

/// Who has to go if there are too few places for connections.
@Suite struct ConnectionPlacesTests {
    private static let reader = Principal.token("reader", role: .read)
    private static let other = Principal.token("other", role: .read)

    private func channels(_ count: Int) throws -> [EmbeddedChannel] {
        try (0..<count).map { _ in
            let channel = EmbeddedChannel()
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            return channel
        }
    }

    /// Those that are still open, by their place in the array.
    private func open(_ channels: [EmbeddedChannel]) -> [Int] {
        for channel in channels { channel.embeddedEventLoop.run() }
        return channels.indices.filter { channels[$0].isActive }
    }

    @Test func `of too many that have shown no token, the oldest goes`() throws {
        let places = ConnectionPlaces(places: 4)
        let channels = try channels(4)
        for channel in channels { places.enter(channel) }
        #expect(open(channels) == [2, 3])
        #expect(places.newcomers == 2 && places.count == 2)
    }

    @Test func `a client that has shown a token stays`() throws {
        let places = ConnectionPlaces(places: 10)
        let channels = try channels(5)
        for (index, channel) in channels.enumerated() {
            places.enter(channel)
            if index == 0 || index == 2 { places.isServing(Self.reader, on: channel) }
        }
        #expect(open(channels) == [0, 1, 2, 3, 4] && places.newcomers == 3)
    }

    @Test func `those without a token make room first`() throws {
        let places = ConnectionPlaces(places: 4)
        let channels = try channels(5)
        for (index, channel) in channels.enumerated() {
            places.enter(channel)
            if index < 2 { places.isServing(Self.reader, on: channel) }
            channel.embeddedEventLoop.run()
        }
        // At the fourth connection the listener would rest.
        #expect(open(channels) == [0, 1, 4])
    }

    @Test func `then the caller with the most gives up the one that has been idle longest`() throws {
        let places = ConnectionPlaces(places: 6)
        let channels = try channels(6)
        for (index, channel) in channels.prefix(5).enumerated() {
            places.enter(channel)
            places.isServing(index == 0 ? Self.other : Self.reader, on: channel)
        }
        // The first that came has answered last; one goes on serving.
        for index in [0, 3, 2, 1] { places.didAnswer(on: channels[index]) }
        places.enter(channels[5])
        #expect(open(channels) == [0, 1, 2, 4, 5])
    }

    @Test func `if none is idle, the oldest of the caller with the most goes`() throws {
        let places = ConnectionPlaces(places: 4)
        let channels = try channels(4)
        for channel in channels.prefix(3) {
            places.enter(channel)
            places.isServing(Self.reader, on: channel)
        }
        places.enter(channels[3])
        #expect(open(channels) == [1, 2, 3])
    }

    @Test func `one caller never keeps others out, however it comes`() throws {
        let places = ConnectionPlaces(places: 8)
        for channel in try self.channels(100) {
            places.enter(channel)
            places.isServing(Self.reader, on: channel)
            channel.embeddedEventLoop.run()
        }
        let newcomer = try channels(1)
        places.enter(newcomer[0])
        #expect(open(newcomer) == [0])
        #expect(places.count == 7 && places.newcomers == 1)
    }

    @Test func `a connection that closes leaves nothing behind`() throws {
        let places = ConnectionPlaces(places: 4)
        for (index, channel) in try channels(100).enumerated() {
            places.enter(channel)
            if index.isMultiple(of: 2) { places.isServing(Self.other, on: channel) }
            if index.isMultiple(of: 4) { places.didAnswer(on: channel) }
            try channel.close().wait()
            channel.embeddedEventLoop.run()
        }
        #expect(places.count == 0 && places.newcomers == 0)
    }
}
