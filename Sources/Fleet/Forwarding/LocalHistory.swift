// SPDX-License-Identifier: Apache-2.0

package import Shared

/// The local history, as the forwarder needs it.
package protocol LocalHistory: Sendable {
    /// Names the history for ever: a UUID.
    func id() async throws -> String

    /// What there is to forward.
    func extent() async throws -> LocalExtent

    /// When the event with this seq happened. Nil if there is none.
    func time(of seq: Int64) async throws -> Timestamp?

    /// At most `limit` events after `seq`, and the workers that they are about.
    func batch(after seq: Int64, limit: Int) async throws -> FleetBatch

    /// All up to `seq` is forwarded. The history may remove it.
    func didForward(through seq: Int64) async
}

/// Which events a local history has.
package struct LocalExtent: Hashable, Sendable {
    /// The highest seq ever given.
    package var last: Int64
    /// The seq before the oldest event that is kept.
    package var floor: Int64
    /// Messages up to this seq may have been removed before other events.
    package var messageFloor: Int64

    package init(last: Int64, floor: Int64, messageFloor: Int64 = 0) {
        self.last = last
        self.floor = floor
        self.messageFloor = messageFloor
    }
}
