// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The last numbers that a primary may give. Store them where they outlive the primary, and the next one begins after
/// them, even if nothing else was stored. A primary that has used them up continues from the microseconds since 1970.
public struct NumberReservation: Hashable, Sendable {
    /// The last worker id.
    public var workerID: WorkerID
    /// The last revision of the settings.
    public var revision: Int

    /// Numbers up to these.
    public init(workerID: WorkerID, revision: Int) {
        self.workerID = workerID
        self.revision = revision
    }
}
