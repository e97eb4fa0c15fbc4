// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// The places for connections of one kind, and which connection is closed if there are too few.
///
/// Callers without a token may have half of the places, or what the others leave of them. Beyond that, the oldest such
/// connection is closed. If all callers are known, the one with the most connections loses the connection that has been
/// idle longest. So nobody can keep everybody else out.
final class ConnectionPlaces: Sendable {
    fileprivate struct Connection {
        let channel: any Channel
        /// Its last activity: a higher number is later.
        var stamp: UInt64
        /// Nil until the caller has shown who it is.
        var holder: Principal?
        /// Whether one of its requests is being served.
        var isBusy = false
    }

    fileprivate struct State {
        /// Without those that are being closed.
        var connections: [ObjectIdentifier: Connection] = [:]
        /// Connections without a holder, by stamp. None is older than `oldest`.
        var newcomers: [UInt64: ObjectIdentifier] = [:]
        var oldest: UInt64 = 0
        var next: UInt64 = 0
    }

    private let state = Mutex(State())
    private let places: Int

    /// - Parameter places: the room for connections. At the last place none would be accepted any more.
    init(places: Int) {
        self.places = places
    }

    /// Takes a place for the connection until it closes.
    /// - Returns: the connections that it closes to make room.
    @discardableResult
    func enter(_ channel: any Channel) -> [any Channel] {
        let displaced = state.withLock { state in
            state.enter(channel)
            return state.displace(places)
        }
        channel.closeFuture.whenComplete { [self] _ in state.withLock { _ = $0.remove(ObjectIdentifier(channel)) } }
        for channel in displaced { channel.close(promise: nil) }
        return displaced
    }

    /// A request of this caller is being served.
    func isServing(_ principal: Principal, on channel: any Channel) {
        state.withLock { $0.hold(ObjectIdentifier(channel), principal) }
    }

    /// The answer has gone out.
    func didAnswer(on channel: any Channel) {
        state.withLock { $0.rest(ObjectIdentifier(channel)) }
    }

    /// How many connections have shown no token.
    var newcomers: Int { state.withLock(\.newcomers.count) }
    var count: Int { state.withLock(\.connections.count) }
}

extension ConnectionPlaces.State {
    fileprivate mutating func enter(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let stamp = makeStamp()
        connections[id] = ConnectionPlaces.Connection(channel: channel, stamp: stamp)
        newcomers[stamp] = id
    }

    fileprivate mutating func hold(_ id: ObjectIdentifier, _ principal: Principal) {
        guard var connection = connections[id] else { return }
        if connection.holder == nil { newcomers[connection.stamp] = nil }
        connection.holder = principal
        connection.isBusy = true
        connections[id] = connection
    }

    fileprivate mutating func rest(_ id: ObjectIdentifier) {
        guard var connection = connections[id], connection.holder != nil else { return }
        connection.isBusy = false
        connection.stamp = makeStamp()
        connections[id] = connection
    }

    fileprivate mutating func remove(_ id: ObjectIdentifier) -> (any Channel)? {
        guard let connection = connections.removeValue(forKey: id) else { return nil }
        newcomers[connection.stamp] = nil
        return connection.channel
    }

    /// The connections that must make room, but never the newest.
    fileprivate mutating func displace(_ places: Int) -> [any Channel] {
        var displaced: [any Channel] = []
        while connections.count > 1, newcomers.count > max(1, places / 2) || connections.count >= places,
            let next = (newcomers.count > 1 ? oldestNewcomer() : nil) ?? mostDispensable(),
            let channel = remove(next)
        {
            displaced.append(channel)
        }
        return displaced
    }

    /// Each stamp is passed once, so the cost is constant on average.
    private mutating func oldestNewcomer() -> ObjectIdentifier? {
        while oldest < next {
            if let id = newcomers[oldest] { return id }
            oldest += 1
        }
        return nil
    }

    /// Of the known caller with the most connections: the one that has been idle longest, or else the oldest.
    private func mostDispensable() -> ObjectIdentifier? {
        var counts: [Principal: Int] = [:]
        for connection in connections.values {
            if let holder = connection.holder { counts[holder, default: 0] += 1 }
        }
        // Ties are decided by name, so that the result is always the same.
        let most = counts.max { ($0.value, $0.key.description) < ($1.value, $1.key.description) }
        guard let holder = most?.key else { return nil }
        return connections.filter { $0.value.holder == holder }
            .min { ($0.value.isBusy ? 1 : 0, $0.value.stamp) < ($1.value.isBusy ? 1 : 0, $1.value.stamp) }?.key
    }

    private mutating func makeStamp() -> UInt64 {
        defer { next += 1 }
        return next
    }
}
