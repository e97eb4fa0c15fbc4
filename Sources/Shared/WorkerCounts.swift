// SPDX-License-Identifier: Apache-2.0

/// How many live workers there are, in all and by state.
public struct WorkerCounts: Hashable, Codable, Sendable {
    public var total = 0
    public var none = 0
    public var online = 0
    public var listening = 0
    public var disconnected = 0
    public var dead = 0

    public init(_ states: some Sequence<WorkerState>) {
        for state in states {
            total += 1
            switch state {
            case .none: none += 1
            case .online: online += 1
            case .listening: listening += 1
            case .disconnected: disconnected += 1
            case .dead: dead += 1
            }
        }
    }
}
