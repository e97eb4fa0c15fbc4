// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The workers that a list is to show: those in a state, or those that are leaving.
public enum WorkerStateFilter: String, Codable, Sendable, CaseIterable {
    case none, online, listening
    /// Asked to go and still connected, whatever their state.
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
