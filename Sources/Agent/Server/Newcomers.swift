// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// The connections whose callers are not known, because they have shown no token. They may have half of the places:
/// beyond that the oldest of them has to go, so that they keep nobody out who has a token.
final class Newcomers: Sendable {
    fileprivate struct State {
        var channels: [UInt64: any Channel] = [:]
        var places: [ObjectIdentifier: UInt64] = [:]
        /// None is older.
        var oldest: UInt64 = 0
        var next: UInt64 = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Remembers the connection until its caller is known or it closes.
    func enter(_ channel: any Channel) {
        state.withLock { $0.enter(channel) }
        channel.closeFuture.whenComplete { [self] _ in leave(channel) }
        while let oldest = state.withLock({ $0.channels.count > limit ? $0.takeOldest() : nil }) {
            oldest.close(promise: nil)
        }
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
        channels[next] = channel
        places[ObjectIdentifier(channel)] = next
        next += 1
    }

    /// Each number is passed once, so that on the whole this costs nothing.
    fileprivate mutating func takeOldest() -> (any Channel)? {
        while oldest < next {
            defer { oldest += 1 }
            guard let channel = channels.removeValue(forKey: oldest) else { continue }
            places[ObjectIdentifier(channel)] = nil
            return channel
        }
        return nil
    }
}
