// SPDX-License-Identifier: Apache-2.0

package import Shared
import Synchronization

/// How the link to the fleet's database stands.
package struct FleetStatus: Hashable, Sendable {
    /// Whether the agent is registered and forwards.
    package var isConnected = false
    /// Why it is not connected. Nil while it is.
    package var trouble: String?
    /// Up to which seq the local history is forwarded.
    package var forwardedSeq: Int64 = 0
    /// How many events wait.
    package var waiting: Int64 = 0
    /// When the oldest of them happened. Nil if none waits.
    package var waitingSince: Timestamp?
    /// How many events were forwarded since the start.
    package var forwarded = 0
    /// How many gaps were written since the start.
    package var gaps = 0
    /// How often the connection was lost or not made.
    package var failures = 0

    /// By how much the central history is behind, in milliseconds.
    package func lag(now: Timestamp) -> Int64 {
        waitingSince.map { max(0, now.milliseconds - $0.milliseconds) } ?? 0
    }
}

/// The status, for whoever asks.
final class FleetStatusBoard: Sendable {
    private let status = Mutex(FleetStatus())

    var current: FleetStatus { status.withLock { $0 } }

    func update(_ change: (inout FleetStatus) -> Void) {
        status.withLock { change(&$0) }
    }
}
