// SPDX-License-Identifier: Apache-2.0

import Shared

/// Where a worker wants to listen, in the words of Node's `queryServer` (Node `lib/net.js`, `lib/dgram.js`).
struct ListenRequest: Hashable, Sendable {
    /// What decides, with an index, which workers share a socket.
    struct Place: Hashable, Sendable {
        /// Nil for any address.
        var address: String?
        /// -1 for a unix socket, nil for a descriptor.
        var port: Int?
        /// Nil for a descriptor.
        var addressType: AddressType?
        /// A descriptor that the primary has.
        var fd: Int?
    }

    var place: Place
    var flags = 0
    var backlog: Int?
    var readableAll = false
    var writableAll = false
    /// A socket of this worker's own, which the primary never hears of.
    var isExclusive = false
    /// Other processes may bind to the same address too; exclusive only.
    var reusesPort = false
    /// Connections that may be open at once; nil is any number.
    var maxConnections: Int?

    var isDatagram: Bool { place.addressType?.isDatagram ?? false }
}
