// SPDX-License-Identifier: Apache-2.0

import Shared

/// An order to fork one worker. Its result is reported under its id, because the instance may be gone by then or may
/// wait for another worker.
public struct ForkTicket: Hashable, Codable, Sendable {
    /// Names one order.
    public struct ID: RawRepresentable, Hashable, Codable, Sendable {
        /// Counts up from 0.
        public let rawValue: Int

        /// The order of this number.
        public init(rawValue: Int) {
            self.rawValue = rawValue
        }
    }

    /// The id for its result.
    public let id: ID
    /// The number that the worker sees as `CLUSTER_INSTANCE`.
    public let instance: Int
    /// What the worker is forked from.
    public let revision: RevisionID
    /// Why it is forked.
    public let because: SupervisorCause
}

/// A fork whose result is not known yet.
struct PendingFork: Hashable, Codable, Sendable {
    let instance: Int
    let revision: Revision
    let terms: WorkerTerms
}

/// By when a worker must be ready, and for how long before it counts as good. A reload may have its own.
struct WorkerTerms: Hashable, Codable, Sendable {
    /// Nil: no limit.
    var readyTimeout: Duration?
    var minReady: Duration
}

extension SupervisionPolicy {
    var terms: WorkerTerms {
        WorkerTerms(readyTimeout: .limit(readyTimeoutMs), minReady: .milliseconds(minReadyMs))
    }
}
