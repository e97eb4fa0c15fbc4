// SPDX-License-Identifier: Apache-2.0

import Shared

/// What makes two workers share a socket (Node `lib/internal/cluster/primary.js`, `queryServer`): the
/// address that they ask for and, within one worker, how many times it asked for it before.
struct HandleKey: Hashable, Sendable {
    let address: String?
    let port: Int
    let addressType: AddressType
    let fd: Int?
    let index: Int

    /// Sent to the worker, which sends it back in `close` and compares it in `newconn`.
    var text: String {
        "\(address ?? "null"):\(port):\(addressType):\(fd.map(String.init) ?? "undefined"):\(index)"
    }
}
