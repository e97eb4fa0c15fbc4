// SPDX-License-Identifier: Apache-2.0

import Shared

/// How a worker is ended: disconnect now, SIGTERM after ``drain``, SIGKILL ``kill`` later.
public struct DrainLadder: Hashable, Codable, Sendable {
    /// The time from the disconnect to SIGTERM. Zero: SIGTERM comes at once. Nil: it never comes.
    public let drain: Duration?
    /// The time from SIGTERM to SIGKILL. Nil: SIGKILL never comes.
    public let kill: Duration?

    /// See the properties.
    public init(drain: Duration?, kill: Duration?) {
        self.drain = drain
        self.kill = kill
    }
}

extension SupervisionPolicy {
    /// For a worker that serves.
    var ladder: DrainLadder {
        DrainLadder(drain: .limit(drainTimeoutMs), kill: .limit(killTimeoutMs))
    }

    /// For a worker that has closed its channel. Nobody can ask it to go any more, so it gets its signals even if there is no limit.
    var unaskableLadder: DrainLadder {
        guard drainTimeoutMs == 0 else { return ladder }
        let time = Duration.limit(killTimeoutMs) ?? Self.usualKillTimeout
        return DrainLadder(drain: time, kill: time)
    }

    private static let usualKillTimeout = Duration.milliseconds(SupervisionPolicy().killTimeoutMs)

    /// For a worker that serves nobody. It has nothing to finish, so SIGTERM comes at once. It must end, so SIGKILL
    /// comes even if the policy has no limit.
    var stopLadder: DrainLadder {
        DrainLadder(drain: .zero, kill: .limit(killTimeoutMs) ?? Self.usualKillTimeout)
    }
}
