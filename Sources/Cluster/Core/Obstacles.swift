// SPDX-License-Identifier: Apache-2.0

/// Why a worker gets no new connections for now. Everything else goes on.
struct Obstacles: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    /// Somebody has paused it.
    static let paused = Obstacles(rawValue: 1)
    /// A signal has stopped its process.
    static let stopped = Obstacles(rawValue: 2)
    /// It has not answered for some time.
    static let unanswering = Obstacles(rawValue: 4)
    /// It declined a connection of this socket a moment ago.
    static let resting = Obstacles(rawValue: 8)

    /// With one of these it does not accept from a socket of its own either.
    static let hung: Obstacles = [.stopped, .unanswering]
}
