// SPDX-License-Identifier: Apache-2.0

/// How many live workers there are, in all and by state.
public struct WorkerCounts: Hashable, Codable, Sendable {
    /// All of them.
    public var total = 0
    /// Forked, and not online yet.
    public var none = 0
    /// Online, without a server.
    public var online = 0
    /// With at least one server.
    public var listening = 0
    /// Asked to leave and still connected. These are not counted under their state.
    public var leaving = 0
    /// Without their channel, and still running.
    public var disconnected = 0
    /// Ended, with their channel still open.
    public var dead = 0
    /// Paused. These are counted under their states too.
    public var paused = 0

    /// No workers.
    public init() {}

    /// Counts these.
    public init(_ workers: some Sequence<WorkerInfo>) {
        for worker in workers {
            count(worker.state, isLeaving: worker.leaving != nil)
            if worker.paused { paused += 1 }
        }
    }

    /// Counts one more worker.
    public mutating func count(_ state: WorkerState, isLeaving: Bool) {
        total += 1
        switch state {
        case .none: if isLeaving { leaving += 1 } else { none += 1 }
        case .online: if isLeaving { leaving += 1 } else { online += 1 }
        case .listening: if isLeaving { leaving += 1 } else { listening += 1 }
        case .disconnected: disconnected += 1
        case .dead: dead += 1
        }
    }
}

extension WorkerCounts {
    /// An agent that is older than `paused` does not write it.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        total = try container.decode(Int.self, forKey: .total)
        none = try container.decode(Int.self, forKey: .none)
        online = try container.decode(Int.self, forKey: .online)
        listening = try container.decode(Int.self, forKey: .listening)
        leaving = try container.decode(Int.self, forKey: .leaving)
        disconnected = try container.decode(Int.self, forKey: .disconnected)
        dead = try container.decode(Int.self, forKey: .dead)
        paused = try container.decodeIfPresent(Int.self, forKey: .paused) ?? 0
    }
}
