// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The last numbers that a primary may give. Whoever keeps them where they outlive the primary can tell the next one
/// with which to begin, even if nothing else was kept. A primary that has used them up goes on from the seconds since
/// 1970.
public struct NumberReservation: Hashable, Sendable {
    /// The last worker id.
    public var workerID: WorkerID
    /// The last revision of the settings.
    public var revision: Int

    public init(workerID: WorkerID, revision: Int) {
        self.workerID = workerID
        self.revision = revision
    }
}
