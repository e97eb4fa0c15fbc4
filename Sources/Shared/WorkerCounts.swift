// SPDX-License-Identifier: Apache-2.0

/// How many live workers there are, in all and by state.
public struct WorkerCounts: Hashable, Codable, Sendable {
    public var total = 0
    public var none = 0
    public var online = 0
    public var listening = 0
    /// Asked to go and still connected, whatever their state: they are not counted under it.
    public var leaving = 0
    public var disconnected = 0
    public var dead = 0

    public init() {}

    public init(_ workers: some Sequence<WorkerInfo>) {
        for worker in workers { count(worker.state, isLeaving: worker.leaving != nil) }
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
