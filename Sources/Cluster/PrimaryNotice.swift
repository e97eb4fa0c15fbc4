// SPDX-License-Identifier: Apache-2.0

package import Shared

/// What a primary's observer is told, on the primary's thread and in order.
package enum PrimaryNotice: Sendable {
    /// Something happened to a worker. Messages are no notices.
    case event(PrimaryEvent)
    /// A worker listens. The event of the same name may be missing, because a worker has only so many of them.
    case listens(WorkerID)
    /// A worker has closed the last of its servers.
    case closedServers(WorkerID)
    /// A worker has sent the message `"ready"`; told while ``Primary/awaitReadyMessages(_:)`` is on.
    case saidReady(WorkerID)
    /// A worker has said `READY=1` (sd_notify(3)).
    case notifiedReady(WorkerID)
    /// Somebody has sent this worker a signal that asks it to end. It may take its time.
    case didAskToEnd(WorkerID, requestID: String?)
    /// A worker has answered the heartbeat with this number.
    case heartbeat(WorkerID, number: Int)
    /// The settings for future forks have changed.
    case didSetUp
    /// Somebody has told this worker to disconnect, and the primary has done so.
    case didDisconnect(WorkerID, requestID: String?)
    /// Somebody has told all workers to disconnect, and the primary has done so.
    case didDisconnectAll(requestID: String?)
    /// All workers are about to be told to go, because the primary stops.
    case willStop
}

extension WorkerMessage {
    /// Whether it is `process.send('ready')`.
    var saysReady: Bool { json.elementsEqual(#""ready""#.utf8) }
}
