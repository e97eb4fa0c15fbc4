// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// The places for connections over TCP, and who has to go if there are too few.
///
/// Callers that are not known, because they have shown no token, may have half of the places, or what the others leave
/// of them. Beyond that the oldest such connection is closed. If all callers are known, the one with the most connections
/// loses the connection that has been idle longest. So nobody can keep everybody else out.
final class ConnectionPlaces: Sendable {
    fileprivate struct Connection {
        let channel: any Channel
        /// When it last came, or its last answer went out: a higher number is later.
        var stamp: UInt64
        /// Nil until the caller has shown who it is.
        var holder: Principal?
        /// Whether a request of it is being served.
        var isBusy = false
    }

    fileprivate struct State {
        /// Without those that have to go.
        var connections: [ObjectIdentifier: Connection] = [:]
        /// Those without a holder, by their stamp. None is older than `oldest`.
        var newcomers: [UInt64: ObjectIdentifier] = [:]
        var oldest: UInt64 = 0
        var next: UInt64 = 0
    }

    private let state = Mutex(State())
    private let places: Int

    /// - Parameter places: for how many connections there is room. At the last one, none would be accepted any more.
    init(places: Int) {
        self.places = places
    }

    /// Takes a place for the connection until it closes.
    /// - Returns: those that have to go for it. They are closed.
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

    /// How many have shown no token.
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

    /// Those that have to go, but never the last that came.
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

    /// Each stamp is passed once, so that on the whole this costs nothing.
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
        // By name if two have as many, so that it is the same one each time.
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
