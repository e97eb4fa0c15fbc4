// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// The connections whose callers are not known, because they have shown no token. They may have half of the places, or
/// what those with a token leave of them: beyond that the oldest of them has to go, so that they keep nobody out.
final class Newcomers: Sendable {
    fileprivate struct State {
        /// Of all callers, known or not.
        var connections = 0
        var channels: [UInt64: any Channel] = [:]
        var places: [ObjectIdentifier: UInt64] = [:]
        /// None is older.
        var oldest: UInt64 = 0
        var next: UInt64 = 0
    }

    private let state = Mutex(State())
    private let places: Int

    /// - Parameter places: for how many connections there is room. At the last one, none would be accepted any more.
    init(places: Int) {
        self.places = places
    }

    /// Remembers the connection until its caller is known or it closes.
    func enter(_ channel: any Channel) {
        let displaced = state.withLock { state in
            state.enter(channel)
            return state.displace(places)
        }
        channel.closeFuture.whenComplete { [self] _ in
            leave(channel)
            state.withLock { $0.connections -= 1 }
        }
        for channel in displaced { channel.close(promise: nil) }
    }

    /// Its caller is known.
    func leave(_ channel: any Channel) {
        state.withLock { state in
            if let place = state.places.removeValue(forKey: ObjectIdentifier(channel)) { state.channels[place] = nil }
        }
    }

    var count: Int { state.withLock { $0.channels.count } }
}

extension Newcomers.State {
    fileprivate mutating func enter(_ channel: any Channel) {
        connections += 1
        channels[next] = channel
        places[ObjectIdentifier(channel)] = next
        next += 1
    }

    /// Those that have to go, but never the last that came.
    fileprivate mutating func displace(_ places: Int) -> [any Channel] {
        var displaced: [any Channel] = []
        while channels.count > 1, channels.count > places / 2 || connections - displaced.count >= places,
            let oldest = takeOldest()
        {
            displaced.append(oldest)
        }
        return displaced
    }

    /// Each number is passed once, so that on the whole this costs nothing.
    private mutating func takeOldest() -> (any Channel)? {
        while oldest < next {
            defer { oldest += 1 }
            guard let channel = channels.removeValue(forKey: oldest) else { continue }
            places[ObjectIdentifier(channel)] = nil
            return channel
        }
        return nil
    }
}
