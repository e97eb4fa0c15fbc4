// SPDX-License-Identifier: Apache-2.0

public import Shared

/// Which workers a list shows: those in a state, or leaving ones.
public enum WorkerStateFilter: String, Codable, Sendable, CaseIterable {
    case none, online, listening
    /// Asked to leave and still connected, in any state.
    case leaving
    case disconnected, dead

    /// Nil if it is not about one state.
    public var state: WorkerState? { WorkerState(rawValue: rawValue) }

    /// Whether the list shows this worker.
    public func matches(_ worker: WorkerInfo) -> Bool {
        guard self == .leaving else { return worker.state == state }
        return worker.leaving != nil && worker.state != .disconnected && worker.state != .dead
    }
}
