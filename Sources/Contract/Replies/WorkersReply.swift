// SPDX-License-Identifier: Apache-2.0

public import Shared

/// Workers, as answered to a list, a fork or a disconnect of all.
public struct WorkersReply: Hashable, Codable, Sendable {
    public var workers: [WorkerInfo]
    /// Absent at the end of a list.
    public var nextPageToken: String?

    public init(workers: [WorkerInfo], nextPageToken: String? = nil) {
        self.workers = workers
        self.nextPageToken = nextPageToken
    }
}
